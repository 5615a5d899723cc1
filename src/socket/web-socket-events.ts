import type { TicketSocketError } from '../contract/errors.ts'

/** A browser tells nothing about the reason; ours are known, and hold no credential. */
export function createErrorEvent(error: TicketSocketError | undefined): Event {
  const event = new Event('error')
  return error ? Object.assign(event, { error, message: error.message }) : event
}
