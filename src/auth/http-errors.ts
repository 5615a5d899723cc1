// What a failed request to the backend means: from the HTTP status to the error's code, and from the code to what to do.
//
// The same error may be the result of a call, the cause of a fallback, and the last error of a page that has reverted since or
// has tickets turned off. So nothing here says what the client does next, or by which credential: what is not known when the
// error is made cannot turn out false.

import type { TicketSocketErrorCode } from '../contract/errors.ts'

/** What a request asks the backend for. */
export type Asked =
  | {
      for: 'ticket'
      /** With fields of one call, and not with the service's `ticket` options alone. */
      isOwn: boolean
      hasPermissions: boolean
    }
  | { for: 'administration' }
  /** Public: it carries no JWT. */
  | { for: 'status' }

export function codeOf(status: number): TicketSocketErrorCode {
  if (status === 401) return 'unauthenticated'
  if (status === 403) return 'forbidden'
  if (status === 404 || status === 405 || status === 501) return 'tickets_unsupported'
  if (status === 429) return 'rate_limited'
  if (status === 408 || status === 425 || status >= 500) return 'server_unavailable'
  return status >= 400 ? 'invalid_request' : 'bad_response'
}

const A_PROXY = 'Check httpUrl and ticketPath, and whether a proxy answered.'
const ORIGIN = "add this page's origin to allowedOrigins on the server"

/** What to do. Empty: the code says nothing about an exchange. */
export function remedyOf(asked: Asked, code: TicketSocketErrorCode, status?: number): string {
  switch (code) {
    case 'unauthenticated':
      if (asked.for === 'status') return A_PROXY
      return 'Check that the backend accepts this JWT, or let the user sign in again.'
    case 'forbidden':
      if (asked.for === 'status') return A_PROXY
      return asked.for === 'ticket' && asked.hasPermissions
        ? `Ask for fewer permissions, or ${ORIGIN}.`
        : `Check the user's rights, or ${ORIGIN}.`
    case 'tickets_unsupported':
      return status === 501 ? 'The owner of the backend can turn tickets on.' : 'Check httpUrl and ticketPath.'
    case 'invalid_request':
      if (asked.for !== 'ticket') return A_PROXY
      return asked.isOwn ? 'Check the fields of this call.' : 'Check the ticket options of the service.'
    case 'rate_limited':
      return again(asked, 'raise the limits of the backend')
    case 'server_unavailable':
      return again(asked, 'look at the log of the backend')
    case 'network':
      return again(asked, `check httpUrl, and ${ORIGIN}`)
    case 'timeout':
      return again(asked, 'raise requestTimeoutMs')
    case 'bad_response':
      return A_PROXY
    default:
      return ''
  }
}

/** Tickets are requested again by the client, or not at all any more; a call of the app is made again by the app. */
const again = (asked: Asked, otherwise: string) =>
  `${asked.for === 'ticket' ? '' : 'Call it again later. '}If this repeats, ${otherwise}.`
