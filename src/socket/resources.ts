// The things that a phase keeps alive: a timer, a request for a credential, a socket, its heartbeat, a lease on a spare
// ticket, the page's signals. Each is begun by its need and ended by the function that `start` returns; what is heard of
// it becomes an event of the lifecycle.

import { type CredentialSource, type Grant, keepPrefetched } from '../auth/credential.ts'
import { isTicketSocketError, type TicketSocketError } from '../contract/errors.ts'
import type { PageSignal, Platform } from '../platform/platform.ts'
import { reportUncaught } from '../platform/system-platform.ts'
import type { ConnectionEvent, Need } from './connection.ts'
import { noCredential } from './connection-errors.ts'
import type { Destination } from './destination.ts'
import type { ReceivedFrame } from './frames.ts'
import { createHeartbeat, type Heartbeat } from './heartbeat.ts'
import { type JudgeClose, redactFor } from './judge-close.ts'
import { dial, type Link } from './link.ts'
import type { MessageLimit } from './message-limit.ts'
import type { ResolvedHeartbeat } from './options.ts'
import { type FrameOf, isRefusal, type OutgoingFrame, type Refusal, textFrame } from './outgoing-frame.ts'
import { type Renewal, startRenewal } from './renewal.ts'
import { createSpareLease, type SpareLease } from './spare-lease.ts'

export interface ResourcesDeps {
  destination: Destination
  auth: CredentialSource
  heartbeat: ResolvedHeartbeat
  platform: Platform
  limit: MessageLimit
  frameOf: FrameOf
  /** Decides what a close means. */
  judge: JudgeClose
  dispatch: (event: ConnectionEvent) => void
  /** After the turn: whoever hears of it may call anything. */
  later: (work: () => void) => void
  /** Before it is used; a listener may still stop the attempt. */
  onGrant: (grant: Grant) => void
  onFrame: (id: number, data: ReceivedFrame) => void
}

export type Resources = ReturnType<typeof createResources>

