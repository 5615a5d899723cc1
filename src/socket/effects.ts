// Starts and stops what a phase needs, as `effectsOf` in `connection.ts` lists it: a timer, a request for a credential, a socket, its
// heartbeat, a renewal, a lease on a prefetched ticket, the page's signals (online, offline, shown). Their results are dispatched as
// events of the lifecycle.

import { type Credential, type CredentialSource, keepPrefetched } from '../auth/credential.ts'
import type { PageSignal, Platform } from '../platform/platform.ts'
import { type AttemptSocket, openAttemptSocket } from './attempt-socket.ts'
import type { ConnectionEvent, Effect } from './connection.ts'
import { noCredential } from './connection-errors.ts'
import type { Destination } from './destination.ts'
import type { ReceivedFrame } from './frames.ts'
import { type Heartbeat, startHeartbeat } from './heartbeat.ts'
import { type JudgeClose, redactFor } from './judge-close.ts'
import type { MessageLimit } from './message-limit.ts'
import type { FrameOf, OutgoingFrame } from './outgoing-frame.ts'
import { createPrefetchLease, type PrefetchLease } from './prefetch-lease.ts'
import { type Renewal, startRenewal } from './renewal.ts'
import type { ResolvedHeartbeat } from './resolve-options.ts'

export interface EffectsDeps {
  destination: Destination
  auth: CredentialSource
  heartbeat: ResolvedHeartbeat
  platform: Platform
  limit: MessageLimit
  frameOf: FrameOf
  judge: JudgeClose
  dispatch: (event: ConnectionEvent) => void
  /** After the turn: a report may call listeners of the auth service. */
  later: (work: () => void) => void
  /** Before it is used; a listener may still stop the attempt. */
  onCredential: (credential: Credential) => void
  onFrame: (id: number, data: ReceivedFrame) => void
}

export class Effects {
  readonly #deps: EffectsDeps
  /** The attempt that owns the socket, or is about to: then `socket` is null. */
  #attempt: { id: number; url: string; credential: Credential; socket: AttemptSocket | null } | null = null
  /** Of the attempt that the present transition has ended. */
  #endedCredential: Credential | null = null
  #heartbeat: Heartbeat | null = null
  #lease: PrefetchLease | null = null
  #renewal: Renewal | null = null

  constructor(deps: EffectsDeps) {
    this.#deps = deps
  }

  /** The returned function ends it. `ended`: it has come to its own end. */
  start(effect: Effect, ended: () => void): () => void {
    switch (effect.kind) {
      case 'timer':
        return this.#wake(effect.at, ended)
      case 'credential':
        return this.#acquire(effect.id)
      case 'socket':
        return this.#dial(effect.id)
      case 'heartbeat':
        return this.#beat(effect.id, effect.negotiated)
      case 'renewal':
        return this.#renew(effect.id, effect.takesJwt)
      case 'prefetch':
        return this.#prefetch(effect.from)
      case 'signals':
        return this.#deps.platform.page.subscribe((signal) => this.#onSignal(signal))
    }
  }

  /** False when nothing is sent: there is no open socket. */
  send(data: OutgoingFrame, bytes?: number): boolean {
    return this.#attempt?.socket?.send(data, bytes) ?? false
  }

  /** What the socket took and has not sent yet, in bytes. */
  bufferedAmount(): number {
    return this.#attempt?.socket?.bufferedAmount() ?? 0
  }

  received(): void {
    this.#heartbeat?.received()
  }

  /** A message of the app was sent or received. */
  noteMessage(): void {
    this.#lease?.noteMessage()
  }

  /** The round-trip time of the ping that has just been answered; null: no ping was sent. */
  answered(timestamp: number): number | null {
    return this.#heartbeat?.answered(timestamp) ?? null
  }

  /** The server accepted the credential of the present attempt. */
  accepted(): void {
    const socket = this.#attempt?.socket
    if (socket) this.#deps.later(() => socket.accepted())
  }

  /** After each transition. An attempt that timed out tells as much as one that was cut off: a proxy may swallow it. */
  conclude(hasTimedOut: boolean): void {
    const credential = this.#endedCredential
    this.#endedCredential = null
    if (credential) this.#deps.later(() => credential.report({ kind: hasTimedOut ? 'lost' : 'ended' }))
  }

  /** The server has extended the session. */
  renewed(id: number, expiresInMs: number): void {
    const credential = this.#renewal?.accepted()
    if (credential && this.#attempt?.id === id) {
      this.#attempt.credential = credential
      this.#attempt.socket?.renewed(credential)
    }
    this.#deps.dispatch({ type: 'renewed', id, expiresInMs })
  }

