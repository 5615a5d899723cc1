// One socket per auth service and URL, however many components ask. Rendering asks, effects hold: a socket that is
// held by nobody any more is disposed of, and one that was asked for and never held (a render that React threw away) is
// disposed of when the next one is made.

import type { CredentialSource } from '../auth/credential.ts'
import { TicketSocketError } from '../contract/errors.ts'
import type { Message } from '../contract/wire.ts'
import { systemClock } from '../platform/system-platform.ts'
import type { SocketUrl, UrlCallback } from '../socket/app-url.ts'
import { resolveSocketOptions, type TicketSocketOptions } from '../socket/options.ts'
import { createTicketSocket, type TicketSocket } from '../socket/ticket-socket.ts'
import { retain } from './socket-lease.ts'

/** What tells connections apart: a URL as it is spelled; of functions, the first one that a component has given. */
export type UrlKey = string | UrlCallback

interface Shared {
  socket: TicketSocket
  /** What the next attempt goes to. */
  url: SocketUrl
  askedAt: number
  isHeld: boolean
}

/** A render that was not committed by then never will be; should it be, its effect asks again. */
const RENDER_TIMEOUT_MS = 60_000

const byAuth = new WeakMap<CredentialSource, Map<UrlKey, Shared>>()

/** The options of whoever asks first count. */
export function sharedSocket(options: TicketSocketOptions, key: UrlKey): TicketSocket {
  const ofAuth = byAuth.get(options.auth) ?? new Map<UrlKey, Shared>()
  byAuth.set(options.auth, ofAuth)
  const existing = ofAuth.get(key)
  if (existing) return existing.socket
  const askedAt = systemClock.now()
  for (const [old, shared] of ofAuth) {
    if (!shared.isHeld && askedAt - shared.askedAt > RENDER_TIMEOUT_MS) giveUp(ofAuth, old, shared)
  }
  const { url } = options
  const latestUrl = () => (typeof shared.url === 'function' ? shared.url() : shared.url)
  const socket = createTicketSocket<Message, Message>({ ...options, url: typeof url === 'function' ? latestUrl : url })
  const shared: Shared = { socket, url, askedAt, isHeld: false }
  ofAuth.set(key, shared)
  return socket
}

/** A socket that is shared was made with the options of another component. A mistake in these would go unnoticed. */
export function checkOptions(options: TicketSocketOptions): void {
  // Without the logger, which has heard of the URL when the socket was made.
  const { logger, ...platform } = options.platform ?? {}
  resolveSocketOptions({ ...options, platform })
}

/** Nobody is signed in on a server, and nobody ever will be. */
const NOBODY: CredentialSource = {
  acquire: async () => {
    throw new TicketSocketError('unauthenticated', 'Nobody is signed in while a server renders. Connect in an effect.')
  },
  keepSpare: () => () => {},
  onFence: () => () => {},
  onReverted: () => () => {},
}

/** One that only its render knows, so that a server, which runs no effect, keeps none of them. */
export const socketOnServer = (options: TicketSocketOptions): TicketSocket =>
  createTicketSocket<Message, Message>({ ...options, auth: NOBODY })

/** A component has rendered with another function: from the next attempt on that one is called. Nothing reconnects. */
export function renewUrl({ auth, url }: TicketSocketOptions, key: UrlKey): void {
  const shared = byAuth.get(auth)?.get(key)
  if (shared && typeof url === 'function') shared.url = url
}

/** A lease on a shared socket, or null when it was given up since it was asked for: ask for another one. */
export function holdShared(auth: CredentialSource, key: UrlKey, socket: TicketSocket): (() => void) | null {
  const ofAuth = byAuth.get(auth)
  const shared = ofAuth?.get(key)
  if (!ofAuth || shared?.socket !== socket) return null
  shared.isHeld = true
  return retain(socket, () => giveUp(ofAuth, key, shared))
}

function giveUp(ofAuth: Map<UrlKey, Shared>, key: UrlKey, shared: Shared) {
  if (ofAuth.get(key) === shared) ofAuth.delete(key)
  // Whoever still holds a reference to it holds a socket that stays closed.
  shared.socket.dispose()
}
