import type { Listener } from '../platform/emitter.ts'

/** Messages that are not read yet, at most; then the oldest go. A reader that is too slow must not fill the memory. */
const MAX_WAITING = 1_000

export interface StreamSignals {
  /** The messages that are not read yet belong to a session that has ended. */
  onForget(forget: () => void): () => void
  /** Nothing more will come. */
  onEnd(end: () => void): () => void
}

/**
 * Messages as an async iterable, from the first `next()` on. Leaving the loop ends the subscription; so does `onEnd`,
 * after what has arrived was read.
 */
export function createMessageStream<Message>(
  subscribe: (listener: Listener<Message>) => () => void,
  { onForget, onEnd }: StreamSignals,
): AsyncIterableIterator<Message> {
  const waiting: Message[] = []
  const readers: ((result: IteratorResult<Message>) => void)[] = []
  let isEnded = false
  let stops: (() => void)[] | null = null

  function begin() {
    stops ??= [
      subscribe((message) => {
        const reader = readers.shift()
        if (reader) return reader({ value: message, done: false })
        waiting.push(message)
        if (waiting.length > MAX_WAITING) waiting.shift()
      }),
      onForget(() => {
        waiting.length = 0
      }),
      onEnd(end),
    ]
  }

  function end() {
    isEnded = true
    for (const stop of stops ?? []) stop()
    for (const reader of readers.splice(0)) reader({ value: undefined, done: true })
  }

  return {
    [Symbol.asyncIterator]() {
      return this
    },
    next() {
      if (!isEnded) begin()
      const message = waiting.shift()
      if (message !== undefined) return Promise.resolve({ value: message, done: false })
      if (isEnded) return Promise.resolve({ value: undefined, done: true })
      return new Promise((resolve) => readers.push(resolve))
    },
    return() {
      waiting.length = 0
      end()
      return Promise.resolve({ value: undefined, done: true })
    },
  }
}
