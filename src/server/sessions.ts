import { CLOSE, closeReason } from '../contract/close-codes.ts'
import type { AnyCodec } from '../contract/codec.ts'
import { type Check, optional, or } from '../platform/option-checks.ts'
import type { Clock } from '../platform/platform.ts'
import { clockOf, reportUncaught, systemClock, systemRandomBytes } from '../platform/system-platform.ts'
import type { Connection, ConnectionTicket, ReceivedInvalid, SessionHandle, Transport } from './connection.ts'
import { type Drain, startDrain } from './drain.ts'
import type { VerifyToken } from './identity.ts'
import { checkRateLimit, type RateLimit } from './limits.ts'
import { checkFunction, checkMethods, checkNumber, numberIn, optionalFunction, withMethods } from './options.ts'
import { createRecentRevocations } from './recent-revocations.ts'
import { emitTo, type ServerObserver } from './server-events.ts'
import { createSession, type Session } from './session.ts'
import { createSessionRegistry } from './session-registry.ts'
import { resolveShared } from './shared-options.ts'
import type { AuthTicketManager } from './ticket-manager.ts'
import { handleOf, type RandomBytes, randomFraction, randomName } from './ticket-value.ts'
import { createTokenCheck } from './token-check.ts'
import { DEFAULT_DEADLINE_MS, DEFAULT_MAX_SESSION_SECONDS } from './upgrade.ts'
import type { AcceptedUpgrade } from './upgrade-decision.ts'

export type { Connection, ConnectionTicket, ReceivedInvalid, SessionHandle, Transport }

export interface Sessions {
  open(transport: Transport, accepted: AcceptedUpgrade): SessionHandle
  /** The open connections, without those that are closing. */
  connections(): readonly Connection[]
  /** Closes every connection of this user and returns their number. @default code 4410, reason `revoked` */
  closeUser(userId: string, code?: number, reason?: string): number
  closeAll(code: number, reason: string): number
  /**
   * Moves every connection to another server within `windowMs`: `ts:going_away` to one after another, 4512 (1012 without the
   * protocol) with a wait to those that are still open at the end. Resolves when all have ended. A connection that opens meanwhile is
   * asked to leave at once. A second call does not begin again.
   */
  drain(windowMs: number): Promise<void>
  /** From the first `drain` on, for good. */
  readonly isDraining: boolean
  /** Bytes that were sent and not read by the clients yet, over all connections. */
  readonly bufferedBytes: number
  /** Drops all connections. Afterwards no timer is alive, and no connection opens. */
  dispose(): void
}

export interface SessionsOptions {
  /** Also reports a revoke-all: the connections of that user close with 4410 at once. */
  tickets: Pick<AuthTicketManager, 'consume' | 'revocationOf' | 'onRevokeAll'>
  /**
   * Checks the JWT with which a client extends a session that a JWT has opened. Pass the same function to
   * `createUpgradeAuthenticator`.
   *
   * @default none: such a session ends with its JWT, and the client connects again
   */
  verifyToken?: VerifyToken
  /** Turns frames into messages, and back. @default JSON with a `type` */
  codec?: AnyCodec
  /** Called for connections that open and close, and for a drain. */
  observe?: ServerObserver
  clock?: Clock
  randomBytes?: RandomBytes
  /** How often a connection is pinged, since proxies cut an idle one. Two unanswered pings end it. @default 25_000 */
  pingIntervalMs?: number
  /** Longest session, in seconds. The credential's own end comes first when it is earlier. @default 43_200 (12 hours) */
  maxSessionSeconds?: number
  /**
   * How often the store is asked whether the user has revoked everything. So a connection also ends when the message from another
   * server was lost. @default 60_000
   */
  recheckIntervalMs?: number
  /** A renewal (`ts:auth_refresh`) that is not decided by then is answered with `unavailable`. @default 5_000 */
  deadlineMs?: number
  /** A client that leaves more than this unread is closed with 4508. @default 1 MiB */
  maxBufferedBytes?: number
  /**
   * The largest message that the transport accepts, in bytes. It is announced to clients that negotiated `ticket-socket.v1`, and they
   * refuse a longer message before they send it. The sessions do not enforce it: the transport does.
   *
   * @default not announced
   */
  maxPayload?: number
  /** Connections of one user on this server. One more is closed with 4429. @default 50 */
  maxConnectionsPerUser?: number
  /** Frames that one connection may send. Beyond it, the connection is closed with 4429. @default false (no limit) */
  messageLimit?: RateLimit | false
  /**
   * Called when the connection is ready. Add listeners before the first `await`, or frames are missed. When it throws or rejects, its
   * connection is closed with 4500.
   */
  onConnection?: (connection: Connection, transport: Transport) => void
}

const codecOf: Check<AnyCodec> = (name, codec) => checkMethods(name, codec, ['decode', 'encode'])

/** The wait of a user's connection that is one too many. */
const RETRY_WHEN_FULL_MS = 5_000

