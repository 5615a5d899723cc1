// A message as the panel may show it: without anything that looks like a credential, and at most a screen or two long.
// The recorder keeps nothing else of a message.

import { type Bytes, isBlob, isBytes, sizeOf } from '../../platform/binary.ts'
import { maskCredentials } from '../../platform/redact.ts'
import { maskNamed, type Shown, shownBelow } from './secret-names.ts'

const HIDDEN = '[redacted]'
/** The ids of most apps: as long as a ticket, and no secret. */
const UUID = /(\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b)/gi

const MAX_DEPTH = 8
const MAX_VALUES = 400
const MAX_STRING = 2_000
const MAX_TEXT = 8_000
/** A longer text is not parsed as JSON. */
const MAX_JSON = 100_000

/** A text of the server or the app, with credentials hidden; cut after 2,000 characters. */
export function safeString(text: string): string {
  // Splitting by a group keeps the separators at the odd places.
  return maskNamed(cut(text))
    .split(UUID)
    .map((part, index) => (index % 2 === 1 ? part : maskCredentials(part)))
    .join('')
}

/** A credential that is cut off would no longer be recognised, so the last word is dropped as well. */
const cut = (text: string) =>
  text.length > MAX_STRING ? `${text.slice(0, MAX_STRING).replace(/[\w.~+/=-]*$/, '')}…` : text

/** The value of a JSON text; undefined for any other text. */
function valueIn(text: string): unknown {
  if (text.length > MAX_JSON || !/^\s*[[{]/.test(text)) return undefined
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const isBinary = (value: unknown): value is Bytes | Blob => isBytes(value) || isBlob(value)
const bytesIn = (value: Bytes | Blob) => `(binary, ${sizeOf(value)} bytes)`

/** A message as indented JSON. */
export function safeMessage(message: unknown): string {
  if (isBinary(message)) return bytesIn(message)
  let valuesLeft = MAX_VALUES

  function safe(value: unknown, depth: number, shown: Shown): unknown {
    switch (typeof value) {
      case 'string':
        return shown === 'everything' ? safeText(value, depth) : HIDDEN
      case 'number':
        return shown === 'nothing' ? HIDDEN : value
      case 'bigint':
        return shown === 'nothing' ? HIDDEN : `${value}n`
      case 'object':
        if (value === null) return value
        // A codec may put bytes into a field.
        if (isBinary(value)) return bytesIn(value)
        if (depth >= MAX_DEPTH) return '…'
        return Array.isArray(value)
          ? within(value).map((item) => safe(item, depth + 1, shown))
          : safeObject(value, depth + 1, shown)
      default:
        return value
    }
  }

  /** A text may be JSON itself. It keeps its spelling unless something in it has to be hidden. */
  function safeText(text: string, depth: number): string {
    const value = valueIn(text)
    if (value === undefined) return safeString(text)
    const masked = JSON.stringify(safe(value, depth, 'everything'))
    return masked === JSON.stringify(value) ? safeString(text) : cut(masked)
  }

  function safeObject(value: object, depth: number, shown: Shown): unknown {
    const fields = new Map<string, unknown>()
    for (const [name, item] of within(Object.entries(value))) {
      const below = shownBelow(name)
      fields.set(nameFor(safeString(name), fields), safe(item, depth, stricter(shown, below)))
    }
    return Object.fromEntries(fields)
  }

  function within<Item>(items: readonly Item[]): readonly Item[] {
    const kept = items.slice(0, Math.max(0, valuesLeft))
    valuesLeft -= items.length
    return kept
  }

  const text = JSON.stringify(safe(message, 0, 'everything'), null, 2) ?? String(message)
  const isCut = valuesLeft < 0 || text.length > MAX_TEXT
  return isCut ? `${text.slice(0, MAX_TEXT)}\n… the rest is not kept` : text
}

/** Everything nested below the name of a secret belongs to the secret. */
function stricter(above: Shown, below: Shown): Shown {
  if (above === 'nothing' || below === 'nothing') return 'nothing'
  return above === 'no texts' ? above : below
}

/** Two names that are hidden look the same, and neither field may cover the other. */
function nameFor(name: string, taken: ReadonlyMap<string, unknown>): string {
  let free = name
  for (let n = 2; taken.has(free); n++) free = `${name} ${n}`
  return free
}