  /** The server has refused a frame; true when it was one of the connection's own. */
  refused(replyTo: unknown, code: string): boolean {
    return this.#renewal?.refused(replyTo, code) ?? false
  }

  /** The server answered for another user than the one whose credential was sent. */
  wrongUser(id: number): void {
    const advice = this.#attempt?.credential.report({ kind: 'refused' })
    this.#deps.dispatch({ type: 'wrong_user', id, advice })
  }

  /** The text without anything that looks like a credential, and without the present attempt's. */
  redact(text: string): string {
    return redactFor(this.#attempt?.credential, text)
  }

  /** Closes the socket at once: the lifecycle follows when the listeners of `userChanged` have been called. */
  disconnect(): void {
    this.#attempt?.socket?.stop()
  }

  #wake(at: number, ended: () => void): () => void {
    const { platform, dispatch } = this.#deps
    const { clock } = platform
    let cancel = () => {}
    const arm = () => {
      cancel = clock.setTimer(() => {
        // A clock that is early would find nothing due, and no timer would be left.
        if (clock.now() < at) return arm()
        ended()
        dispatch({ type: 'due' })
      }, at - clock.now())
    }
    arm()
    return () => cancel()
  }

  #acquire(id: number): () => void {
    const { destination, dispatch, onCredential } = this.#deps
    const controller = new AbortController()
    destination.prepare(controller.signal).then(
      ({ url, credential }) => {
        if (!controller.signal.aborted) onCredential(credential)
        if (controller.signal.aborted) return credential.report({ kind: 'unused' })
        this.#attempt = { id, url, credential, socket: null }
        dispatch({ type: 'granted', id, method: credential.method })
        // The page has gone offline in between: nothing was dialled.
        if (this.#attempt?.credential === credential && !this.#attempt.socket) credential.report({ kind: 'unused' })
      },
      (error: unknown) => {
        if (!controller.signal.aborted) dispatch({ type: 'denied', id, error: noCredential(error) })
      },
    )
    return () => controller.abort()
  }

  #dial(id: number): () => void {
    const attempt = this.#attempt
    // The lifecycle asks for a socket only after `granted`, whose sender put the credential there.
    if (attempt?.id !== id) return () => {}
    const { platform, limit, judge, dispatch, onFrame } = this.#deps
    attempt.socket = openAttemptSocket({
      url: attempt.url,
      credential: attempt.credential,
      platform,
      limit,
      onOpened: (negotiated) => dispatch({ type: 'opened', id, negotiated }),
      onFrame: (data) => onFrame(id, data),
      judge,
      onClosed: (verdict, closeDetails, advice) => dispatch({ type: 'closed', id, verdict, closeDetails, advice }),
      onNotDialled: (error) => dispatch({ type: 'denied', id, error }),
    })
    return () => {
      attempt.socket?.stop()
      this.#endedCredential = attempt.credential
      if (this.#attempt === attempt) this.#attempt = null
    }
  }

  #beat(id: number, negotiated: boolean): () => void {
    const { heartbeat, platform, limit, frameOf, dispatch } = this.#deps
    const started = startHeartbeat({
      ...heartbeat,
      negotiated,
      clock: platform.clock,
      limit,
      frameOf,
      send: (data) => this.send(data),
      onSilent: () => dispatch({ type: 'silent', id }),
    })
    this.#heartbeat = started
    // Once at the start, for the round-trip time. A socket may answer within its `send`, so the heartbeat is kept before.
    if (negotiated) started?.probe()
    return () => {
      started?.stop()
      if (this.#heartbeat === started) this.#heartbeat = null
    }
  }

  #renew(id: number, takesJwt: boolean): () => void {
    const started = startRenewal(
      {
        auth: this.#deps.auth,
        send: (text) => this.send(text),
        onFailed: (mayAskAgain) => this.#deps.dispatch({ type: 'not_renewed', id, mayAskAgain }),
        present: this.#attempt?.credential,
        takesJwt,
      },
      `renewal-${id}`,
    )
    this.#renewal = started
    return () => {
      started.stop()
      if (this.#renewal === started) this.#renewal = null
    }
  }

  #prefetch(from: number): () => void {
    const { auth, platform } = this.#deps
    const started = createPrefetchLease({ clock: platform.clock, from, keepPrefetched: () => keepPrefetched(auth) })
    this.#lease = started
    return () => {
      started.stop()
      if (this.#lease === started) this.#lease = null
    }
  }

  #onSignal(signal: PageSignal) {
    if (signal === 'hidden') return
    // The connection may not have survived: the client asks.
    this.#heartbeat?.probe()
    this.#deps.dispatch({ type: signal === 'restored' ? 'shown' : signal })
  }
}
