// A server may send messages as soon as a connection is open, and a component may subscribe later: loaded lazily, suspended,
// or rendered only when the status is `open`. So messages of a type without a listener wait for its first listener: a few
// messages, for a few seconds. After that, each message of the type is delivered at once.

import type { Message } from '../contract/wire.ts'
import { reportUncaught, systemClock } from '../platform/system-platform.ts'
import { type AnySocket, partOf } from './socket-record.ts'

const WAITS_MS = 5_000
const MAX_WAITING = 100

type Listener = (message: Message) => void

export interface EarlyMessages {
  waiting: { message: Message; at: number }[]
  /** Types that have had a listener. */
  heard: Set<string>
  /** The listeners that get the kept messages of a type at the end of this task. */
  joining: Map<string, Set<Listener>>
}

/** Begins to keep messages that have no listener yet. A second call changes nothing. */
export const earlyMessages = (socket: AnySocket): EarlyMessages => partOf(socket, 'early', createEarlyMessages)

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

/** Like `socket.onMessage`. The first listener for a type also receives its kept messages. */
export function listen(socket: AnySocket, type: string, listener: Listener): () => void {
  const early = earlyMessages(socket)
  if (!early.heard.has(type)) {
    early.heard.add(type)
    early.joining.set(type, new Set())
    // Later, so that all components of one commit receive them, and a component that StrictMode mounts twice receives them once.
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
