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

/**
 * The one way to Redis: no command without a deadline, and no error of a client beyond this file.
 *
 * A command whose answer is late or lost may have been carried out, or still be: `undo` is called when it has come to its end.
 */
export async function askWithin(
  clock: Clock,
  deadlineMs: number,
  command: () => Promise<unknown>,
  undo: () => void = () => {},
): Promise<unknown> {
  const late = () => new Error('no answer from Redis in time')
  const answer = (async () => command())() // a client may throw at once
  try {
    return textOf(await withDeadline(clock, deadlineMs, answer, late))
  } catch (error) {
    answer.then(undo, undo)
    throw isTicketSocketError(error) ? error : unavailable(redactedCause(error))
  }
}
