// Notices a connection that died silently. Any traffic counts as life; after silence the client sends a ping. A timer of a hidden
// tab may fire minutes late while the answer waits in the event queue behind it, so after a late timer the client sends a second
// ping before it treats the connection as dead.

import type { Clock } from '../platform/platform.ts'
import { reportUncaught } from '../platform/system-platform.ts'
import type { MessageLimit } from './message-limit.ts'
import { type FrameOf, isRefusal, type OutgoingFrame, type Refusal, textFrame } from './outgoing-frame.ts'

export interface SilenceDeps {
  clock: Clock
  /** Ask after this much silence, in milliseconds. */
  intervalMs: number
  /** No frame this long after asking: the connection is dead. */
  timeoutMs: number
  ask: () => void
  onSilent: () => void
}

export interface SilenceWatch {
  /** A frame arrived. */
  received(): void
  /** Asks at once: the page was asleep, hidden or offline. */
  probe(): void
  stop(): void
}

export interface HeartbeatDeps extends Omit<SilenceDeps, 'ask'> {
  /** By the protocol's ping; else by the app's message, if it gave one. */
  negotiated: boolean
  message: (() => object | string) | undefined
  limit: MessageLimit
  frameOf: FrameOf
  send: (frame: OutgoingFrame) => boolean
}

export interface Heartbeat extends SilenceWatch {
  /** The round-trip time of the ping that has just been answered; null: no ping was sent. */
  answered(timestamp: number): number | null
}

/** Null for a server that cannot be asked. */
export function startHeartbeat(deps: HeartbeatDeps): Heartbeat | null {
  const { negotiated, message, clock, limit, frameOf, send } = deps
  if (!negotiated && !message) return null
  /** The ping that is not answered yet. */
  let pinged: { at: number; timestamp: number; received: () => void } | null = null

  function ping() {
    const timestamp = clock.wallNow() / 1_000
    pinged = { at: clock.now(), timestamp, received: limit.mark() }
    send(JSON.stringify({ type: 'ts:ping', timestamp }))
  }

  function askByMessage() {
    try {
      const question = message?.() ?? ''
      const frame = typeof question === 'string' ? textFrame(question) : frameOf(question)
      if (isRefusal(frame)) throw new TypeError(`heartbeat.message cannot be sent: ${issueOf(frame)}`)
      send(frame)
    } catch (error) {
      // The app's mistake is no reason to take the connection away: the next silence asks again.
      watch.received()
      reportUncaught(error)
    }
  }

  const watch = watchSilence({ ...deps, ask: negotiated ? ping : askByMessage })
  return {
    ...watch,
    answered(timestamp) {
      if (!pinged) return null
      // Frames keep their order: what was sent before the ping has arrived (PR-72). The answer to an earlier ping proves less.
      if (timestamp === pinged.timestamp) pinged.received()
      const rttMs = clock.now() - pinged.at
      pinged = null
      return rttMs
    },
  }
}

const issueOf = ({ issues }: Refusal) =>
  issues[0]?.message ?? 'types that begin with ts: are reserved. Use another type.'

/** A timer that is later than this was held up, and the answer with it. */
const LATE_MS = 1_000

/** A page that was frozen finds its timers and its frames side by side: the frames come first. */
const GRACE_MS = 500

export function watchSilence({ clock, intervalMs, timeoutMs, ask, onSilent }: SilenceDeps): SilenceWatch {
  let lastReceivedAt = clock.now()
  let cancel = () => {}
  /** Whether a frame arrived since the last question. */
  let answered = true

  function listen() {
    const wait = lastReceivedAt + intervalMs - clock.now()
    // Traffic does not move the timer; it is looked at when it fires.
    cancel = clock.setTimer(() => (clock.now() >= lastReceivedAt + intervalMs ? question(false) : listen()), wait)
  }

  function question(isSecond: boolean) {
    cancel()
    answered = false
    const askedAt = clock.now()
    cancel = clock.setTimer(() => {
      if (answered) listen()
      else if (!isSecond && clock.now() > askedAt + timeoutMs + LATE_MS) question(true)
      else cancel = clock.setTimer(() => (answered ? listen() : onSilent()), GRACE_MS)
    }, timeoutMs)
    ask()
  }

  listen()
  return {
    received() {
      lastReceivedAt = clock.now()
      answered = true
    },
    probe() {
      if (answered) question(false)
    },
    stop: () => cancel(),
  }
}
