// What arrives on the socket: the protocol's own frames become events of the lifecycle, the app's are handed on.

import type { ConnectionEstablished, Message } from '../contract/wire.ts'
import type { Emitter } from '../platform/emitter.ts'
import type { Driver } from './driver.ts'
import { decodeFrame } from './frames.ts'
import type { MessageGate, MessageIssue } from './message-gate.ts'
import type { DropReason } from './outbox.ts'
import type { Resources } from './resources.ts'
import type { InvalidReason, SocketEvents, SocketSnapshot } from './socket-state.ts'

export interface IncomingDeps {
  driver: Pick<Driver, 'state' | 'dispatch'>
  resources: Pick<Resources, 'send' | 'heard' | 'noteMessage' | 'answered' | 'renewed' | 'refused' | 'wrongUser'>
  lane: MessageGate<unknown, never>['arriving']
  /** Longer text frames are not parsed. Characters. */
  maxLength: number
  events: Emitter<SocketEvents>
  /** By the type of the message. */
  messages: Emitter<Record<string, Message>>
  snapshot: () => SocketSnapshot
  show: (patch: Partial<SocketSnapshot>) => void
}

export function createIncoming(deps: IncomingDeps) {
  const { driver, resources, lane, maxLength, events, messages, snapshot, show } = deps
  /** Whose session the server said it was, since the last log-in. */
  let sessionUser: string | null = null
  /** What is heard belongs to a hearing; once it is over, nothing of it is told. */
  let hearing = {}

  function established(id: number, { session_id, user_id, expires_at, expires_in }: ConnectionEstablished) {
    // The backend's id may be another than the JWT's `sub`; within one log-in it does not change.
    if (sessionUser !== null && user_id !== sessionUser) return resources.wrongUser(id)
    sessionUser = user_id
    show({ session: { id: session_id, userId: user_id, expiresAt: expires_at * 1_000 } })
    driver.dispatch({ type: 'confirmed', id, expiresInMs: expires_in * 1_000 })
  }

  function extended(expiresAt: number) {
    const { session } = snapshot()
    if (session) show({ session: { ...session, expiresAt: expiresAt * 1_000 } })
  }

  function invalid(reason: InvalidReason, issues: readonly MessageIssue[] = [], replyTo?: unknown) {
    events.emit('invalidMessage', { reason, issues, ...(replyTo !== undefined && { replyTo }) })
  }

  function deliver(message: Message) {
    const now = hearing
    // A listener may end it: then nobody else is told.
    const isOver = () => now !== hearing
    events.emit('message', message, isOver)
    messages.emit(message.type, message, isOver)
  }

  return {
    frame(id: number, data: unknown): void {
      const state = driver.state()
      if (!('id' in state) || state.id !== id) return
      resources.heard()
      const isSpoken = 'spoken' in state && state.spoken
      const frame = decodeFrame(data, isSpoken, maxLength)
      switch (frame.kind) {
        case 'established':
          return established(id, frame.frame)
        case 'ping':
          return void resources.send(JSON.stringify({ type: 'ts:pong', timestamp: frame.timestamp }))
        case 'pong': {
          const rttMs = resources.answered()
          return rttMs === null ? undefined : show({ rttMs })
        }
        case 'renewed':
          extended(frame.frame.expires_at)
          return resources.renewed(id, frame.frame.expires_in * 1_000)
        case 'going_away':
          return driver.dispatch({ type: 'going_away', id, withinMs: frame.withinMs })
        case 'refused':
          if (resources.refused(frame.replyTo, frame.code)) return
          return events.emit('refused', { code: frame.code, message: frame.message, replyTo: frame.replyTo })
        case 'invalid':
          return invalid(frame.reason, [], frame.replyTo)
        case 'unknown':
          return
      }
      if (isSpoken && state.phase !== 'open') return invalid('too_early')
      resources.noteMessage()
      const now = hearing
      // On a server that does not speak the protocol the first message is its word that it took the credential.
      if (!isSpoken) driver.dispatch({ type: 'confirmed', id })
      // Whoever heard of the opening may have ended it.
      if (now !== hearing) return
      const refuse = (reason: DropReason, issues: readonly MessageIssue[]) => {
        if (reason !== 'invalid' && reason !== 'overflow') return
        invalid('schema', issues, frame.kind === 'message' ? frame.message.reply_to : undefined)
      }
      if (frame.kind === 'binary')
        return void lane.keepPlace(
          { pass: (data) => events.emit('binary', data, () => now !== hearing), refuse },
          frame.data,
        )
      lane.check(frame.message, { pass: (message) => deliver(message as Message), refuse })
    },

    /** Closed, or another session: nothing that has arrived is told any more. */
    deafen() {
      hearing = {}
    },

    /** Another user may be next. */
    forgetUser() {
      sessionUser = null
    },
  }
}
