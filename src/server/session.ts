// One live connection: its frames, its end, its pings. Three states: open, closing (a close frame was sent, frames are ignored),
// closed (the transport has ended).

import { CLOSE, closeReason } from '../contract/close-codes.ts'
import type { AnyCodec } from '../contract/codec.ts'
import { reservedFrameIn, SUBPROTOCOL } from '../contract/wire.ts'
import type { Clock } from '../platform/platform.ts'
import { checkClose } from './close-frame.ts'
import type { Connection, SessionHandle, Transport } from './connection.ts'
import { createConnectionListeners } from './connection-listeners.ts'
import { type AnsweringFrame, createControlFrames } from './control-frames.ts'
import type { RateLimit } from './limits.ts'
import { binaryFrame, frameMaker, textFrame } from './outgoing-frame.ts'
import { createOwnClock } from './own-clock.ts'
import { isOver, type RevocationMarks } from './revocation.ts'
import type { AuthTicketManager } from './ticket-manager.ts'
import { createRateLimiter } from './token-buckets.ts'
import type { TokenVerdict } from './token-check.ts'
import type { AcceptedUpgrade } from './upgrade-decision.ts'

export interface SessionDeps {
  id: string
  transport: Transport
  accepted: AcceptedUpgrade
  tickets: Pick<AuthTicketManager, 'consume' | 'revocationOf'>
  /** Null: no JWT extends a session here. */
  checkToken: ((jwt: string) => Promise<TokenVerdict>) | null
  codec: AnyCodec | undefined
  clock: Clock
  /** At any moment of the interval: a server that restarts gets all its connections at once. */
  firstRecheckMs: number
  limits: {
    pingIntervalMs: number
    maxSessionMs: number
    recheckIntervalMs: number
    deadlineMs: number
    maxBufferedBytes: number
    maxPayload: number | undefined
    messages: RateLimit | false
  }
  /** The code is the one that we closed with, or else the peer's. */
  onClosed: (code: number) => void
}

export interface Session {
  readonly connection: Connection
  readonly handle: SessionHandle
  isOpen(): boolean
  /** Bytes that were sent and not read yet. */
  bufferedBytes(): number
  /** When the check of the credential that opened it began, by the clock's `now()`. */
  readonly checkedAtMs: number
  /** Whether the credential was checked before this revoke-all. */
  isRevokedBy(revocation: RevocationMarks): boolean
  /** Sends the first frame and starts the timers. */
  start(): void
  /** Asks the client to leave within this time. A connection without the protocol is closed with 1012 instead. */
  goAway(deadlineMs: number): void
}

/** A peer that does not answer our close frame is dropped after this long. */
const CLOSE_TIMEOUT_MS = 5_000
const MAX_UNANSWERED_PINGS = 2

const writers = new WeakMap<Connection, (frame: string | Uint8Array) => void>()

/** Sends a frame as it stands on the wire, also one that `send()` refuses; nothing on a connection that is closing. For tests. */
export const sendFrame = (connection: Connection, frame: string | Uint8Array): void => writers.get(connection)?.(frame)

/** Sends a frame of the protocol itself, which `connection.send()` refuses. */
export const sendControlFrame = (connection: Connection, frame: AnsweringFrame): void =>
  sendFrame(connection, JSON.stringify(frame))

