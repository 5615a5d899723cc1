// What to do about a request to the backend that failed, by what was asked for. The same error may be the result of a call, the
// cause of a fallback, and the last error of a page that has reverted since or has tickets turned off. So nothing here says
// what the client does next, or by which credential: what is not known when the error is made cannot turn out false.

import type { TicketSocketErrorCode } from '../contract/errors.ts'

/** What a request asks the backend for. */
export type Asked =
  | {
      for: 'ticket'
      /** With fields of one call, and not with the service's `ticket` options alone. */
      isOwn: boolean
      hasPermissions: boolean
    }
  | { for: 'validate' | 'revoke' | 'revokeAll' }
  /** Public: it carries no JWT. */
  | { for: 'status' }

const ORIGIN = 'add the origin of this page to allowedOrigins on the server'
const IN_FRONT = 'The endpoint is public: check what answers in front of the backend.'

/** What to do. Empty: the code says nothing about an exchange. */
export function remedyOf(asked: Asked, code: TicketSocketErrorCode, status?: number): string {
  switch (code) {
    case 'unauthenticated':
      if (asked.for === 'status') return IN_FRONT
      return 'Check that the backend accepts the JWTs of getToken and refreshToken, or let the user sign in again.'
    case 'forbidden':
      return whenForbidden(asked)
    case 'tickets_unsupported':
      if (status === 501) return 'The backend has tickets switched off. Its owner can turn them on.'
      return 'Check httpUrl and ticketPath, and that this backend has the ticket endpoints.'
    case 'invalid_request':
      return whenInvalid(asked)
    case 'rate_limited':
      return again(asked, 'raise the limits of the server')
    case 'server_unavailable':
      return again(asked, 'look at the log of the backend')
    case 'network':
      return again(asked, `check httpUrl, and ${ORIGIN}`)
    case 'timeout':
      return again(asked, 'look at the backend, or raise requestTimeoutMs')
    case 'bad_response':
      return 'Check httpUrl, and whether a proxy answered.'
    default:
      return ''
  }
}

/** Tickets are requested again by the client, or not at all any more; a call of the app is made again by the app. */
const again = (asked: Asked, otherwise: string) =>
  asked.for === 'ticket' ? `If this repeats, ${otherwise}.` : `Call it again later. If this repeats, ${otherwise}.`

function whenForbidden(asked: Asked): string {
  switch (asked.for) {
    case 'ticket':
      return asked.hasPermissions
        ? `Ask for fewer permissions, or ${ORIGIN}.`
        : `Check the user's rights, or ${ORIGIN}.`
    case 'revoke':
      return `Revoke tickets of this user only, or ${ORIGIN}.`
    case 'validate':
    case 'revokeAll':
      return `Check the user's rights, or ${ORIGIN}.`
    case 'status':
      return IN_FRONT
  }
}

function whenInvalid(asked: Asked): string {
  if (asked.for !== 'ticket') return 'Check httpUrl and ticketPath, and what answers in front of the backend.'
  return asked.isOwn ? 'Check the fields of this call.' : 'Check the ticket options of the service.'
}