/**
 * The live connections of this server, on any transport: a `ws` socket, or the mock's in-memory one.
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
  const { tickets, verifyToken, codec, clock, randomBytes, onConnection, maxConnectionsPerUser, ...resolved } =
    resolveShared('createSessions', options, {
      tickets: withMethods<SessionsOptions['tickets']>('consume', 'revocationOf', 'onRevokeAll'),
      verifyToken: optionalFunction,
      codec: optional(codecOf),
      observe: optionalFunction,
      clock: or(systemClock, clockOf),
      randomBytes: or(systemRandomBytes, checkFunction),
      pingIntervalMs: or(25_000, numberIn({ min: 1 })),
      maxSessionSeconds: or(DEFAULT_MAX_SESSION_SECONDS, numberIn({ min: 1 })),
      recheckIntervalMs: or(60_000, numberIn({ min: 1_000 })),
      deadlineMs: or(DEFAULT_DEADLINE_MS, numberIn({ min: 1 })),
      maxBufferedBytes: or(1024 * 1024, numberIn({ min: 1 })),
      maxPayload: optional(numberIn({ min: 125, integer: true })),
      maxConnectionsPerUser: or(50, numberIn({ min: 1 })),
      messageLimit: or(false, checkRateLimit),
      onConnection: optionalFunction,
    })
  const { observe, messageLimit, maxSessionSeconds, ...intervals } = resolved
  const limits = { ...intervals, maxSessionMs: maxSessionSeconds * 1_000, messages: messageLimit }
  const emit = emitTo(observe)
  const checkToken = verifyToken ? createTokenCheck({ verifyToken, tickets, clock, emit }) : null
  const registry = createSessionRegistry()
  const revocations = createRecentRevocations(clock)
  const stopListening = tickets.onRevokeAll((revocation) => {
    revocations.add(revocation)
    const { userId, marks, ageMs = 0 } = revocation
    const sentAtMs = clock.now() - ageMs
    const isOver = (session: Session) => (marks ? session.isRevokedBy(marks) : session.checkedAtMs <= sentAtMs)
    closeEach(registry.openOf(userId).filter(isOver), CLOSE.revoked, 'revoked')
  })
  let drain: Drain | null = null
  let isDisposed = false

  function announce(session: Session, transport: Transport) {
    const failed = (error: unknown) => {
      reportUncaught(error)
      session.connection.close(CLOSE.serverError, 'server_error')
    }
    try {
      const outcome: unknown = onConnection?.(session.connection, transport)
      // An async function: without a handler, its rejection would end the process and every other connection with it.
      if (outcome instanceof Promise) outcome.catch(failed)
    } catch (error) {
      failed(error)
    }
  }

  function closeEach(sessions: Session[], code: number, reason: string): number {
    for (const { connection } of sessions) connection.close(code, reason)
    return sessions.length
  }

  const open = () => registry.all().filter((session) => session.isOpen())

  return {
    open(transport, accepted) {
      const id = randomName(randomBytes, 16)
      const openedAtMs = clock.now()
      const { method } = accepted
      const userId = accepted.identity?.userId
      const user = userId === undefined ? null : handleOf(userId)
      const isFull = userId !== undefined && registry.openOf(userId).length >= maxConnectionsPerUser
      // A revoke-all between the decision and now found no connection to close.
      const isRevoked = userId !== undefined && revocations.end(userId, accepted)
      const session = createSession({
        id,
        transport,
        accepted,
        tickets,
        checkToken,
        codec,
        clock,
        firstRecheckMs: randomFraction(randomBytes) * limits.recheckIntervalMs,
        limits,
        onClosed(code) {
          registry.remove(session)
          const durationMs = clock.now() - openedAtMs
          if (!isFull && !isRevoked)
            emit(() => ({ kind: 'connection_closed', connection: id, method, user, code, durationMs }))
          drain?.closed()
        },
      })
      if (isDisposed) {
        session.connection.terminate()
        return session.handle
      }
      registry.add(session)
      if (isRevoked) {
        emit(() => ({ kind: 'connection_refused', method, user, reason: 'revoked' }))
        session.connection.close(CLOSE.revoked, 'revoked')
        return session.handle
      }
      if (isFull) {
        emit(() => ({ kind: 'connection_refused', method, user, reason: 'too_many' }))
        session.connection.close(CLOSE.tooMany, closeReason('too_many', RETRY_WHEN_FULL_MS))
        return session.handle
      }
      emit(() => ({ kind: 'connection_opened', connection: id, method, user }))
      session.start()
      announce(session, transport)
      drain?.opened(session)
      return session.handle
    },
    connections: () => open().map(({ connection }) => connection),
    closeUser: (userId, code = CLOSE.revoked, reason = 'revoked') => closeEach(registry.openOf(userId), code, reason),
    closeAll: (code, reason) => closeEach(open(), code, reason),
    async drain(windowMs) {
      checkNumber('windowMs', windowMs, { min: 0 })
      if (!drain) {
        const connections = open().length
        emit(() => ({ kind: 'drain_started', connections, windowMs }))
        drain = startDrain(registry, windowMs, clock)
        void drain.ended.then((stragglers) => emit(() => ({ kind: 'drain_ended', connections, stragglers })))
      }
      await drain.ended
    },
    get isDraining() {
      return drain !== null
    },
    get bufferedBytes() {
      return registry.all().reduce((sum, session) => sum + session.bufferedBytes(), 0)
    },
    dispose() {
      isDisposed = true
      stopListening()
      for (const { connection } of registry.all()) connection.terminate()
    },
  }
}
