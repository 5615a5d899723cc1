// One socket per auth service and endpoint, however many components ask. Rendering asks, effects hold: a socket that is
// held by nobody any more is disposed of, and one that was asked for and never held (a render that React threw away) is
// disposed of when the next one is made.

import type { CredentialSource } from '../auth/credential.ts'
import { TicketSocketError } from '../contract/errors.ts'
import { systemClock } from '../platform/system-platform.ts'
import type { TicketSocketOptions } from '../socket/options.ts'
import { createTicketSocket, type TicketSocket } from '../socket/ticket-socket.ts'
import { retain } from './socket-lease.ts'

interface Shared {
  socket: TicketSocket
  askedAt: number
  isHeld: boolean
}

/** A render that was not committed by then never will be; should it be, its effect asks again. */
const RENDER_TIMEOUT_MS = 60_000

const byAuth = new WeakMap<CredentialSource, Map<string, Shared>>()

/** The options of whoever asks first count. */
export function sharedSocket(options: TicketSocketOptions): TicketSocket {
  const ofAuth = byAuth.get(options.auth) ?? new Map<string, Shared>()
  byAuth.set(options.auth, ofAuth)
  const existing = ofAuth.get(options.url)
  if (existing) return existing.socket
  const askedAt = systemClock.now()
  for (const [url, shared] of ofAuth) {
    if (!shared.isHeld && askedAt - shared.askedAt > RENDER_TIMEOUT_MS) giveUp(ofAuth, url, shared)
  }
  const socket = createTicketSocket(options)
  ofAuth.set(options.url, { socket, askedAt, isHeld: false })
  return socket
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
  createTicketSocket({ ...options, auth: NOBODY })

/** A lease on a shared socket, or null when it was given up since it was asked for: ask for another one. */
export function holdShared({ auth, url }: TicketSocketOptions, socket: TicketSocket): (() => void) | null {
  const ofAuth = byAuth.get(auth)
  const shared = ofAuth?.get(url)
  if (!ofAuth || shared?.socket !== socket) return null
  shared.isHeld = true
  return retain(socket, () => giveUp(ofAuth, url, shared))
}

function giveUp(ofAuth: Map<string, Shared>, url: string, shared: Shared) {
  if (ofAuth.get(url) === shared) ofAuth.delete(url)
  // Whoever still holds a reference to it holds a socket that stays closed.
  shared.socket.dispose()
}
