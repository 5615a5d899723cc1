// What arrives on the socket: the protocol's own frames become events of the lifecycle, the app's are handed on.

import type { Decode } from '../contract/codec.ts'
import type { ConnectionEstablished, Message } from '../contract/wire.ts'
import type { Emitter } from '../platform/emitter.ts'
import { redactedCause } from '../platform/redact.ts'
import type { Driver } from './driver.ts'
import { decodeFrame, type ReceivedFrame } from './frames.ts'
import type { MessageGate, MessageIssue } from './message-gate.ts'
import type { DropReason } from './outbox.ts'
import type { Resources } from './resources.ts'
import type { InvalidReason, SocketEvents, SocketSnapshot } from './socket-state.ts'

export interface IncomingDeps {
  driver: Pick<Driver, 'state' | 'dispatch'>
  resources: Pick<Resources, 'send' | 'heard' | 'noteMessage' | 'answered' | 'renewed' | 'refused' | 'wrongUser'>
  lane: MessageGate<unknown, never>['arriving']
  decode: Decode
  announceLimit: (maxMessageBytes: number | undefined) => void
  /** Longer text frames are not parsed. Characters. */
  maxLength: number
  events: Emitter<SocketEvents>
  /** By the type of the message. */
  messages: Emitter<Record<string, Message>>
  snapshot: () => SocketSnapshot
  show: (patch: Partial<SocketSnapshot>) => void
}

export function createIncoming(deps: IncomingDeps) {
  const { driver, resources, lane, decode, announceLimit, maxLength, events, messages, snapshot, show } = deps
  /** Whose session the server said it was, since the last log-in. */
  let sessionUser: string | null = null
  /** What is heard belongs to a hearing; once it is over, nothing of it is told. */
  let hearing = {}

  function established(id: number, frame: ConnectionEstablished) {
    const { session_id, user_id, expires_at, expires_in, max_message_bytes } = frame
    // The backend's id may be another than the JWT's `sub`; within one log-in it does not change.
    if (sessionUser !== null && user_id !== sessionUser) return resources.wrongUser(id)
    sessionUser = user_id
    announceLimit(max_message_bytes)
    const maxMessageBytes = max_message_bytes ?? null
    show({ session: { id: session_id, userId: user_id, expiresAt: expires_at * 1_000, maxMessageBytes } })
    driver.dispatch({ type: 'confirmed', id, expiresInMs: expires_in * 1_000 })
  }

  function extended(expiresAt: number) {
    const { session } = snapshot()
    if (session) show({ session: { ...session, expiresAt: expiresAt * 1_000 } })
  }

  function invalid(reason: InvalidReason, about: Partial<SocketEvents['invalidMessage']>) {
    events.emit('invalidMessage', { reason, issues: [], ...about })
  }

  function deliver(message: Message) {
    const now = hearing
    // A listener may end it: then nobody else is told.
    const isOver = () => now !== hearing
    events.emit('message', message, isOver)
    messages.emit(message.type, message, isOver)
  }

  return {
    frame(id: number, data: ReceivedFrame): void {
      const state = driver.state()
      if (!('id' in state) || state.id !== id) return
      resources.heard()
      const isSpoken = 'spoken' in state && state.spoken
      const frame = decodeFrame(data, isSpoken, maxLength, decode)
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
        case 'malformed':
          return invalid('protocol', replying(frame.replyTo))
        case 'unknown':
          return
        case 'invalid':
          return invalid(frame.reason, { frame: data, issues: issuesOf(frame.error) })
      }
      if (isSpoken && state.phase !== 'open') return invalid('too_early', { frame: data })
      resources.noteMessage()
      const now = hearing
      const isOver = () => now !== hearing
      // On a server that does not speak the protocol the first message is its word that it took the credential.
      if (!isSpoken) driver.dispatch({ type: 'confirmed', id })
      // Whoever heard of the opening may have ended it.
      if (isOver()) return
      const refuse = (message?: Message) => (reason: DropReason, issues: readonly MessageIssue[]) => {
        if (reason !== 'invalid' && reason !== 'overflow') return
        invalid('schema', { frame: data, issues, ...replying(message?.reply_to) })
      }
      if (frame.kind === 'messages') {
        for (const message of frame.messages) {
          // Whoever heard of the one before may have ended it, too.
          if (isOver()) return
          lane.check(message, { pass: (checked) => deliver(checked as Message), refuse: refuse(message) })
        }
      } else if (typeof data !== 'string') {
        lane.keepPlace({ pass: (binary) => events.emit('binary', binary, isOver), refuse: refuse() }, data)
      }
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

const replying = (replyTo: unknown) => (replyTo === undefined ? {} : { replyTo })

/** What a codec threw, in its words. */
const issuesOf = (error: unknown): readonly MessageIssue[] =>
  error === undefined ? [] : [{ message: redactedCause(error).message, path: [] }]