export function createSession(deps: SessionDeps): Session {
  const { id, transport, accepted, tickets, codec, clock, firstRecheckMs, limits, onClosed } = deps
  // A session that a ticket has opened holds what the ticket allows; a JWT could allow more.
  const checkToken = accepted.method === 'jwt' ? deps.checkToken : null
  const frameOf = frameMaker(codec)
  const isNegotiated = accepted.subprotocol === SUBPROTOCOL
  const isClosing = () => state !== 'open'
  const listeners = createConnectionListeners(codec, isClosing)
  const ownClock = createOwnClock(clock)
  const timers = new Map<'end' | 'ping' | 'recheck' | 'closing', () => void>()
  const messages = createRateLimiter(limits.messages, clock)
  let state: 'open' | 'closing' | 'closed' = 'open'
  let closedWith: number | null = null
  let { identity, afterRevocationMs } = accepted
  let ticket = accepted.ticket ?? null
  let endsAtMs = 0
  let unansweredPings = 0

  function setTimer(name: 'end' | 'ping' | 'recheck' | 'closing', delayMs: number, callback: () => void) {
    timers.get(name)?.()
    timers.set(name, ownClock.setTimer(callback, delayMs))
  }

  // ── time ──

  // The end is a time of the wall clock, and is counted on the monotonic clock.
  function endAt(sessionExpiresAtMs: number | null) {
    const leftMs = Math.min((sessionExpiresAtMs ?? Number.POSITIVE_INFINITY) - clock.wallNow(), limits.maxSessionMs)
    endsAtMs = clock.now() + leftMs
    setTimer('end', leftMs, () => connection.close(CLOSE.expired, 'expired'))
  }

  const ends = () => {
    const leftMs = Math.max(0, endsAtMs - clock.now())
    return { expires_at: (clock.wallNow() + leftMs) / 1_000, expires_in: leftMs / 1_000 }
  }

  function pingLater() {
    setTimer('ping', limits.pingIntervalMs, () => {
      // Unanswered pings are counted, not seconds: while the machine slept, no client could answer.
      if (unansweredPings >= MAX_UNANSWERED_PINGS) return connection.close(CLOSE.heartbeat, 'heartbeat')
      if (isNegotiated || transport.ping) unansweredPings++
      if (isNegotiated) sendControl({ type: 'ts:ping', timestamp: clock.wallNow() / 1_000 })
      else transport.ping?.()
      if (state === 'open') pingLater()
    })
  }

  async function recheck(userId: string) {
    const revocation = await tickets.revocationOf(userId).catch(() => null) // a store that is down ends no session
    if (state !== 'open') return
    if (revocation && isRevokedBy(revocation)) return connection.close(CLOSE.revoked, 'revoked')
    recheckIn(userId, limits.recheckIntervalMs)
  }

  const recheckIn = (userId: string, delayMs: number) => setTimer('recheck', delayMs, () => void recheck(userId))

  const isRevokedBy = ({ atMs }: RevocationMarks) => isOver(afterRevocationMs, atMs)

  function alive() {
    unansweredPings = 0
  }

  // ── frames ──

  function receive(data: string | Uint8Array) {
    if (isClosing()) return
    alive()
    const waitMs = messages.take(id)
    if (waitMs > 0) return connection.close(CLOSE.tooMany, closeReason('too_many', waitMs))
    if (isNegotiated && typeof data === 'string') {
      const control = reservedFrameIn(data)
      if (control) return answerControl(control)
    }
    listeners.receive(data)
  }

  const answerControl = createControlFrames({
    consume: (ticket) => tickets.consume(ticket),
    checkToken,
    isOpen: () => state === 'open',
    identity: () => identity,
    extend(renewed) {
      identity = renewed.identity
      ticket = renewed.metadata && { metadata: renewed.metadata }
      afterRevocationMs = renewed.afterRevocationMs
      endAt(renewed.sessionExpiresAtMs)
      return ends()
    },
    send: sendControl,
    clock: ownClock,
    deadlineMs: limits.deadlineMs,
  })

  function sendControl(frame: AnsweringFrame) {
    write(JSON.stringify(frame))
  }

  function write(data: string | Uint8Array) {
    if (state !== 'open') return
    if (transport.bufferedAmount > limits.maxBufferedBytes) return connection.close(CLOSE.slowReader, 'slow_reader')
    transport.send(data)
  }

  // ── the end ──

  function closed(code: number, reason: string) {
    if (state === 'closed') return
    state = 'closed'
    ownClock.stopTimers()
    onClosed(closedWith ?? code)
    listeners.closed(code, reason)
  }

  const connection: Connection = {
    id,
    get identity() {
      return identity
    },
    method: accepted.method,
    get ticket() {
      return ticket
    },
    spoken: isNegotiated,
    send: (message) => write(frameOf(message)),
    sendBinary: (data) => write(binaryFrame(data)),
    sendText: (text) => write(textFrame(text)),
    close(code = CLOSE.done, reason = 'done') {
      checkClose(code, reason)
      if (state !== 'open') return
      state = 'closing'
      closedWith = code
      ownClock.stopTimers()
      setTimer('closing', CLOSE_TIMEOUT_MS, () => transport.terminate())
      transport.close(code, reason)
    },
    terminate() {
      if (state === 'closed') return
      state = 'closing'
      ownClock.stopTimers()
      transport.terminate()
    },
    ...listeners.subscribe,
  }

  writers.set(connection, write)

  return {
    connection,
    handle: { receive, alive, closed },
    isOpen: () => state === 'open',
    bufferedBytes: () => transport.bufferedAmount,
    checkedAtMs: accepted.checkedAtMs,
    isRevokedBy,
    start() {
      endAt(accepted.sessionExpiresAtMs)
      if (isNegotiated) {
        const user_id = identity?.userId ?? null
        const auth_method = accepted.method
        const max_message_bytes = limits.maxPayload
        const who = { session_id: id, user_id, auth_method }
        // Left out where it is not so: nothing new is sent to a client that could not use it.
        const jwt_refresh = checkToken ? true : undefined
        sendControl({ type: 'ts:connection_established', ...who, ...ends(), max_message_bytes, jwt_refresh })
      }
      pingLater()
      if (identity) recheckIn(identity.userId, firstRecheckMs)
    },
    goAway(deadlineMs) {
      if (isNegotiated) sendControl({ type: 'ts:going_away', deadline_ms: deadlineMs })
      else connection.close(CLOSE.serviceRestart, 'restart')
    },
  }
}
