// What arrives on the socket: the protocol's own frames become events of the lifecycle, the app's are handed on.

import type { Decode } from '../contract/codec.ts'
import type { ConnectionEstablished, Message } from '../contract/wire.ts'
import type { Emitter } from '../platform/emitter.ts'
import { redactedCause } from '../platform/redact.ts'
import type { Attempt, Connection, ConnectionEvent, HeldFrame } from './connection.ts'
import type { Effects } from './effects.ts'
import {
  type AppFrame,
  type ControlEvent,
  decodeFrame,
  isErrorFrame,
  isOfApp,
  type ReceivedFrame,
  wordsOfErrorFrame,
} from './frames.ts'
import type { Notifications, Scope } from './notifications.ts'
import type { SocketSnapshot } from './snapshot.ts'
import type { EmitEvent, InvalidReason, SocketEvents } from './socket-events.ts'
import type { DropReason, MessageIssue, Validators } from './validator.ts'

export interface IncomingDeps {
  state: () => Connection
  dispatch: (event: ConnectionEvent) => void
  effects: Pick<
    Effects,
    'send' | 'received' | 'noteMessage' | 'answered' | 'renewed' | 'refused' | 'wrongUser' | 'redact'
  >
  validator: Validators<unknown, never>['arriving']
  decode: Decode
  announceLimit: (maxMessageBytes: number | null) => void
  /** Longer text frames are not parsed. Characters. */
  maxLength: number
  notifications: Notifications
  emit: EmitEvent
  /** By the type of the message. */
  messages: Emitter<Record<string, Message>>
  snapshot: () => SocketSnapshot
  show: (patch: Partial<SocketSnapshot>) => void
}

export class Incoming {
  readonly #deps: IncomingDeps
  /** Whose session the server said it was, since the user signed in. */
  #sessionUser: string | null = null

  constructor(deps: IncomingDeps) {
    this.#deps = deps
  }

  frame(id: number, data: ReceivedFrame): void {
    const { state: stateOf, effects, maxLength, decode, notifications } = this.#deps
    const state = stateOf()
    if (!('id' in state) || state.id !== id) return
    effects.received()
    const negotiated = 'negotiated' in state && state.negotiated
    const frame = decodeFrame(data, { negotiated, isAccepted: state.phase === 'open', maxLength, decode })
    if (!isOfApp(frame)) return this.#control(id, frame)
    if (!negotiated && !this.#passPlainFrame(state, frame, data)) return
    // After what the opening has to say, and what it sends.
    notifications.add(() => this.#handOn(frame, data))
  }

  /** What a plain server sent before the connection was open. */
  deliverHeld(held: readonly HeldFrame[]): void {
    for (const { frame, data } of held) this.#handOn(frame, data)
  }

  /** Another user may be next. */
  forgetUser(): void {
    this.#sessionUser = null
  }

  #control(id: number, frame: ControlEvent) {
    const { effects, dispatch, emit, show } = this.#deps
    switch (frame.kind) {
      case 'established':
        return this.#established(id, frame.frame)
      case 'ping':
        return void effects.send(JSON.stringify({ type: 'ts:pong', timestamp: frame.timestamp }))
      case 'pong': {
        const rttMs = effects.answered(frame.timestamp)
        return rttMs === null ? undefined : show({ rttMs })
      }
      case 'renewed':
        this.#extended(frame.frame.expires_at)
        return effects.renewed(id, frame.frame.expires_in * 1_000)
      case 'going_away':
        return dispatch({ type: 'going_away', id, withinMs: frame.withinMs })
      case 'refused':
        if (effects.refused(frame.replyTo, frame.code)) return
        return emit('refused', { code: frame.code, message: frame.message, replyTo: frame.replyTo })
      case 'malformed':
        return this.#invalid('protocol', replying(frame.replyTo))
      case 'unknown':
        return
    }
  }

  #established(id: number, frame: ConnectionEstablished) {
    const { effects, announceLimit, show, dispatch } = this.#deps
    const { session_id, user_id, expires_at, expires_in } = frame
    const maxMessageBytes = frame.max_message_bytes ?? null
    // The backend's id may be another than the JWT's `sub`; it does not change until another user signs in.
    if (this.#sessionUser !== null && user_id !== this.#sessionUser) return effects.wrongUser(id)
    this.#sessionUser = user_id
    announceLimit(maxMessageBytes)
    show({ session: { id: session_id, userId: user_id, expiresAt: expires_at * 1_000, maxMessageBytes } })
    dispatch({ type: 'confirmed', id, expiresInMs: expires_in * 1_000, takesJwt: frame.jwt_refresh === true })
  }

  #extended(expiresAt: number) {
    const { snapshot, show } = this.#deps
    const { session } = snapshot()
    if (session) show({ session: { ...session, expiresAt: expiresAt * 1_000 } })
  }

  /** A server without the protocol accepts by its first message. False: the frame is held back. */
  #passPlainFrame(state: Attempt, frame: AppFrame, data: ReceivedFrame): boolean {
    const { effects, dispatch } = this.#deps
    const { phase, id } = state
    if (phase === 'open' && state.accepted) return true
    if (isErrorFrame(data, frame)) {
      if (phase !== 'confirming') return true
      const text = effects.redact(wordsOfErrorFrame(data, frame))
      dispatch({ type: 'error_frame', id, held: { frame, data, text } })
      return false
    }
    if (frame.kind !== 'invalid' || frame.reason === 'no_type') dispatch({ type: 'confirmed', id })
    return true
  }

  #handOn(frame: AppFrame, data: ReceivedFrame) {
    const { effects, emit, notifications, validator } = this.#deps
    const { scope } = notifications
    if (frame.kind === 'invalid') return this.#invalid(frame.reason, { frame: data, issues: issuesOf(frame.error) })
    effects.noteMessage()
    const refuse = (message?: Message) => (reason: DropReason, issues: readonly MessageIssue[]) => {
      if (reason !== 'invalid' && reason !== 'overflow') return
      this.#invalid('schema', { frame: data, issues, ...replying(message?.reply_to) }, scope)
    }
    if (frame.kind === 'messages') {
      for (const message of frame.messages) {
        // The app's code may have ended it: on the way here, or by the schema of the message before. A message of a session that has
        // ended is not checked, and so holds up none of the next session.
        if (scope.endedBy) return
        const pass = (checked: unknown) => this.#deliver(checked as Message, scope)
        validator.check(message, { pass, refuse: refuse(message) })
      }
    } else if (typeof data !== 'string') {
      validator.keepPlace({ pass: (binary) => emit('binary', binary, scope), refuse: refuse() }, data)
    }
  }

  #deliver(message: Message, scope: Scope) {
    const { emit, messages, notifications } = this.#deps
    emit('message', message, scope)
    notifications.add(() => messages.emit(message.type, message, () => scope.endedBy !== null), 'message', scope)
  }

  #invalid(reason: InvalidReason, about: Partial<SocketEvents['invalidMessage']>, scope?: Scope) {
    this.#deps.emit('invalidMessage', { reason, issues: [], ...about }, scope)
  }
}

const replying = (replyTo: unknown) => (replyTo === undefined || replyTo === null ? {} : { replyTo })

/** What a codec threw, in its words. */
const issuesOf = (error: unknown): readonly MessageIssue[] =>
  error === undefined ? [] : [{ message: redactedCause(error).message, path: [] }]
