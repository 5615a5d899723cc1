// The events of the auth service and the socket in words. Tickets appear by handle. The recorder masks every text from the
// server or the app once more before the panel shows it.

import type { AuthEvents } from '../../auth/auth-events.ts'
import type { CloseDetails } from '../../platform/web-socket-events.ts'
import type { SocketEvents } from '../../socket/socket-events.ts'
import { duration, METHOD_WORDS, shortHandle } from '../format.ts'

export type Tone = 'good' | 'info' | 'warn' | 'bad' | 'you'

/** Something that happened, as a person reads it. */
export interface Happening {
  /** Colour and weight. `you`: something that the person at the panel, or the app, did. @default 'you' */
  tone?: Tone
  title: string
  detail?: string
}

type Describe<Events> = { readonly [Name in keyof Events]?: (event: Events[Name]) => Happening }

export const AUTH_WORDS: Describe<AuthEvents> = {
  userChanged: ({ signedIn }) => ({ tone: 'info', title: signedIn ? 'Signed in' : 'Signed out' }),
  ticketIssued: ({ handle, ttlMs, ahead }) => ({
    tone: 'info',
    title: ahead ? 'Ticket prefetched' : 'Ticket issued',
    detail: `${shortHandle(handle)} lives ${duration(ttlMs)}`,
  }),
  ticketTaken: ({ handle, fresh }) => ({
    tone: 'info',
    title: 'Ticket taken',
    detail: `${shortHandle(handle)}, ${fresh ? 'fresh' : 'prefetched'}`,
  }),
  ticketFailed: ({ error: { status, code } }) => ({
    tone: 'warn',
    title: 'No ticket available',
    detail: status ? `answered ${status} (${code})` : code,
  }),
  fallback: ({ to }) => ({ tone: 'warn', title: `This attempt connects ${METHOD_WORDS[to]}` }),
  reverted: ({ cause }) => ({
    tone: 'bad',
    title: 'Reverted to JWT',
    detail: `tickets are given up; the last cause: ${cause.code}`,
  }),
}

export const SOCKET_WORDS: Describe<SocketEvents> = {
  open: ({ method, session }) => ({
    tone: 'good',
    title: `Open ${METHOD_WORDS[method]}`,
    ...(session && { detail: `session ${shortHandle(session.id)}` }),
  }),
  lost: ({ error, retryInMs, closeDetails }) => ({
    tone: 'bad',
    title: `Lost; ${whatFollows(retryInMs)}`,
    detail: error.message + reasonOf(closeDetails),
  }),
  closed: ({ by, closeDetails }) => ({
    tone: 'info',
    title: `Closed by the ${by === 'logout' ? 'sign-out' : by}`,
    ...(closeDetails && { detail: `${closeDetails.code}.${reasonOf(closeDetails)}` }),
  }),
  failed: ({ error, closeDetails }) => ({
    tone: 'bad',
    title: 'Gave up',
    detail: error.message + reasonOf(closeDetails),
  }),
  dropped: ({ reason }) => ({ tone: 'warn', title: 'A queued message was dropped', detail: reason }),
  refused: ({ code, message }) => ({
    tone: 'warn',
    title: 'The server refused a frame',
    detail: `${code}: ${message}`,
  }),
  invalidMessage: ({ reason }) => ({ tone: 'warn', title: 'A frame was no message', detail: reason }),
}

const reasonOf = (closeDetails: CloseDetails | null) =>
  closeDetails?.reason ? ` The server’s reason: ${closeDetails.reason}` : ''

function whatFollows(retryInMs: number | null): string {
  if (retryInMs === null) return 'waiting for the network'
  return retryInMs < 1 ? 'reconnecting at once' : `next attempt in ${duration(retryInMs)}`
}
