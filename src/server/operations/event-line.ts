// One event as one line of JSON. What other people wrote (an origin, an address, a method) loses what looks like a credential;
// no character of the line ends it or moves a terminal's cursor.

import { redact } from '../../platform/redact.ts'
import { isoTime } from '../../platform/system-platform.ts'
import type { ServerEvent } from '../server-events.ts'

/** Written by the sender of the request. The other texts of an event are made here: handles, reasons, endpoints. */
const FOREIGN: ReadonlySet<string> = new Set(['origin', 'refusedOrigin', 'address', 'method'])

/** The fields of an event, safe to be written anywhere. */
export function fieldsOf({ kind, ...fields }: ServerEvent): Record<string, unknown> {
  const entries = Object.entries(fields).map(([name, value]) => [
    name,
    FOREIGN.has(name) && typeof value === 'string' ? redact(value) : value,
  ])
  return Object.fromEntries(entries)
}

export function lineOf(record: { level: string; timeMs: number; event: string; fields: object }): string {
  const { level, timeMs, event, fields } = record
  const line = JSON.stringify({ time: isoTime(timeMs), level, event, ...fields })
  // JSON leaves line separators, bidirectional overrides and C1 controls as they are: all that is not ASCII is escaped.
  return line.replace(/[^\x20-\x7e]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`)
}
