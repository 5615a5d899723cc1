// What the ticket endpoint may answer: every status of the contract, and everything else that comes out of a network.

import fc from 'fast-check'
import { ticketHandle, ticketValue } from '../../support/canaries.ts'

export type AnswerKind =
  | 'ticket'
  | 'ticket without handle'
  | 'ticket with null fields'
  | 'ticket for a second'
  | 'ticket for half a minute'
  | 'ticket used otherwise than asked'
  | 'ticket named by itself'
  | 'ticket after a byte order mark'
  | 'ticket with a prototype'
  | 'ticket told twice'
  | 'repeated ticket'
  | 'ticket for another host'
  | 'ticket in the clear'
  | 'ticket without an address'
  | 'status'
  | 'page of HTML'
  | 'JSON of another shape'
  | 'milliseconds'
  | 'null fields'
  | 'plain text'
  | 'broken JSON'
  | 'nothing'
  | 'too long'
  | 'endless'
  | 'stuck'
  | 'breaks off'
  | 'redirect'
  | 'unreachable'
  | 'throws'
  | 'hangs'
  | 'hangs and hears no abort'

export type RetryAfter = { form: 'seconds' | 'date' | 'date without Date' | 'nonsense'; seconds: number }

export interface Answer {
  kind: AnswerKind
  latencyMs: number
  /** For `status`. */
  status: number
  body: 'problem' | 'FastAPI' | 'FastAPI list' | 'empty' | 'HTML'
  retryAfter: RetryAfter | null
}

export const ok: Answer = { kind: 'ticket', latencyMs: 5, status: 200, body: 'problem', retryAfter: null }

/** Statuses after which the client tries again, and for which `Retry-After` is the contract's. */
export const isTryLater = (status: number) => [408, 425, 429].includes(status) || (status >= 500 && status !== 501)

export const is401 = (answer: Answer | null | undefined) => answer?.kind === 'status' && answer.status === 401

const latencyMs = fc.constantFrom(0, 1, 5, 5, 5, 300, 300, 2_500, 9_000, 11_000)
const retryAfter = fc.option(
  fc.record({
    form: fc.constantFrom<RetryAfter['form']>('seconds', 'seconds', 'date', 'date without Date', 'nonsense'),
    seconds: fc.constantFrom(0, 1, 3, 8, 30, 30, 300, 3_600, 999_999_999),
  }),
  { freq: 2 },
)
const body = fc.constantFrom<Answer['body']>('problem', 'FastAPI', 'FastAPI list', 'empty', 'HTML')
const STATUSES = [400, 401, 403, 404, 405, 408, 413, 415, 418, 422, 425, 429, 500, 501, 502, 503, 504, 204, 304]
const status = fc.constantFrom(...STATUSES, 401, 401, 403, 429, 429, 503, 503, 503)

const TICKETS: AnswerKind[] = [
  'ticket',
  'ticket without handle',
  'ticket with null fields',
  'ticket for a second',
  'ticket for half a minute',
  'ticket used otherwise than asked',
  'ticket named by itself',
  'ticket after a byte order mark',
  'ticket with a prototype',
  'ticket told twice',
  'repeated ticket',
  'ticket for another host',
  'ticket in the clear',
  'ticket without an address',
]
const MALFORMED: AnswerKind[] = [
  'page of HTML',
  'JSON of another shape',
  'milliseconds',
  'null fields',
  'plain text',
  'broken JSON',
  'nothing',
  'too long',
  'endless',
]
const BROKEN: AnswerKind[] = [
  'stuck',
  'breaks off',
  'redirect',
  'unreachable',
  'throws',
  'hangs',
  'hangs and hears no abort',
]

const answerOf = (kind: fc.Arbitrary<AnswerKind>) => fc.record({ kind, latencyMs, status, body, retryAfter })

export const anyAnswer = fc.oneof(
  { weight: 5, arbitrary: answerOf(fc.constant('status')) },
  { weight: 3, arbitrary: answerOf(fc.constantFrom(...TICKETS)) },
  { weight: 2, arbitrary: answerOf(fc.constantFrom(...MALFORMED)) },
  { weight: 2, arbitrary: answerOf(fc.constantFrom(...BROKEN)) },
)

/** Evidence against tickets, quickly told: what brings a page to its bound. */
export const brokenAnswer = fc
  .record({
    kind: fc.constantFrom<AnswerKind>('status', 'status', 'status', 'page of HTML', 'unreachable', 'repeated ticket'),
    status: fc.constantFrom(400, 403, 422, 500, 502, 503, 503, 429, 401, 404),
    body,
    retryAfter: fc.option(
      fc.record({ form: fc.constant<RetryAfter['form']>('seconds'), seconds: fc.constantFrom(1, 3, 30) }),
      { freq: 1 },
    ),
  })
  .map((made): Answer => ({ ...made, latencyMs: 5 }))

const NAMELESS: AnswerKind[] = ['ticket without handle', 'ticket with null fields', 'ticket named by itself']

/** The ticket of an answer as its reader sees it. */
export interface IssuedTicket {
  value: string
  handle: string | null
  ttlMs: number
  /** As the answer says, and as it is: used once if either asked or said so. */
  saysSingleUse: boolean
  singleUse: boolean
}

export function issue(kind: AnswerKind, number: number, isAskedOnce: boolean): IssuedTicket {
  const ttlSeconds = kind === 'ticket for a second' ? 1 : kind === 'ticket for half a minute' ? 30 : 300
  const saysSingleUse = kind === 'ticket used otherwise than asked' ? !isAskedOnce : isAskedOnce
  const hasHandle = !NAMELESS.includes(kind)
  return {
    value: ticketValue(number),
    handle: !hasHandle ? null : ticketHandle(number),
    ttlMs: ttlSeconds * 1000,
    saysSingleUse,
    singleUse: isAskedOnce || saysSingleUse,
  }
}

export const isTicket = (kind: AnswerKind) => TICKETS.includes(kind)
