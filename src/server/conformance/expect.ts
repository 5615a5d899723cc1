// The few assertions that the rules need. They look at values as JSON does: that is what a store keeps.

import { isTicketSocketError, type TicketSocketErrorCode } from '../../contract/errors.ts'
import { systemClock } from '../../platform/system-platform.ts'
import { withDeadline } from '../deadline.ts'

const SETTLES_WITHIN_MS = 5_000

/** As JSON, with keys in order. `undefined` is a member that is missing; by itself it is not `null`. */
function show(value: unknown): string {
  const inOrder = (_key: string, member: unknown) =>
    typeof member === 'object' && member !== null && !Array.isArray(member)
      ? Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1)))
      : member
  return value instanceof Error ? String(value) : (JSON.stringify(value, inOrder) ?? String(value))
}

export function expectTrue(isTrue: boolean, what: string): void {
  if (!isTrue) throw new Error(what)
}

export function expectEqual(actual: unknown, expected: unknown, what: string): void {
  expectTrue(show(actual) === show(expected), `${what}: expected ${show(expected)}, got ${show(actual)}`)
}

/** Rejects with a `TicketSocketError` of this code, soon; resolves to it. */
export async function expectRejection(work: Promise<unknown>, code: TicketSocketErrorCode, what: string) {
  const late = () => new Error(`${what}: nothing came of it within ${SETTLES_WITHIN_MS} ms`)
  const outcome = await withDeadline(
    systemClock,
    SETTLES_WITHIN_MS,
    work.then(
      (value) => ({ value, error: null }),
      (error: unknown) => ({ value: null, error }),
    ),
    late,
  )
  const { error } = outcome
  if (isTicketSocketError(error) && error.code === code) return error
  const got = error === null ? `it resolved to ${show(outcome.value)}` : show(error)
  throw new Error(`${what}: expected a TicketSocketError('${code}'), got ${got}`)
}
