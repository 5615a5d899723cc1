// What these tests do to a backend without any client of ours: plain requests, plain sockets, and what came of them.

import { onTestFinished } from 'vitest'
import { createMockBackend, type MockBackendOptions } from '../../../src/mock/index.ts'
import { createVirtualClock } from '../../support/virtual-clock.ts'

export const JWT = 'jwt-of-alice'
export const PLAIN_AND_OURS = ['jwt-auth', 'ticket-socket.v1']

export interface Opened {
  socket: WebSocket
  /** `open@1`, `message@1 {…}`, `error@3`, `close@3 1006  unclean`: the event, the readyState in it, its contents. */
  events: string[]
  /** The messages that are JSON. */
  messages: Record<string, unknown>[]
}

export function arrange(options: MockBackendOptions = {}) {
  const clock = createVirtualClock()
  const users = {
    alice: { token: JWT, email: 'alice@example.com', permissions: ['chat'] },
    bob: { token: 'jwt-of-bob' },
  }
  const backend = createMockBackend({ users, clock, ...options })
  onTestFinished(() => backend.dispose())

  /** Lets everything arrive that takes no time. */
  async function arrived<T>(outcome: Promise<T>): Promise<T> {
    outcome.catch(() => {}) // it is looked at below, but may be rejected before
    await clock.advance(0)
    return outcome
  }

  const request = (method: string, path: string, jwt: string | null = JWT, init: RequestInit = {}) =>
    arrived(
      backend.fetch(`https://mock.test/websocket${path}`, {
        method,
        ...init,
        headers: { ...(jwt !== null && { authorization: `Bearer ${jwt}` }), ...init.headers },
      }),
    )

  async function ticketOf(jwt = JWT, body?: object): Promise<Record<string, string> & { ticket_id: string }> {
    const headers = { 'content-type': 'application/json' }
    const response = await request('POST', '/ticket', jwt, body ? { body: JSON.stringify(body), headers } : {})
    if (response.status !== 200) throw new Error(`no ticket: ${response.status}`)
    return response.json()
  }

  async function open(query: string, protocols?: string[]): Promise<Opened> {
    const opened = record(new backend.WebSocket(`wss://mock.test/ws${query}`, protocols))
    await clock.advance(0)
    return opened
  }

  const openWith = (ticket: { ticket_id: string }, protocols: string[] = ['ticket-socket.v1']) =>
    open(`?ticket=${ticket.ticket_id}`, protocols)
  const openByJwt = (jwt = JWT) => open('', [...PLAIN_AND_OURS, `jwt.${base64url(jwt)}`])

  return { backend, clock, arrived, request, ticketOf, open, openWith, openByJwt }
}

export type Arranged = ReturnType<typeof arrange>

export const base64url = (text: string) => Buffer.from(text).toString('base64url')

export function record(socket: WebSocket): Opened {
  const events: string[] = []
  const messages: Record<string, unknown>[] = []
  socket.addEventListener('open', () => events.push(`open@${socket.readyState}`))
  socket.addEventListener('error', () => events.push(`error@${socket.readyState}`))
  socket.addEventListener('message', ({ data }) => {
    events.push(`message@${socket.readyState} ${typeof data === 'string' ? data : '(binary)'}`)
    if (typeof data === 'string' && data.startsWith('{')) messages.push(JSON.parse(data))
  })
  socket.addEventListener('close', ({ code, reason, wasClean }) => {
    events.push(`close@${socket.readyState} ${code} ${reason} ${wasClean ? 'clean' : 'unclean'}`)
  })
  return { socket, events, messages }
}

/** Something that a test lets happen later. */
export function gate<T = void>() {
  let open: (value: T) => void = () => {}
  const opened = new Promise<T>((resolve) => {
    open = resolve
  })
  return { opened, open }
}
