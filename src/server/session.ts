// One live connection: its frames, its end, its pings. Three states: open, closing (we said goodbye and listen no more),
// closed (the wire is gone).

import { CLOSE, closeReason } from '../contract/close-codes.ts'
import { isAuthRefresh, isMessage, isPing, isReserved, type Message, SUBPROTOCOL } from '../contract/wire.ts'
import { createEmitter } from '../platform/emitter.ts'
import type { Clock } from '../platform/platform.ts'
import { reportUncaught } from '../platform/system-platform.ts'
import { checkClose } from './close-frame.ts'
import { createRateLimiter, type RateLimit } from './limits.ts'
import type { Connection, SessionHandle, SessionsOptions, Transport } from './sessions.ts'
import type { UpgradeDecision } from './upgrade.ts'

export interface SessionDeps {
  id: string
  transport: Transport
  accepted: Extract<UpgradeDecision, { kind: 'accepted' }>
  tickets: SessionsOptions['tickets']
  clock: Clock
  limits: {
    pingIntervalMs: number
    maxSessionMs: number
    recheckIntervalMs: number
    maxBufferedBytes: number
    messages: RateLimit | false
  }
  /** The code is the one that we closed with, or else the peer's. */
  onClosed: (code: number) => void
}

export interface Session {
  readonly connection: Connection
  readonly handle: SessionHandle
  isOpen(): boolean
  /** Says the first frame and begins to count. */
  start(): void
  /** Asks the client to be elsewhere within this time. One that does not speak the frame is closed with 1012 instead. */
  goAway(deadlineMs: number): void
}

type Heard = { message: Message; text: string; binary: Uint8Array; close: { code: number; reason: string } }

/** A peer that does not answer our close frame is dropped after this long. */
const CLOSE_TIMEOUT_MS = 5_000
const MAX_UNANSWERED_PINGS = 2

