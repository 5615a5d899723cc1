// What a redirect looks like to a client that follows none: an opaque answer in browsers, the 3xx itself in Node, and an
// answer from another address where `fetch` ignores the option (React Native, polyfills on XMLHttpRequest).

import { TicketSocketError } from '../contract/errors.ts'
import { redact } from '../platform/redact.ts'
import type { Secret } from '../platform/secret.ts'

/** Not 300 and 304: they name no other place. */
const REDIRECT_STATUSES = [301, 302, 303, 307, 308]

const REMEDY =
  "Check httpUrl and ticketPath (https, and no slash at the end of the server's routes), and whether an SSO proxy or a " +
  'sign-in page answers first.'

export interface Redirectable {
  /** Names the request. */
  what: string
  url: string
  /** Credentials that the answer may repeat. */
  known: readonly Secret[]
}

/** The error for an answer that is a redirect, or that came after one; null for every other answer. */
export function redirectError(response: Response, { what, url, known }: Redirectable): TicketSocketError | null {
  const { status, type, redirected } = response
  /** Nothing else of an address is repeated: its path and query may hold a credential. */
  const originOf = (address: string | null) =>
    address && URL.canParse(address, url) ? redact(new URL(address, url).origin, known) : ''

  if (type === 'opaqueredirect') return refused(`${what} answered with a redirect, which is not followed.`)
  if (REDIRECT_STATUSES.includes(status)) {
    const to = originOf(response.headers.get('location'))
    return refused(`${what} answered with a redirect (${status})${to && ` to ${to}`}, which is not followed.`, status)
  }
  const from = originOf(response.url)
  if (!redirected && (from === '' || from === originOf(url))) return null
  // Too late to prevent: the error says what happened.
  return refused(
    `${what} was redirected${from && ` to ${from}`}, and fetch followed: the JWT may have been sent there.`,
  )
}

const refused = (fact: string, status?: number) =>
  new TicketSocketError('redirected', `${fact} ${REMEDY}`, status === undefined ? {} : { status })
