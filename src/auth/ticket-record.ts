// What is known of this backend's tickets: a small record, and what each event makes of it. Plain functions: nothing here
// touches the clock, the network or the service. `evidence.ts` says which failures may count.

import type { TicketSocketErrorCode } from '../contract/errors.ts'
import { mayCount } from './evidence.ts'

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
  /**
   * The last dial that was accepted had left out `ticket-socket.v1`, after dials that offered it were lost. Null: none was accepted
   * that says whether it can be offered.
   */
  readonly workPlain: boolean | null
  /**
   * Fresh tickets refused one after the other, each requested after the refusal before it. After two the JWT is dialled.
   * Together they are one failure once the server accepts a JWT connection after them, and none where it refuses that, too.
   */
  readonly refusedInARow: number
  /** When the last of them was refused, or a ticket that had lain here (monotonic milliseconds); null: one was accepted since. */
  readonly refusedAt: number | null
}

export const CLEAN_RECORD: TicketRecord = {
  failures: 0,
  counted: 0,
  reverted: false,
  notBefore: 0,
  dialsLost: 0,
  haveWorked: false,
  workPlain: null,
  refusedInARow: 0,
  refusedAt: null,
}

/** What does not change. */
export interface ChainPolicy {
  maxTicketFailures: number
  /** The JWT may stand in for a ticket: the chain has it, and it would not hold permissions that the app did not want. */
  jwtReplaces: boolean
}

/** After so many refused tickets one dial is made with the JWT. */
const REFUSED_BEFORE_JWT = 2

/** After this many lost dials one is made with the JWT: a proxy may refuse the URL with the ticket. */
const DIALS_LOST_BEFORE_JWT = 3

/**
 * `counted`: what the record held when the attempt began. When another failure was counted since, the two are one: three
 * sockets of a page that meet one bad answer each have met one blip.
 */
export type TicketEvent =
  | { type: 'acquisition_failed'; code: TicketSocketErrorCode }
  /** The backend asked to wait, in its answer to any caller. That never counts, and it is obeyed. */
  | { type: 'asked_to_wait'; notBefore: number }
  /** Acquiring failed, and no connection will show whether the backend works otherwise: an HTTP answer is evidence. */
  | { type: 'answered_without_ticket'; code: TicketSocketErrorCode; counted: number }
  /** A JWT connection was accepted after tickets had failed with `code`. */
  | { type: 'jwt_accepted_instead'; code: TicketSocketErrorCode; counted: number }
  /** A JWT connection was accepted before the request that it had overtaken failed with `code`. */
  | { type: 'overtaken_request_failed'; code: TicketSocketErrorCode; counted: number }
  /** A JWT connection was accepted after the dials by ticket were lost. */
  | { type: 'jwt_accepted_after_lost_dials'; counted: number }
  /** That one was lost, too. */
  | { type: 'jwt_dial_lost' }
  /** Any other JWT connection was accepted. It says nothing against tickets, unless fresh ones were refused before it. */
  | { type: 'jwt_accepted'; counted: number }
  | { type: 'jwt_refused' }
  /** `onItsOwn`: no connection with the JWT will follow, so that the refusal alone is evidence. */
  | { type: 'ticket_refused'; fresh: boolean; requestedAt: number; now: number; onItsOwn: boolean; counted: number }
  | { type: 'dial_lost' }
  /** `isPlain`: it was dialled without a subprotocol in its turn. Left out: that dial says nothing about subprotocols. */
  | { type: 'ticket_accepted'; isPlain?: boolean | undefined }