export function createSession({ id, transport, accepted, tickets, clock, limits, onClosed }: SessionDeps): Session {
  const spoken = accepted.subprotocol === SUBPROTOCOL
  const heard = createEmitter<Heard>(reportUncaught)
  const timers = new Map<'end' | 'ping' | 'recheck' | 'closing', () => void>()
  const messages = createRateLimiter('messageLimit', limits.messages, clock)
  let state: 'open' | 'closing' | 'closed' = 'open'
  let closedWith: number | null = null
  let identity = accepted.identity
  let endsAtMs = 0
  let unansweredPings = 0
  let isRefreshing = false

  function setTimer(name: 'end' | 'ping' | 'recheck' | 'closing', delayMs: number, callback: () => void) {
    timers.get(name)?.()
    timers.set(name, clock.setTimer(callback, delayMs))
  }

  function stopTimers() {
    for (const stop of timers.values()) stop()
    timers.clear()
  }

  // ── time ──

  // The end is told by the wall clock and counted on the one that nobody sets.
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
      // Unanswered pings are counted, not seconds: after the machine slept, nobody had a chance to answer.
      if (spoken && unansweredPings >= MAX_UNANSWERED_PINGS) return connection.close(CLOSE.heartbeat, 'heartbeat')
      unansweredPings++
      if (spoken) connection.send({ type: 'ts:ping', timestamp: clock.wallNow() / 1_000 })
      else transport.ping?.()
      if (state === 'open') pingLater()
    })
  }

  // Asked once at the start as well: a revoke-all between the decision and now found no connection to close.
  async function recheck() {
    if (!identity) return
    const isRevoked = await tickets.isRevoked(identity).catch(() => false) // a store that is down ends no session
    if (state !== 'open') return
    if (isRevoked) connection.close(CLOSE.revoked, 'revoked')
    else setTimer('recheck', limits.recheckIntervalMs, () => void recheck())
  }

  // ── frames ──

  function receive(data: string | Uint8Array) {
    if (state !== 'open') return
    unansweredPings = 0
    const waitMs = messages.take(id)
    if (waitMs > 0) return connection.close(CLOSE.tooMany, closeReason('too_many', waitMs))
    if (typeof data !== 'string') return heard.emit('binary', data)
    const message = parse(data)
    if (spoken && message && isReserved(message.type)) return answerControl(message)
    heard.emit('text', data)
    if (message) heard.emit('message', message)
  }

  /** Frames that only a server sends, or that a newer client sends, are ignored: an answer could start a duel. */
  function answerControl(message: Message): void {
    switch (message.type) {
      case 'ts:ping':
        if (isPing(message)) return connection.send({ type: 'ts:pong', timestamp: message.timestamp })
        return refuse('invalid_message', 'ts:ping needs a "timestamp".', message)
      case 'ts:auth_refresh':
        if (isAuthRefresh(message)) return void refresh(message, message.ticket)
        return refuse('invalid_message', 'ts:auth_refresh needs a "ticket".', message)
    }
  }

  async function refresh(message: Message, ticket: string) {
    // One at a time, or a client could have the store searched as fast as it can write.
    if (isRefreshing) return refuse('too_many', 'A refresh is under way.', message)
    isRefreshing = true
    try {
      const consumed = await tickets.consume(ticket)
      if (state !== 'open') return
      if (!consumed || !identity || consumed.userId !== identity.userId) {
        return refuse('ticket_invalid', 'The ticket was not accepted. The session goes on until its end.', message)
      }
      const { sessionExpiresAtMs, metadata, ...refreshed } = consumed
      identity = refreshed
      endAt(sessionExpiresAtMs)
      connection.send({ type: 'ts:auth_refreshed', ...ends(), ...replyTo(message) })
    } catch {
      refuse('unavailable', 'Tickets cannot be checked now. Try again before the session ends.', message)
    } finally {
      isRefreshing = false
    }
  }

  function refuse(code: string, words: string, message?: Message) {
    connection.send({ type: 'ts:error', code, message: words, ...(message && replyTo(message)) })
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
    stopTimers()
    onClosed(closedWith ?? code)
    heard.emit('close', { code, reason })
    heard.clear()
  }

  const connection: Connection = {
    id,
    get identity() {
      return identity
    },
    method: accepted.method,
    spoken,
    send: (message) => write(JSON.stringify(message)),
    sendBinary: write,
    close(code = CLOSE.done, reason = 'done') {
      checkClose(code, reason)
      if (state !== 'open') return
      state = 'closing'
      closedWith = code
      stopTimers()
      setTimer('closing', CLOSE_TIMEOUT_MS, () => transport.terminate())
      transport.close(code, reason)
    },
    terminate() {
      if (state === 'closed') return
      state = 'closing'
      stopTimers()
      transport.terminate()
    },
    onMessage: (listener) => heard.on('message', heeded(listener)),
    onText: (listener) => heard.on('text', heeded(listener)),
    onBinary: (listener) => heard.on('binary', heeded(listener)),
    onClose: (listener) =>
      heard.on(
        'close',
        heeded(({ code, reason }) => listener(code, reason)),
      ),
  }

  return {
    connection,
    handle: { receive, closed },
    isOpen: () => state === 'open',
    start() {
      endAt(accepted.sessionExpiresAtMs)
      if (spoken) {
        const user_id = identity?.userId ?? null
        const auth_method = accepted.method
        connection.send({ type: 'ts:connection_established', session_id: id, user_id, auth_method, ...ends() })
      }
      pingLater()
      void recheck()
    },
    goAway(deadlineMs) {
      if (spoken) connection.send({ type: 'ts:going_away', deadline_ms: deadlineMs })
      else connection.close(CLOSE.serviceRestart, 'restart')
    },
  }
}

// Listeners may be async functions: unheard, the rejection of one would end the process.
function heeded<Payload>(listener: (payload: Payload) => unknown): (payload: Payload) => void {
  return (payload) => {
    const outcome = listener(payload)
    if (outcome instanceof Promise) outcome.catch(reportUncaught)
  }
}

function parse(text: string): Message | null {
  try {
    const value: unknown = JSON.parse(text)
    return isMessage(value) ? value : null
  } catch {
    return null
  }
}

const replyTo = ({ id }: Message) => (typeof id === 'string' || typeof id === 'number' ? { reply_to: id } : {})
