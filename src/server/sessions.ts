import { CLOSE } from '../contract/close-codes.ts'
import type { AuthMethod, Message } from '../contract/wire.ts'
import type { Clock } from '../platform/platform.ts'
import { reportUncaught, systemClock, systemRandomBytes } from '../platform/system-platform.ts'
import type { Identity } from './identity.ts'
import { checkNumber } from './options.ts'
import { createSession, type Session } from './session.ts'
import type { AuthTicketManager } from './ticket-manager.ts'
import { type RandomBytes, randomName } from './ticket-value.ts'
import { DEFAULT_MAX_SESSION_MS, type UpgradeDecision } from './upgrade.ts'

/** The wire under a connection. After `close` or `terminate` it MUST call its handle's `closed`, once. */
export interface Transport {
  send(data: string | Uint8Array): void
  close(code: number, reason: string): void
  /** Drops the wire without a close frame. */
  terminate(): void
  /** A ping of the WebSocket protocol itself, where the transport has one: keeps proxies from cutting a plain connection. */
  ping?(): void
  readonly bufferedAmount: number
}

/** A connection as the application sees it. */
export interface Connection {
  readonly id: string
  /** `null` when anonymous. An `auth_refresh` may change what the user may do, never who the user is. */
  readonly identity: Identity | null
  readonly method: AuthMethod
  /** Whether `ticket-socket.v1` was selected. Without it every frame is the application's. */
  readonly spoken: boolean
  /** Sends as JSON. Does nothing once the connection is closing. */
  send(message: object): void
  sendBinary(data: Uint8Array): void
  /** @default code 1000, reason `done` */
  close(code?: number, reason?: string): void
  /** Drops the connection without a close frame. */
  terminate(): void
  /** JSON text frames with a `type`, but for the protocol's own. */
  onMessage(listener: (message: Message) => void): () => void
  /** The application's text frames as they came, also those that are no JSON (only without `ticket-socket.v1`). */
  onText(listener: (text: string) => void): () => void
  onBinary(listener: (data: Uint8Array) => void): () => void
  onClose(listener: (code: number, reason: string) => void): () => void
}

/** What a transport reports into. */
export interface SessionHandle {
  receive(data: string | Uint8Array): void
  closed(code: number, reason: string): void
}

export interface Sessions {
  open(transport: Transport, accepted: Extract<UpgradeDecision, { kind: 'accepted' }>): SessionHandle
  /** Those that are open; one that is closing no longer counts. */
  connections(): readonly Connection[]
  /** Closes every connection of this user and tells how many there were. @default code 4410, reason `revoked` */
  closeUser(userId: string, code?: number, reason?: string): number
  closeAll(code: number, reason: string): number
  /** Drops everything: no timer is alive afterwards, and nothing opens any more. */
  dispose(): void
}

export interface SessionsOptions {
  tickets: Pick<AuthTicketManager, 'consume' | 'isRevoked'>
  clock?: Clock
  randomBytes?: RandomBytes
  /** How often a connection is pinged, since proxies cut an idle one. Two unanswered pings end it. @default 25_000 */
  pingIntervalMs?: number
  /** Longest session. The credential's own end comes first when it is earlier. @default 12 hours */
  maxSessionMs?: number
  /**
   * How often the store is asked whether the user has revoked everything: how a connection learns what was said to
   * another server. @default 60_000
   */
  recheckIntervalMs?: number
  /** A client that leaves more than this unread is closed with 4508. @default 1 MiB */
  maxBufferedBytes?: number
  /**
   * Called when the connection is ready. Add listeners before the first `await`, or frames pass by. When it throws or
   * rejects, its connection is closed with 4500.
   */
  onConnection?: (connection: Connection, transport: Transport) => void
}

/**
 * The live connections of this server, whatever carries them: a `ws` socket, or the mock's in-memory one.
 *
 * @example
 * ```ts
 * import { AuthTicketManager, createMemoryTicketStore, createSessions } from 'ticket-socket/server'
 *
 * const sessions = createSessions({
 *   tickets: new AuthTicketManager({ store: createMemoryTicketStore() }),
 *   onConnection: (connection) => {
 *     connection.onMessage((message) => connection.send({ type: 'echo', of: message.type }))
 *   },
 * })
 * ```
 */
export function createSessions(options: SessionsOptions): Sessions {
  const { tickets, clock = systemClock, randomBytes = systemRandomBytes, onConnection } = options
  const limits = {
    pingIntervalMs: checkNumber('pingIntervalMs', options.pingIntervalMs ?? 25_000, { min: 1 }),
    maxSessionMs: checkNumber('maxSessionMs', options.maxSessionMs ?? DEFAULT_MAX_SESSION_MS, { min: 1_000 }),
    recheckIntervalMs: checkNumber('recheckIntervalMs', options.recheckIntervalMs ?? 60_000, { min: 1_000 }),
    maxBufferedBytes: checkNumber('maxBufferedBytes', options.maxBufferedBytes ?? 1024 * 1024, { min: 1 }),
  }
  const live = new Set<Session>()
  let isDisposed = false

  function announce(session: Session, transport: Transport) {
    const failed = (error: unknown) => {
      reportUncaught(error)
      session.connection.close(CLOSE.serverError, 'server_error')
    }
    try {
      const outcome: unknown = onConnection?.(session.connection, transport)
      // An async function: unheard, its rejection would end the process and every other connection with it.
      if (outcome instanceof Promise) outcome.catch(failed)
    } catch (error) {
      failed(error)
    }
  }

  function closeWhere(isMeant: (session: Session) => boolean, code: number, reason: string): number {
    const meant = [...live].filter((session) => session.isOpen() && isMeant(session))
    for (const { connection } of meant) connection.close(code, reason)
    return meant.length
  }

  return {
    open(transport, accepted) {
      const id = randomName(randomBytes, 16)
      const session = createSession({
        id,
        transport,
        accepted,
        tickets,
        clock,
        limits,
        onClosed: () => live.delete(session),
      })
      if (isDisposed) {
        session.connection.terminate()
        return session.handle
      }
      live.add(session)
      session.start()
      announce(session, transport)
      return session.handle
    },
    connections: () => [...live].filter((session) => session.isOpen()).map(({ connection }) => connection),
    closeUser: (userId, code = CLOSE.revoked, reason = 'revoked') =>
      closeWhere(({ connection }) => connection.identity?.userId === userId, code, reason),
    closeAll: (code, reason) => closeWhere(() => true, code, reason),
    dispose() {
      isDisposed = true
      for (const { connection } of [...live]) connection.terminate()
    },
  }
}
