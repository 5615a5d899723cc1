// What arrives on the socket: the protocol's own frames become events of the lifecycle, the app's are handed on.

import type { Decode } from '../contract/codec.ts'
import type { ConnectionEstablished, Message } from '../contract/wire.ts'
import type { Emitter } from '../platform/emitter.ts'
import { redactedCause } from '../platform/redact.ts'
import type { Attempt, HeldFrame } from './connection.ts'
import type { Driver } from './driver.ts'
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
  state: Driver['state']
  dispatch: Driver['dispatch']
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

export function createIncoming(deps: IncomingDeps) {
  const {
    dispatch,
    effects,
    validator,
    decode,
    announceLimit,
    maxLength,
    notifications,
    emit,
    messages,
    snapshot,
    show,
  } = deps
  /** Whose session the server said it was, since the user signed in. */
  let sessionUser: string | null = null

  function established(id: number, frame: ConnectionEstablished) {
    const { session_id, user_id, expires_at, expires_in } = frame
    const maxMessageBytes = frame.max_message_bytes ?? null
    // The backend's id may be another than the JWT's `sub`; it does not change until another user signs in.
    if (sessionUser !== null && user_id !== sessionUser) return effects.wrongUser(id)
    sessionUser = user_id
    announceLimit(maxMessageBytes)
    show({ session: { id: session_id, userId: user_id, expiresAt: expires_at * 1_000, maxMessageBytes } })
    dispatch({ type: 'confirmed', id, expiresInMs: expires_in * 1_000, takesJwt: frame.jwt_refresh === true })
  }

  function extended(expiresAt: number) {
    const { session } = snapshot()
    if (session) show({ session: { ...session, expiresAt: expiresAt * 1_000 } })
  }

  function invalid(reason: InvalidReason, about: Partial<SocketEvents['invalidMessage']>, scope?: Scope) {
    emit('invalidMessage', { reason, issues: [], ...about }, scope)
  }

  function deliver(message: Message, scope: Scope) {
    emit('message', message, scope)
    notifications.add(() => messages.emit(message.type, message, () => scope.endedBy !== null), 'message', scope)
  }

  function control(id: number, frame: ControlEvent) {
    switch (frame.kind) {
      case 'established':
        return established(id, frame.frame)
      case 'ping':
        return void effects.send(JSON.stringify({ type: 'ts:pong', timestamp: frame.timestamp }))
      case 'pong': {
        const rttMs = effects.answered(frame.timestamp)
        return rttMs === null ? undefined : show({ rttMs })
      }
      case 'renewed':
        extended(frame.frame.expires_at)
        return effects.renewed(id, frame.frame.expires_in * 1_000)
      case 'going_away':
        return dispatch({ type: 'going_away', id, withinMs: frame.withinMs })
      case 'refused':
        if (effects.refused(frame.replyTo, frame.code)) return
        return emit('refused', { code: frame.code, message: frame.message, replyTo: frame.replyTo })
      case 'malformed':
        return invalid('protocol', replying(frame.replyTo))
      case 'unknown':
        return
    }
  }

  /** A server without the protocol accepts by its first message. False: the frame is held back. */
  function passPlainFrame(state: Attempt, frame: AppFrame, data: ReceivedFrame): boolean {
    const { phase, id } = state
    if (phase === 'open' && state.accepted) return true
    if (isErrorFrame(data, frame)) {
      if (phase !== 'confirming') return true
      dispatch({
        type: 'error_frame',
        id,
        held: { frame, data, text: effects.redact(wordsOfErrorFrame(data, frame)) },
      })
      return false
    }
    if (frame.kind !== 'invalid' || frame.reason === 'no_type') dispatch({ type: 'confirmed', id })
    return true
  }

  function handOn(frame: AppFrame, data: ReceivedFrame) {
    const { scope } = notifications
    if (frame.kind === 'invalid') return invalid(frame.reason, { frame: data, issues: issuesOf(frame.error) })
    effects.noteMessage()
    const refuse = (message?: Message) => (reason: DropReason, issues: readonly MessageIssue[]) => {
      if (reason !== 'invalid' && reason !== 'overflow') return
      invalid('schema', { frame: data, issues, ...replying(message?.reply_to) }, scope)
    }
    if (frame.kind === 'messages') {
      for (const message of frame.messages) {
        // The app's code may have ended it: on the way here, or by the schema of the message before. A message of a session that has
        // ended is not checked, and so holds up none of the next session.
        if (scope.endedBy) return
        validator.check(message, { pass: (checked) => deliver(checked as Message, scope), refuse: refuse(message) })
      }
    } else if (typeof data !== 'string') {
      validator.keepPlace({ pass: (binary) => emit('binary', binary, scope), refuse: refuse() }, data)
    }
  }

  return {
    frame(id: number, data: ReceivedFrame): void {
      const state = deps.state()
      if (!('id' in state) || state.id !== id) return
      effects.received()
      const negotiated = 'negotiated' in state && state.negotiated
      const frame = decodeFrame(data, { negotiated, isAccepted: state.phase === 'open', maxLength, decode })
      if (!isOfApp(frame)) return control(id, frame)
      if (!negotiated && !passPlainFrame(state, frame, data)) return
      // After what the opening has to say, and what it sends.
      notifications.add(() => handOn(frame, data))
    },

    /** What a plain server sent before the connection was open. */
    deliverHeld(held: readonly HeldFrame[]) {
      for (const { frame, data } of held) handOn(frame, data)
    },

    /** Another user may be next. */
    forgetUser() {
      sessionUser = null
    },
  }
}

const replying = (replyTo: unknown) => (replyTo === undefined || replyTo === null ? {} : { replyTo })

/** What a codec threw, in its words. */
const issuesOf = (error: unknown): readonly MessageIssue[] =>
  error === undefined ? [] : [{ message: redactedCause(error).message, path: [] }]
