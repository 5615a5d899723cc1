// What happened, newest first: the events of the auth service and of the socket in words. Tickets appear by handle.

import type { TicketSocket, UnifiedAuthService } from 'ticket-socket'
import { createStore, type StoreApi } from 'zustand/vanilla'

export type Tone = 'good' | 'info' | 'warn' | 'bad' | 'you'

export interface TimelineEntry {
  id: number
  /** Milliseconds since 1970. */
  at: number
  tone: Tone
  title: string
  detail?: string | undefined
}

export interface Timeline {
  readonly store: StoreApi<{ entries: readonly TimelineEntry[] }>
  /** Puts something of the app's own among the events. */
  add(entry: Omit<TimelineEntry, 'id' | 'at'>): void
  clear(): void
}

/** What is recorded of a socket, whatever its messages are. */
export type ObservedSocket = Pick<TicketSocket, 'on'>

const MAX_ENTRIES = 60

/** Names a ticket among a few. */
export const shortHandle = (handle: string) => (handle.length > 12 ? `${handle.slice(0, 8)}…` : handle)

const METHOD_WORDS = { ticket: 'by ticket', jwt: 'by JWT', none: 'without a credential' } as const

const seconds = (ms: number) => `${(ms / 1_000).toFixed(ms < 10_000 ? 1 : 0)} s`

export function createTimeline({ auth, socket }: { auth: UnifiedAuthService; socket: ObservedSocket }): Timeline {
  const store = createStore<{ entries: readonly TimelineEntry[] }>(() => ({ entries: [] }))
  let lastId = 0

  function add(entry: Omit<TimelineEntry, 'id' | 'at'>) {
    const stamped = { ...entry, id: ++lastId, at: Date.now() }
    store.setState(({ entries }) => ({ entries: [stamped, ...entries].slice(0, MAX_ENTRIES) }))
  }

  auth.on('userChanged', ({ signedIn }) => add({ tone: 'info', title: signedIn ? 'Signed in' : 'Signed out' }))
  auth.on('ticketIssued', ({ handle, ttlMs, ahead }) =>
    add({
      tone: 'info',
      title: ahead ? 'Spare ticket fetched' : 'Ticket bought',
      detail: `${shortHandle(handle)} lives ${seconds(ttlMs)}`,
    }),
  )
  auth.on('ticketTaken', ({ handle, fresh }) =>
    add({ tone: 'info', title: 'Ticket taken', detail: `${shortHandle(handle)}, ${fresh ? 'fresh' : 'the spare'}` }),
  )
  auth.on('ticketFailed', ({ error: { status, code } }) =>
    add({ tone: 'warn', title: 'No ticket to be had', detail: status ? `answered ${status} (${code})` : code }),
  )
  auth.on('fallback', ({ to }) => add({ tone: 'warn', title: `This attempt goes ${METHOD_WORDS[to]}` }))
  auth.on('reverted', ({ cause }) =>
    add({ tone: 'bad', title: 'Reverted to JWT', detail: `tickets are given up; the last cause: ${cause.code}` }),
  )
  socket.on('open', ({ method, session }) =>
    add({
      tone: 'good',
      title: `Open ${METHOD_WORDS[method]}`,
      detail: session ? `session ${shortHandle(session.id)}` : undefined,
    }),
  )
  socket.on('lost', ({ error, retryInMs }) =>
    add({
      tone: 'bad',
      title: retryInMs === null ? 'Lost; waiting for the network' : `Lost; next try in ${seconds(retryInMs)}`,
      detail: error.message,
    }),
  )
  socket.on('closed', ({ by }) => add({ tone: 'info', title: `Closed by the ${by === 'logout' ? 'log-out' : by}` }))
  socket.on('failed', ({ error }) => add({ tone: 'bad', title: 'Gave up', detail: error.message }))
  socket.on('dropped', ({ reason }) => add({ tone: 'warn', title: 'A queued question was dropped', detail: reason }))
  socket.on('refused', ({ message }) => add({ tone: 'warn', title: 'The server refused a frame', detail: message }))
  socket.on('invalidMessage', ({ reason }) => add({ tone: 'warn', title: 'A frame was no message', detail: reason }))

  return { store, add, clear: () => store.setState({ entries: [] }) }
}
