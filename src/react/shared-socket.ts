// One socket per auth service and URL for any number of components. A render requests the socket, an effect takes a lease on it.
// The socket is disposed of with its last lease. A socket without any lease (of a render that React discarded) is disposed of
// when the next one is created.

import type { CredentialSource } from '../auth/credential.ts'
import { TicketSocketError } from '../contract/errors.ts'
import type { Message } from '../contract/wire.ts'
import { sharedState } from '../platform/shared-state.ts'
import { systemClock } from '../platform/system-platform.ts'
import type { SocketUrl, UrlCallback } from '../socket/app-url.ts'
import type { TicketSocketOptions } from '../socket/options.ts'
import { resolveSocketOptions } from '../socket/resolve-options.ts'
import { createTicketSocket, type TicketSocket } from '../socket/ticket-socket.ts'
import { retain } from './socket-lease.ts'

/** Identifies a connection: the URL as text, or the first function that a component has passed. */
export type UrlKey = string | UrlCallback

interface Shared {
  socket: TicketSocket
  /** The URL or function for the next attempt. */
  url: SocketUrl
  askedAt: number
  isHeld: boolean
}

/** React has discarded a render that is not committed by then. If it commits later, its effect requests the socket again. */
const RENDER_TIMEOUT_MS = 60_000

const byAuth = () => sharedState('sockets', () => new WeakMap<CredentialSource, Map<UrlKey, Shared>>())

/** The options of the first component count. */
export function sharedSocket(options: TicketSocketOptions, key: UrlKey): TicketSocket {
  const ofAuth = byAuth().get(options.auth) ?? new Map<UrlKey, Shared>()
  byAuth().set(options.auth, ofAuth)
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

/** A shared socket was created with the options of another component. A mistake in these options would go unnoticed. */
export function checkOptions(options: TicketSocketOptions): void {
  // Without the logger, which received its warning about the URL when the socket was created.
  const { logger, ...platform } = options.platform ?? {}
  resolveSocketOptions({ ...options, platform })
}

/** On a server no user is ever signed in. */
const NOBODY: CredentialSource = {
  acquire: async () => {
    throw new TicketSocketError('unauthenticated', 'Nobody is signed in while a server renders. Connect in an effect.')
  },
  keepPrefetched: () => () => {},
  onSessionChange: () => () => {},
  onReverted: () => () => {},
}

/** A socket that only its render references, so that a server, which runs no effect, keeps none of them. */
export const socketOnServer = (options: TicketSocketOptions): TicketSocket =>
  createTicketSocket<Message, Message>({ ...options, auth: NOBODY })

/** A component has rendered with another function: the next attempt calls that one. The socket does not reconnect. */
export function renewUrl({ auth, url }: TicketSocketOptions, key: UrlKey): void {
  const shared = byAuth().get(auth)?.get(key)
  if (shared && typeof url === 'function') shared.url = url
}

/** A lease on a shared socket; null if the socket was disposed of meanwhile. Request another one then. */
export function holdShared(auth: CredentialSource, key: UrlKey, socket: TicketSocket): (() => void) | null {
  const ofAuth = byAuth().get(auth)
  const shared = ofAuth?.get(key)
  if (!ofAuth || shared?.socket !== socket) return null
  shared.isHeld = true
  return retain(socket, () => giveUp(ofAuth, key, shared))
}

function giveUp(ofAuth: Map<UrlKey, Shared>, key: UrlKey, shared: Shared) {
  if (ofAuth.get(key) === shared) ofAuth.delete(key)
  // A reference to it that is left is to a socket that stays closed.
  shared.socket.dispose()
}
