// A server may speak as soon as a connection is open, and a component may subscribe after that: loaded lazily, suspended,
// or shown only when the status is `open`. So what comes for nobody waits for its first listener: for a few seconds, in
// a small number, and only for the first; from then on a type is delivered as it comes.

import type { Message } from '../contract/wire.ts'
import { reportUncaught, systemClock } from '../platform/system-platform.ts'
import { type AnySocket, partOf } from './socket-record.ts'

const WAITS_MS = 5_000
const MAX_WAITING = 100

type Listener = (message: Message) => void

export interface EarlyMessages {
  waiting: { message: Message; at: number }[]
  /** Types for which there has been a listener. */
  heard: Set<string>
  /** Who gets what has waited, by type, at the end of this task's work. */
  joining: Map<string, Set<Listener>>
}

/** Begins to keep messages that have no listener yet. A second call changes nothing. */
export const earlyMessages = (socket: AnySocket): EarlyMessages => partOf(socket, createEarlyMessages)

function createEarlyMessages(socket: AnySocket): EarlyMessages {
  const early: EarlyMessages = { waiting: [], heard: new Set(), joining: new Map() }
  socket.on('message', (message) => {
    if (early.heard.has(message.type)) return
    early.waiting.push({ message, at: systemClock.now() })
    if (early.waiting.length > MAX_WAITING) early.waiting.shift()
  })
  socket.on('userChanged', () => {
    early.waiting = []
  })
  return early
}

/** As `socket.onMessage`, and the first listener for a type is also told what has waited for it. */
export function listen(socket: AnySocket, type: string, listener: Listener): () => void {
  const early = earlyMessages(socket)
  if (!early.heard.has(type)) {
    early.heard.add(type)
    early.joining.set(type, new Set())
    // Later, so that all components of one commit are told, and one that StrictMode mounts twice is told once.
    queueMicrotask(() => tell(early, type))
  }
  const joining = early.joining.get(type)
  joining?.add(listener)
  const stop = socket.onMessage(type, listener)
  return () => {
    joining?.delete(listener)
    stop()
  }
}

function tell(early: EarlyMessages, type: string) {
  const listeners = early.joining.get(type) ?? []
  early.joining.delete(type)
  const now = systemClock.now()
  const isWaiting = ({ message, at }: EarlyMessages['waiting'][number]) => message.type === type && now - at <= WAITS_MS
  const messages = early.waiting.filter(isWaiting)
  early.waiting = early.waiting.filter(({ message }) => message.type !== type)
  for (const { message } of messages) {
    for (const listener of [...listeners]) {
      try {
        listener(message)
      } catch (error) {
        reportUncaught(error)
      }
    }
  }
}
