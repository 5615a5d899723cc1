import type { Grant } from '../auth/credential.ts'
import { redact } from '../platform/redact.ts'

/** What a server said, without the credential of this grant and without anything that looks like one. */
export const redactFor = (grant: Pick<Grant, 'redact'> | undefined, text: string): string =>
  grant?.redact?.(text) ?? redact(text)
