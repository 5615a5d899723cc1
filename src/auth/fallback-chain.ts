// Which method an attempt uses, and what counts as evidence against tickets. Plain functions of a small record:
// nothing here touches the clock, the network or the service.
//
// What counts is evidence that tickets fail *while the backend works*. Counting failures as they come would revert most
// of a fleet for good during an outage of half a minute.

import type { TicketSocketError, TicketSocketErrorCode } from '../contract/errors.ts'
import type { AuthMethod } from '../contract/wire.ts'

export interface TicketRecord {
  /** Consecutive failures that count. */
  readonly failures: number
  /** All that have ever counted: it only grows, whatever comes between. */
  readonly counted: number
  /** Tickets are given up: for this user, for the life of this page. */
  readonly reverted: boolean
  /** No ticket request before this moment (monotonic milliseconds). */
  readonly notBefore: number
  /** Connections by ticket in a row that were lost before they opened. Never evidence by itself. */
  readonly dialsLost: number
  /** A ticket was accepted since the session began: whatever loses dials now, it is no proxy that refuses ticket URLs. */
  readonly haveWorked: boolean
}

export const CLEAN_RECORD: TicketRecord = {
  failures: 0,
  counted: 0,
  reverted: false,
  notBefore: 0,
  dialsLost: 0,
  haveWorked: false,
}

/** After this many lost dials one goes by JWT: a proxy may refuse the URL with the ticket. */
const DIALS_LOST_BEFORE_JWT = 3

/**
 * `counted`: what the record held when the attempt began. When another failure was counted since, the two are one: three
 * sockets of a page that meet one bad answer each have met one blip.
 */
export type TicketEvent =
  | { type: 'acquisition_failed'; code: TicketSocketErrorCode }
  /** The backend asked to wait, whoever had asked it. That never counts, but it is heeded. */
  | { type: 'asked_to_wait'; notBefore: number }
  /** Acquiring failed, and no connection will tell whether the backend works otherwise: an HTTP answer is evidence. */
  | { type: 'answered_without_ticket'; code: TicketSocketErrorCode; counted: number }
  /** A JWT connection was accepted after tickets had failed with `code`. */
  | { type: 'jwt_accepted_instead'; code: TicketSocketErrorCode; counted: number }
  /** A JWT connection was accepted after the dials by ticket were lost. */
  | { type: 'jwt_accepted_after_lost_dials'; counted: number }
  /** That one was lost, too. */
  | { type: 'jwt_dial_lost' }
  | { type: 'fresh_ticket_refused'; counted: number }
  | { type: 'dial_lost' }
  | { type: 'ticket_accepted' }

/** Failures that say nothing about whether this backend's tickets work. */
const NEVER_COUNTS: ReadonlySet<TicketSocketErrorCode> = new Set([
  'unauthenticated',
  'tickets_disabled',
  'rate_limited',
  'aborted',
  'signed_out',
  'token_callback_failed',
])

/**
 * Whether a failure says something about this backend's tickets. A 4xx to a request with fields of its caller's own may be
 * about these: 422 for a value, 403 for a permission that the user lacks.
 */
export const isAboutTickets = ({ status = 0 }: TicketSocketError, hasOwnFields: boolean): boolean =>
  !hasOwnFields || status < 400 || status >= 500

export function recordAfter(record: TicketRecord, event: TicketEvent, maxTicketFailures: number): TicketRecord {
  switch (event.type) {
    case 'acquisition_failed':
      return acquisitionFailed(record, event.code)
    case 'asked_to_wait':
      return { ...record, notBefore: Math.max(record.notBefore, event.notBefore) }
    case 'answered_without_ticket':
      return counted(acquisitionFailed(record, event.code), event, maxTicketFailures)
    case 'jwt_accepted_instead':
    case 'fresh_ticket_refused':
      return counted(record, event, maxTicketFailures)
    case 'jwt_accepted_after_lost_dials':
      return record.haveWorked ? { ...record, dialsLost: 0 } : counted(record, event, maxTicketFailures)
    case 'jwt_dial_lost':
      return { ...record, dialsLost: 0 }
    case 'dial_lost':
      return { ...record, dialsLost: record.dialsLost + 1 }
    case 'ticket_accepted':
      return { ...record, failures: 0, dialsLost: 0, haveWorked: true }
  }
}

const acquisitionFailed = (record: TicketRecord, code: TicketSocketErrorCode): TicketRecord =>
  code === 'tickets_unsupported' ? { ...record, reverted: true } : record

interface Evidence {
  code?: TicketSocketErrorCode
  counted: number
}

function counted(record: TicketRecord, { code, counted }: Evidence, maxTicketFailures: number): TicketRecord {
  if (code && NEVER_COUNTS.has(code)) return record
  if (counted !== record.counted) return { ...record, dialsLost: 0 }
  const failures = record.failures + 1
  const reverted = record.reverted || failures >= maxTicketFailures
  return { ...record, failures, counted: counted + 1, dialsLost: 0, reverted }
}

export interface Situation {
  record: TicketRecord
  /** Whether the feature flag is on for this user. */
  ticketAuth: boolean
  /** Whether somebody is signed in. */
  hasToken: boolean
  chain: readonly AuthMethod[]
  /** Monotonic milliseconds. */
  now: number
}

/** Whether so many dials were lost in a row that one goes by JWT, to learn whether the ticket's URL is the reason. */
const hasLostDials = ({ dialsLost }: TicketRecord): boolean => dialsLost >= DIALS_LOST_BEFORE_JWT

/** The methods to try for one attempt, best first. Empty: nothing is allowed, which is an authentication error. */
export function methodsFor({ record, ticketAuth, hasToken, chain, now }: Situation): AuthMethod[] {
  const strict = !chain.includes('jwt')
  return chain.filter((method) => {
    switch (method) {
      case 'ticket':
        return (
          ticketAuth && hasToken && !record.reverted && now >= record.notBefore && (strict || !hasLostDials(record))
        )
      case 'jwt':
        return hasToken
      case 'none':
        // Reached only when nobody is signed in. A refused or failed credential never ends here.
        return !hasToken
      default:
        return method satisfies never
    }
  })
}

/** Whether this attempt may go on by JWT. The JWT itself was refused, or nobody waits any more: then it may not. */
export function mayStepDown(code: TicketSocketErrorCode, appAskedForPermissions: boolean): boolean {
  switch (code) {
    case 'unauthenticated':
    case 'aborted':
    case 'signed_out':
    case 'token_callback_failed':
      return false
    case 'forbidden':
      // A JWT connection would hold every permission, also those that the app did not want.
      return !appAskedForPermissions
    default:
      return true
  }
}
