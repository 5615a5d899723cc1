// The messages of clients that a test has not received yet.

import type { Message } from '../contract/wire.ts'

export interface Inbox {
  put(message: Message): void
  /** Removes and returns the oldest matching message. */
  take(fits: (message: Message) => boolean): Message | undefined
  clear(): void
}

const MAX_MESSAGES = 1_000

export function createInbox(): Inbox {
  let messages: Message[] = []
  return {
    put(message) {
      messages.push(message)
      if (messages.length > MAX_MESSAGES) messages.shift()
    },
    take(fits) {
      const at = messages.findIndex(fits)
      return at < 0 ? undefined : messages.splice(at, 1)[0]
    },
    clear() {
      messages = []
    },
  }
}