export function createResources({ destination, auth, ...deps }: ResourcesDeps) {
  const { heartbeat: pace, platform, limit, frameOf, judge, dispatch, later, onGrant, onFrame } = deps
  const { clock, page } = platform
  /** The attempt that owns the socket, or is about to. */
  let current: { id: number; url: string; grant: Grant; link: Link | null } | null = null
  /** Of the attempt that the present transition has ended. */
  let endedGrant: Grant | null = null
  let heartbeat: Heartbeat | null = null
  let spareLease: SpareLease | null = null
  let renewal: Renewal | null = null
  /** The ping that is not answered yet. */
  let asked: { at: number; timestamp: number; received: () => void } | null = null

  function wake(at: number, ended: () => void): () => void {
    const look = () => {
      // A clock that is early would find nothing due, and nobody would ask again.
      if (clock.now() < at) return arm()
      ended()
      dispatch({ type: 'due' })
    }
    let cancel = () => {}
    const arm = () => {
      cancel = clock.setTimer(look, at - clock.now())
    }
    arm()
    return () => cancel()
  }

  function acquire(id: number): () => void {
    const controller = new AbortController()
    destination.prepare(controller.signal).then(
      ({ url, grant }) => {
        if (!controller.signal.aborted) onGrant(grant)
        if (controller.signal.aborted) return grant.report({ kind: 'unused' })
        current = { id, url, grant, link: null }
        dispatch({ type: 'granted', id, method: grant.method })
        // The page has gone offline in between: nothing was dialled.
        if (current?.grant === grant && !current.link) grant.report({ kind: 'unused' })
      },
      (error: unknown) => {
        if (!controller.signal.aborted) dispatch({ type: 'denied', id, error: typed(error) })
      },
    )
    return () => controller.abort()
  }

  function connect(id: number): () => void {
    const attempt = current
    // The lifecycle asks for a socket only after `granted`, whose sender put the grant there.
    if (attempt?.id !== id) return () => {}
    attempt.link = dial({
      url: attempt.url,
      grant: attempt.grant,
      WebSocket: platform.WebSocket,
      clock,
      limit,
      onOpened: (spoken) => dispatch({ type: 'opened', id, spoken }),
      onFrame: (data) => onFrame(id, data),
      judge,
      onClosed: (verdict, closeDetails, advice) => dispatch({ type: 'closed', id, verdict, closeDetails, advice }),
    })
    return () => {
      attempt.link?.stop()
      endedGrant = attempt.grant
      if (current === attempt) current = null
    }
  }

  function beat(id: number, spoken: boolean): () => void {
    const { message, intervalMs, timeoutMs } = pace
    // A plain server is asked in the app's own words, or not at all.
    if (!spoken && !message) return () => {}
    const ask = () => {
      if (spoken) ping()
      else if (message) askPlainly(message)
    }
    const onSilent = () => dispatch({ type: 'silent', id })
    const started = createHeartbeat({ intervalMs, timeoutMs, clock, ask, onSilent })
    heartbeat = started
    // Once at the start, so that the round-trip time is known.
    if (spoken) started.probe()
    return () => {
      started.stop()
      if (heartbeat === started) heartbeat = null
    }
  }

  function ping() {
    const timestamp = clock.wallNow() / 1_000
    asked = { at: clock.now(), timestamp, received: limit.mark() }
    send(JSON.stringify({ type: 'ts:ping', timestamp }))
  }

  function askPlainly(message: () => object | string) {
    try {
      const question = message()
      const frame = typeof question === 'string' ? textFrame(question) : frameOf(question)
      if (isRefusal(frame)) throw new TypeError(`heartbeat.message cannot be sent: ${wordsOf(frame)}`)
      send(frame)
    } catch (error) {
      // The app's mistake is no reason to take the connection away: the next silence asks again.
      heartbeat?.heard()
      reportUncaught(error)
    }
  }

  function renew(id: number, takesJwt: boolean): () => void {
    const onFailed = (mayAskAgain: boolean) => dispatch({ type: 'not_renewed', id, mayAskAgain })
    const present = current?.grant
    const started = startRenewal({ auth, send, onFailed, present, takesJwt }, `renewal-${id}`)
    renewal = started
    return () => {
      started.stop()
      if (renewal === started) renewal = null
    }
  }

  function lease(from: number): () => void {
    const wait = from - clock.now()
    if (wait > 0) {
      let end = clock.setTimer(() => {
        end = keepPrefetched(auth)
      }, wait)
      return () => end()
    }
    const started = createSpareLease({ clock, keepPrefetched: () => keepPrefetched(auth) })
    spareLease = started
    return () => {
      started.stop()
      if (spareLease === started) spareLease = null
    }
  }

  function onSignal(signal: PageSignal) {
    if (signal === 'hidden') return
    // Whether the link has survived is not believed but asked.
    heartbeat?.probe()
    dispatch({ type: signal === 'restored' ? 'shown' : signal })
  }

  const send = (data: OutgoingFrame, bytes?: number) => current?.link?.send(data, bytes) ?? false

  return {
    start(need: Need, ended: () => void): () => void {
      switch (need.kind) {
        case 'timer':
          return wake(need.at, ended)
        case 'credential':
          return acquire(need.id)
        case 'socket':
          return connect(need.id)
        case 'heartbeat':
          return beat(need.id, need.spoken)
        case 'renewal':
          return renew(need.id, need.takesJwt)
        case 'spare':
          return lease(need.from)
        case 'signals':
          return page.subscribe(onSignal)
      }
    },
    /** False when nothing is sent: there is no open socket. */
    send,
    /** What the socket took and has not sent yet, in bytes. */
    bufferedAmount: () => current?.link?.bufferedAmount() ?? 0,
    /** Something arrived. */
    heard: () => heartbeat?.heard(),
    /** A message of the app went by, either way. */
    noteMessage: () => spareLease?.noteMessage(),
    /** The round-trip time of the ping that has just been answered; null: nobody had asked. */
    answered(timestamp: number): number | null {
      if (!asked) return null
      // Frames keep their order: what was sent before the ping has arrived (PR-72). The answer to an earlier ping proves less.
      if (timestamp === asked.timestamp) asked.received()
      const rttMs = clock.now() - asked.at
      asked = null
      return rttMs
    },
    /** The server took the credential of the present attempt. */
    accepted() {
      const link = current?.link
      if (link) later(() => link.accepted())
    },
    /** After each transition. An attempt that timed out tells as much as one that was cut off: a proxy may swallow it. */
    conclude(hasTimedOut: boolean) {
      const grant = endedGrant
      endedGrant = null
      if (grant) later(() => grant.report({ kind: hasTimedOut ? 'lost' : 'ended' }))
    },
    /** The server has extended the session. */
    renewed(id: number, expiresInMs: number) {
      const grant = renewal?.accepted()
      if (grant && current?.id === id) {
        current.grant = grant
        current.link?.renewed(grant)
      }
      dispatch({ type: 'renewed', id, expiresInMs })
    },
    /** The server has refused a frame; true when it was one of the connection's own. */
    refused: (replyTo: unknown, code: string) => renewal?.refused(replyTo, code) ?? false,
    /** The server answered for another user than the one whose credential was sent. */
    wrongUser(id: number) {
      const advice = current?.grant.report({ kind: 'refused' })
      dispatch({ type: 'wrong_user', id, advice })
    },
    /** The text without anything that looks like a credential, and without the present attempt's. */
    redact: (text: string) => redactFor(current?.grant, text),
    /** Closes the socket at once: the lifecycle follows when the listeners of `userChanged` have been called. */
    disconnect: () => current?.link?.stop(),
  }
}

const wordsOf = ({ issues }: Refusal) =>
  issues[0]?.message ?? 'types that begin with ts: are reserved. Use another type.'

const typed = (error: unknown): TicketSocketError => (isTicketSocketError(error) ? error : noCredential(error))
