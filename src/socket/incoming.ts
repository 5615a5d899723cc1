// What arrives on the socket: the protocol's own frames become events of the lifecycle, the app's are handed on.

import type { ConnectionEstablished, Message } from '../contract/wire.ts'
import type { Emitter } from '../platform/emitter.ts'
import type { Driver } from './driver.ts'
import { decodeFrame } from './frames.ts'
import type { MessageGate } from './message-gate.ts'
import type { Resources } from './resources.ts'
import type { SocketEvents, SocketSnapshot } from './socket-state.ts'

export interface IncomingDeps {
  driver: Pick<Driver, 'state' | 'dispatch'>
  resources: Pick<Resources, 'send' | 'heard' | 'noteMessage' | 'sinceAsked' | 'renewed' | 'refused' | 'wrongUser'>
  gate: Pick<MessageGate<unknown, never>, 'receive' | 'keepPlace'>
  /** Longer text frames are not parsed. Characters. */
  maxLength: number
  events: Emitter<SocketEvents>
  /** By the type of the message. */
  messages: Emitter<Record<string, Message>>
  snapshot: () => SocketSnapshot
  show: (patch: Partial<SocketSnapshot>) => void
}

export function createIncoming(deps: IncomingDeps) {
  const { driver, resources, gate, maxLength, events, messages, snapshot, show } = deps
  /** Whose session the server said it was, since the last log-in. */
  let sessionUser: string | null = null

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

  function deliver(message: Message) {
    events.emit('message', message)
    messages.emit(message.type, message)
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
          return void resources.send(JSON.stringify({ type: 'pong', timestamp: frame.timestamp }))
        case 'pong':
          return show({ rttMs: resources.sinceAsked() })
        case 'renewed':
          extended(frame.frame.expires_at)
          return resources.renewed(id, frame.frame.expires_in * 1_000)
        case 'going_away':
          return driver.dispatch({ type: 'going_away', id, withinMs: frame.withinMs })
        case 'refused':
          if (resources.refused(frame.replyTo)) return
          return events.emit('refused', { code: frame.code, message: frame.message, replyTo: frame.replyTo })
        case 'invalid':
          return events.emit('invalidMessage', { reason: frame.reason, issues: [] })
      }
      resources.noteMessage()
      // On a server that does not speak the protocol the first message is its word that it took the credential.
      if (!isSpoken) driver.dispatch({ type: 'confirmed', id })
      if (frame.kind === 'binary') return gate.keepPlace(() => events.emit('binary', frame.data))
      gate.receive(frame.message, {
        pass: (message) => deliver(message as Message),
        refuse: (reason, issues) => {
          if (reason === 'invalid') events.emit('invalidMessage', { reason: 'schema', issues })
        },
      })
    },

    /** Another user may be next. */
    forgetUser() {
      sessionUser = null
    },
  }
}
