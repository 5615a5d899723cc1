// Which messages are shown. A plain function, so that a search does not depend on the screen.

import type { RecordedMessage } from '../record/recorder.ts'

export interface MessageFilter {
  readonly search: string
  readonly direction: 'all' | 'in' | 'out'
  /** Null: all types. */
  readonly type: string | null
}

export const EVERYTHING: MessageFilter = { search: '', direction: 'all', type: null }

/** All words of the search must be found, in the type or in the text, in any order and any case. */
export function matching(
  messages: readonly RecordedMessage[],
  { search, direction, type }: MessageFilter,
): readonly RecordedMessage[] {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean)
  return messages.filter((message) => {
    if (direction !== 'all' && message.direction !== direction) return false
    if (type !== null && message.type !== type) return false
    const haystack = words.length > 0 ? `${message.type}\n${message.text}`.toLowerCase() : ''
    return words.every((word) => haystack.includes(word))
  })
}

/** The types and their counts, the most frequent first. */
export function typesOf(messages: readonly RecordedMessage[]): readonly (readonly [type: string, count: number])[] {
  const counts = new Map<string, number>()
  for (const { type } of messages) counts.set(type, (counts.get(type) ?? 0) + 1)
  return [...counts].sort(([a, left], [b, right]) => right - left || a.localeCompare(b))
}
