// A message as the panel may show it: without anything that looks like a credential, and never longer than a screen or
// two. Whatever else is kept of a message is made of this.

import { maskCredentials } from '../../platform/redact.ts'

const HIDDEN = '[redacted]'
/** Whatever text stands under such a name is hidden. A number (`tokens: 512`) tells nothing. */
const SECRET_NAME = /ticket|token|jwt|secret|passw|authori[sz]ation|cookie|api.?key|credential/i
/** As long as a ticket, and no ticket: the ids of most apps. */
const UUID = /(\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b)/gi

const MAX_DEPTH = 8
const MAX_VALUES = 400
const MAX_STRING = 2_000
const MAX_TEXT = 8_000

/** A text that came from outside, with credentials hidden; cut after 2,000 characters. */
export function safeString(text: string): string {
  // What a cut leaves of a credential would not be known for one, so the last word goes with it.
  const kept = text.length > MAX_STRING ? `${text.slice(0, MAX_STRING).replace(/[\w.~+/=-]*$/, '')}…` : text
  // Splitting by a group keeps the separators at the odd places.
  return kept
    .split(UUID)
    .map((part, index) => (index % 2 === 1 ? part : maskCredentials(part)))
    .join('')
}

/** A message as indented JSON. */
export function safeMessage(message: unknown): string {
  if (message instanceof ArrayBuffer) return `(binary, ${message.byteLength} bytes)`
  if (typeof Blob !== 'undefined' && message instanceof Blob) return `(binary, ${message.size} bytes)`
  let valuesLeft = MAX_VALUES

  function shown(value: unknown, depth: number): unknown {
    if (typeof value === 'string') return safeString(value)
    if (typeof value !== 'object' || value === null) return typeof value === 'bigint' ? `${value}n` : value
    if (depth >= MAX_DEPTH) return '…'
    if (Array.isArray(value)) return within(value).map((item) => shown(item, depth + 1))
    return Object.fromEntries(
      within(Object.entries(value)).map(([name, item]) => [
        safeString(name),
        SECRET_NAME.test(name) && typeof item === 'string' ? HIDDEN : shown(item, depth + 1),
      ]),
    )
  }

  function within<Item>(items: readonly Item[]): readonly Item[] {
    const kept = items.slice(0, Math.max(0, valuesLeft))
    valuesLeft -= items.length
    return kept
  }

  const text = JSON.stringify(shown(message, 0), null, 2) ?? String(message)
  const isCut = valuesLeft < 0 || text.length > MAX_TEXT
  return isCut ? `${text.slice(0, MAX_TEXT)}\n… the rest is not kept` : text
}