export function recordAfter(record: TicketRecord, event: TicketEvent, policy: ChainPolicy): TicketRecord {
  switch (event.type) {
    case 'acquisition_failed':
      return acquisitionFailed(record, event.code)
    case 'asked_to_wait':
      return { ...record, notBefore: Math.max(record.notBefore, event.notBefore) }
    case 'answered_without_ticket':
      return counted(acquisitionFailed(record, event.code), event, policy)
    case 'overtaken_request_failed':
      return counted(record, event, policy)
    case 'jwt_accepted_instead':
      return jwtAccepted(record, event, policy, mayCount(event.code))
    case 'jwt_accepted_after_lost_dials':
      return jwtAccepted({ ...record, dialsLost: 0 }, event, policy, !record.haveWorked)
    case 'jwt_accepted':
      return jwtAccepted(record, event, policy, false)
    case 'jwt_refused':
      return afterJwt(record)
    case 'ticket_refused':
      return ticketRefused(record, event, policy)
    case 'jwt_dial_lost':
      return { ...record, dialsLost: 0 }
    case 'dial_lost':
      return { ...record, dialsLost: record.dialsLost + 1 }
    case 'ticket_accepted':
      return {
        ...record,
        failures: 0,
        dialsLost: 0,
        haveWorked: true,
        workPlain: event.isPlain ?? record.workPlain,
        refusedInARow: 0,
        refusedAt: null,
      }
  }
}

/** The JWT has had its turn, whatever came of it. */
const afterJwt = (record: TicketRecord): TicketRecord => ({ ...record, refusedInARow: 0 })

/** Fresh tickets that were refused before it are evidence, for whichever reason the JWT was dialled after them. */
function jwtAccepted(record: TicketRecord, by: Evidence, policy: ChainPolicy, isEvidence: boolean): TicketRecord {
  const after = afterJwt(record)
  return isEvidence || record.refusedInARow > 0 ? counted(after, { counted: by.counted }, policy) : after
}

function ticketRefused(
  record: TicketRecord,
  event: Extract<TicketEvent, { type: 'ticket_refused' }>,
  policy: ChainPolicy,
): TicketRecord {
  const { fresh, requestedAt, now, onItsOwn } = event
  // One that was requested before the last refusal was refused beside it: the two are one.
  const isNext = record.refusedAt === null || requestedAt >= record.refusedAt
  const known = isNext ? { ...record, refusedAt: now } : record
  // The first one that had lain here may only have grown old.
  const isEvidence = fresh || (isNext && record.refusedAt !== null)
  if (!isEvidence) return known
  if (onItsOwn || !policy.jwtReplaces) return counted(known, event, policy)
  return isNext ? { ...known, refusedInARow: record.refusedInARow + 1 } : known
}

const acquisitionFailed = (record: TicketRecord, code: TicketSocketErrorCode): TicketRecord =>
  code === 'tickets_unsupported' ? { ...record, reverted: true } : record

interface Evidence {
  code?: TicketSocketErrorCode
  counted: number
}

function counted(record: TicketRecord, { code, counted }: Evidence, { maxTicketFailures }: ChainPolicy): TicketRecord {
  if (code && !mayCount(code)) return record
  if (counted !== record.counted) return { ...record, dialsLost: 0 }
  const failures = record.failures + 1
  const reverted = record.reverted || failures >= maxTicketFailures
  return { ...record, failures, counted: counted + 1, dialsLost: 0, reverted }
}

/** Whether so many dials were lost in a row that one is made with the JWT, to learn whether the ticket's URL is the reason. */
export const hasLostDials = ({ dialsLost }: TicketRecord): boolean => dialsLost >= DIALS_LOST_BEFORE_JWT

/**
 * Whether a ticket is dialled without its subprotocol: a proxy may remove the header, and the browser then fails the connection. That
 * is the last dial before the JWT's turn; where it has worked, the one after a loss.
 */
export const isPlainsTurn = ({ dialsLost, workPlain }: TicketRecord): boolean =>
  workPlain === null ? dialsLost % DIALS_LOST_BEFORE_JWT === DIALS_LOST_BEFORE_JWT - 1 : workPlain && dialsLost > 0

/** Whether so many fresh tickets were refused that the JWT is dialled, to learn whether the server accepts that. */
export const wereRefused = ({ refusedInARow }: TicketRecord): boolean => refusedInARow >= REFUSED_BEFORE_JWT
