// The tools of a rule: requests, tickets, connections. It cleans up when the rule is done.

import {
  isTicketGenerationResponse,
  type Problem,
  SUBPROTOCOL,
  type TicketGenerationResponse,
} from '../../contract/wire.ts'
import { setRealTimer } from '../real-time.ts'
import { type Dialled, watchSocket } from './dialled.ts'
import { BrokenRule, check, equal, SkippedRule } from './outcome.ts'
import type { ResolvedTarget } from './target.ts'

export interface Answer {
  status: number
  headers: Headers
  text: string
  /** `undefined` when it is none. */
  json: Record<string, unknown> | undefined
}

export interface Ask {
  /** `null` sends none. @default the user's */
  jwt?: string | null
  body?: unknown
  headers?: Readonly<Record<string, string>>
}

export interface DialOptions {
  protocols?: readonly string[]
  headers?: Readonly<Record<string, string>>
}

export interface Probe {
  readonly target: ResolvedTarget
  /** The user's JWT. */
  token(): Promise<string>
  otherToken(): Promise<string>
  /** `path` begins below the base path. */
  ask(method: string, path: string, ask?: Ask): Promise<Answer>
  /** Requests a ticket; any other answer breaks the rule. */
  issue(body?: object, jwt?: string): Promise<TicketGenerationResponse>
  /** The ticket's name in a path. */
  nameOf(ticket: TicketGenerationResponse): string
  dial(query: Readonly<Record<string, string>> | string, options?: DialOptions): Promise<Dialled>
  /** Connects as a client does, and offers what the ticket's answer announced. */
  dialWith(ticket: TicketGenerationResponse, options?: DialOptions): Promise<Dialled>
  /** The outcome of a connection with it: `open`, or the end, such as `4401 ticket_invalid`. */
  tryTicket(ticket: TicketGenerationResponse): Promise<string>
  /** The same, once it is open and has negotiated `ticket-socket.v1`; skips the rule on a backend that does not. */
  open(jwt?: string): Promise<Dialled>
  dialByJwt(jwt: string, spelling?: (jwt: string) => string): Promise<Dialled>
  /** In real time. */
  wait(ms: number): Promise<void>
  /** For the server: with `passTime`, or else by waiting. */
  pass(ms: number): Promise<void>
  cleanUp(): Promise<void>
}

export const base64url = (text: string): string =>
  btoa(String.fromCharCode(...new TextEncoder().encode(text)))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replace(/=+$/, '')

/** How often to repeat a request that the server has rate-limited. */
const MAX_PATIENCE = 5

export function createProbe(target: ResolvedTarget): Probe {
  const sockets: Dialled[] = []
  const tickets: { ticket: TicketGenerationResponse; jwt: string }[] = []
  const given = { ...(target.origin !== undefined && { origin: target.origin }) }
  const wait = (ms: number) => new Promise<void>((resolve) => void setRealTimer(resolve, ms))
  const pass = target.passTime ?? wait
  const token = async () => (typeof target.token === 'function' ? target.token() : target.token)

  async function askOnce(method: string, path: string, { jwt, body, headers }: Ask): Promise<Answer> {
    const bearer = jwt === undefined ? await token() : jwt
    const response = await target.fetch(target.endpoints + path, {
      method,
      redirect: 'manual',
      cache: 'no-store',
      credentials: 'omit',
      signal: AbortSignal.timeout(target.timeoutMs),
      headers: {
        ...(target.requestHeaders && given),
        ...(bearer !== null && { authorization: `Bearer ${bearer}` }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    })
    const text = await response.text()
    const json = parse(text)
    if (method === 'POST' && bearer !== null && isTicketGenerationResponse(json))
      tickets.push({ ticket: json, jwt: bearer })
    return { status: response.status, headers: response.headers, text, json }
  }

  async function issue(body?: object, jwt?: string): Promise<TicketGenerationResponse> {
    const bearer = jwt ?? (await token())
    for (let patience = MAX_PATIENCE; ; patience--) {
      const answer = await askOnce('POST', '/ticket', { jwt: bearer, ...(body && { body }) })
      if (answer.status === 429 && patience > 0) {
        await pass(Math.min(Number(answer.headers.get('retry-after')) || 1, 30) * 1_000)
        continue
      }
      equal('the status of POST /ticket', answer.status, 200)
      check(isTicketGenerationResponse(answer.json), 'POST /ticket was not answered with a ticket')
      return answer.json
    }
  }

  const nameOf = (ticket: TicketGenerationResponse) => ticket.ticket_handle ?? ticket.ticket_id

  async function dial(query: Readonly<Record<string, string>> | string, options: DialOptions = {}): Promise<Dialled> {
    const { protocols = [SUBPROTOCOL], headers } = options
    const url = new URL(target.wsUrl)
    for (const [name, value] of new URLSearchParams(query)) url.searchParams.append(name, value)
    const all = { ...(target.socketHeaders && given), ...headers }
    const socket = target.openSocket(url.href, [...protocols], Object.keys(all).length > 0 ? all : undefined)
    const dialled = watchSocket(socket, target.timeoutMs)
    sockets.push(dialled)
    return dialled
  }

  const dialWith = (ticket: TicketGenerationResponse, options: DialOptions = {}) =>
    dial({ ticket: ticket.ticket_id }, { protocols: ticket.subprotocol ? [ticket.subprotocol] : [], ...options })

  return {
    target,
    token,
    async otherToken() {
      const { otherToken } = target
      if (otherToken === undefined) throw new SkippedRule('needs another user')
      return typeof otherToken === 'function' ? otherToken() : otherToken
    },
    ask: (method, path, ask = {}) => askOnce(method, path, ask),
    issue,
    nameOf,
    dial,
    dialWith,
    tryTicket: async (ticket) => (await dialWith(ticket)).outcome(),
    async open(jwt) {
      const ticket = await issue(undefined, jwt)
      if (ticket.subprotocol !== SUBPROTOCOL) throw new SkippedRule(`the backend does not announce ${SUBPROTOCOL}`)
      const dialled = await dialWith(ticket)
      await dialled.next('ts:connection_established')
      return dialled
    },
    dialByJwt: (jwt, spelling = (text) => `jwt.${base64url(text)}`) =>
      dial({}, { protocols: ['jwt-auth', SUBPROTOCOL, spelling(jwt)] }),
    wait,
    pass,
    async cleanUp() {
      for (const socket of sockets) socket.close()
      // So that a cap on unspent tickets does not stop the rules that follow.
      await Promise.allSettled(
        tickets.map(({ ticket, jwt }) => askOnce('DELETE', `/ticket/${nameOf(ticket)}`, { jwt })),
      )
    },
  }
}

function parse(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined
  } catch {
    return undefined
  }
}

/** Breaks the rule unless the answer is a refusal with this status. */
export function refusedWith(answer: Answer, ...statuses: number[]): Problem {
  check(statuses.includes(answer.status), `the status should be ${statuses.join(' or ')}, was ${answer.status}`)
  const { json } = answer
  if (json === undefined) throw new BrokenRule(`the answer with ${answer.status} is not JSON`)
  return json as unknown as Problem
}
