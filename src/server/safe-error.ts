import { isTicketSocketError } from '../contract/errors.ts'
import { redactedCause } from '../platform/redact.ts'

/** The error as `onError` gets it. One of ours keeps its `cause`, which was made safe where it was caught. */
export const safeError = (error: unknown): Error => (isTicketSocketError(error) ? error : redactedCause(error))
