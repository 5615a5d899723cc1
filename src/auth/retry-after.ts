// `Retry-After`: how long the backend asks to wait (RFC 9110 §10.2.3).

import type { Clock } from '../platform/platform.ts'
import { parseHttpDate } from '../platform/system-platform.ts'
import { type AnyResponse, headerOf } from './response-shapes.ts'

/** Longer than a page obeys: by a mistake in a header nobody is to lose tickets for a day. */
const LONGEST_WAIT_MS = 300_000
/** The backend has asked to wait, and nobody can read how long. */
const UNREADABLE_WAIT_MS = 30_000

/** In milliseconds: seconds or a date, the date read by the server's own clock where it sends `Date`. Undefined without the header. */
export function retryAfterMs(response: AnyResponse, clock: Clock): number | undefined {
  const value = headerOf(response, 'retry-after')?.trim()
  if (!value) return undefined
  return Math.min(Math.max(0, readWait(value, response, clock)), LONGEST_WAIT_MS)
}

function readWait(value: string, response: AnyResponse, clock: Clock): number {
  // Two of one header arrive as `120, 120`; some send fractions.
  const [, seconds] = /^(\d+(?:\.\d+)?)(?:\s*,.*)?$/.exec(value) ?? []
  if (seconds !== undefined) return Number(seconds) * 1000
  // Of the three forms of a date the one by `asctime` names no zone: it is GMT as well.
  const date = parseHttpDate(/^[A-Z][a-z]{2} .*\d{4}$/.test(value) ? `${value} GMT` : value)
  if (Number.isNaN(date) || !/^[A-Z][a-z]+,? /.test(value)) return UNREADABLE_WAIT_MS
  const serverNow = parseHttpDate(headerOf(response, 'date') ?? '')
  return date - (Number.isNaN(serverNow) ? clock.wallNow() : serverNow)
}
