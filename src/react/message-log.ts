// The newest messages of one type, for display. A log belongs to its socket. It starts with the first component that uses
// it, and goes on while components mount, unmount and hide, so that a later component misses nothing.

import type { Message } from '../contract/wire.ts'
import { listen } from './early-messages.ts'
import { type AnySocket, partOf } from './socket-record.ts'

export interface MessageLog {
  latest(): Message | null
  /** Oldest first. The same array until the next message. */
  last(limit: number): readonly Message[]
  /** Keeps at least `limit` messages from now on. */
  subscribe(limit: number, listener: () => void): () => void
}

export const NO_MESSAGES: readonly Message[] = []

export function messageLog(socket: AnySocket, type: string): MessageLog {
  const logs = partOf(socket, 'logs', noLogs)
  const log = logs.get(type) ?? createMessageLog(socket, type)
  logs.set(type, log)
  return log
}

/** By the messages' type. */
const noLogs = () => new Map<string, MessageLog>()

function createMessageLog(socket: AnySocket, type: string): MessageLog {
  const listeners = new Set<() => void>()
  const lists = new Map<number, readonly Message[]>()
  let messages: Message[] = []
  let capacity = 0
  let isListening = false

  function changed() {
    lists.clear()
    for (const listener of [...listeners]) listener()
  }

  function begin() {
    isListening = true
    listen(socket, type, (message) => {
      messages.push(message)
      if (messages.length > capacity) messages.shift()
      changed()
    })
    // No message of one user is shown to the next.
    socket.on('userChanged', () => {
      messages = []
      changed()
    })
  }

  return {
    latest: () => messages.at(-1) ?? null,
    last(limit) {
      const list = lists.get(limit) ?? (messages.length === 0 ? NO_MESSAGES : messages.slice(-limit))
      lists.set(limit, list)
      return list
    },
    subscribe(limit, listener) {
      capacity = Math.max(capacity, limit)
      if (!isListening) begin()
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
  }
}
