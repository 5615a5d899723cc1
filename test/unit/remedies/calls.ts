// Every way in which the client shows an error: the results and rejections of its calls, its events, its snapshots.

import { createRequests, isTicketSocketError, type TicketSocketError, ticketWebSocket } from '../../../src/index.ts'
import type { Page, Situation } from './situations.ts'

export interface Shown {
  call: CallName
  where: 'result' | 'cause' | 'lastError' | 'error' | string
  error: TicketSocketError
  situation: Situation
}

type Call = (page: Page, signal: AbortSignal) => unknown

const handle = 'a'.repeat(43)

const openWebSocket: Call = ({ auth, platform, backend }) =>
  new Promise<void>((resolve, reject) => {
    const TicketWebSocket = ticketWebSocket(auth, { platform })
    const socket = new TicketWebSocket(backend.wsUrl)
    socket.onerror = (event) => reject((event as ErrorEvent).error)
    socket.onclose = socket.onopen = () => resolve()
  })

/** Calls by which an app takes tickets or connects: what fails may count, and change the state. */
export const TICKET_CALLS = {
  getWebSocketTicket: ({ auth }, signal) => auth.getWebSocketTicket({ signal }),
  requestWebSocketTicket: ({ auth }, signal) => auth.requestWebSocketTicket({ signal }),
  'requestWebSocketTicket with fields': ({ auth }, signal) =>
    auth.requestWebSocketTicket({ ttl_seconds: 60, permissions: ['chat'], signal }),
  acquire: ({ auth }, signal) => auth.acquire({ signal }).then((grant) => grant.report({ kind: 'unused' })),
  'acquire only a ticket': ({ auth }, signal) =>
    auth.acquire({ signal, only: 'ticket' }).then((grant) => grant.report({ kind: 'unused' })),
  ticketWebSocket: openWebSocket,
} satisfies Record<string, Call>

/** Calls that change nothing here. */
export const OTHER_CALLS = {
  validateTicket: ({ auth }, signal) => auth.validateTicket(handle, { signal }),
  revokeTicket: ({ auth }, signal) => auth.revokeTicket(handle, { signal }),
  revokeAllTickets: ({ auth }, signal) => auth.revokeAllTickets({ signal }),
  getTicketSystemStatus: ({ auth }, signal) => auth.getTicketSystemStatus({ signal }),
  initialize: ({ auth }, signal) => auth.initialize({ signal }),
  validateAndRefreshToken: ({ auth }, signal) => auth.validateAndRefreshToken({ signal }),
  handleAuthError: ({ auth, session }, signal) => auth.handleAuthError(session.jwt ?? undefined, { signal }),
  'request of a reserved type': ({ socket, clock }) => createRequests(socket, { clock }).request({ type: 'ts:ping' }),
  request: ({ socket, clock }, signal) =>
    createRequests(socket, { clock }).request({ type: 'ask' }, { timeoutMs: 2_000, signal }),
  'request of what is no JSON': ({ socket, clock }) =>
    createRequests(socket, { clock }).request({ type: 'ask', n: 1n } as never),
} satisfies Record<string, Call>

export type CallName = keyof typeof TICKET_CALLS | keyof typeof OTHER_CALLS | 'socket'

/** What an error holds of this library's own, itself first. */
function* chainOf(error: unknown): Generator<[TicketSocketError, depth: number]> {
  let depth = 0
  for (let next = error; isTicketSocketError(next); next = next.cause) yield [next, depth++]
}

export function createWitness(page: Page, situation: () => Situation) {
  const shown: Shown[] = []
  let call: CallName = 'socket'

  function see(where: string, error: unknown) {
    for (const [own, depth] of chainOf(error))
      shown.push({ call, where: depth === 0 ? where : 'cause', error: own, situation: situation() })
  }

  page.auth.on('ticketFailed', ({ error }) => see('ticketFailed', error))
  page.auth.on('fallback', ({ cause }) => see('fallback', cause))
  page.auth.on('reverted', ({ cause }) => see('reverted', cause))
  page.socket.on('lost', ({ error }) => see('lost', error))
  page.socket.on('failed', ({ error }) => see('failed', error))

  return {
    shown,
    /** What the snapshots show now, in the state of now. */
    look() {
      see('lastError', page.auth.store.getState().lastError)
      see('error', page.state().error)
    },
    /** Makes the call, and lets so much time pass. */
    async make(name: Exclude<CallName, 'socket'>, ms: number, signal = new AbortController().signal) {
      call = name
      const made = ({ ...TICKET_CALLS, ...OTHER_CALLS } as Record<string, Call>)[name]
      new Promise<unknown>((resolve) => resolve(made?.(page, signal))).then(
        (result) => see('result', (result as { error?: unknown } | undefined)?.error),
        (error) => see('result', error),
      )
      await page.clock.advance(ms)
      call = 'socket'
    },
  }
}
