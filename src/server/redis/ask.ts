import { isTicketSocketError, TicketSocketError } from '../../contract/errors.ts'
import type { Clock } from '../../platform/platform.ts'
import { redactedCause } from '../../platform/redact.ts'
import { withDeadline } from '../deadline.ts'

/** A client may be set to answer in bytes. */
export const textOf = (reply: unknown): unknown =>
  reply instanceof Uint8Array ? new TextDecoder().decode(reply) : (reply ?? null)

export function unavailable(cause: Error): TicketSocketError {
  return new TicketSocketError('store_unavailable', 'The ticket store cannot be reached. Try again later.', { cause })
}

/** The one way to Redis: no command without a deadline, and no client's own error outside. */
export async function askWithin(clock: Clock, deadlineMs: number, command: () => Promise<unknown>): Promise<unknown> {
  const late = () => new Error('no answer from Redis in time')
  try {
    return textOf(await withDeadline(clock, deadlineMs, Promise.resolve(command()), late))
  } catch (error) {
    throw isTicketSocketError(error) ? error : unavailable(redactedCause(error))
  }
}
