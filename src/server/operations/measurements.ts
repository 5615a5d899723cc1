// What is counted, and what each event adds to it. One table, whoever reads the numbers: Prometheus or OpenTelemetry.
//
// Labels have few values each. No user, no address, no handle is one: a label makes a time series, and lives for ever.

import { CLOSE } from '../../contract/close-codes.ts'
import type { ServerEvent } from '../server-events.ts'

export type InstrumentKind = 'counter' | 'gauge' | 'histogram'

export interface Instrument {
  kind: InstrumentKind
  help: string
  /** Of a histogram: its upper bounds. */
  buckets?: readonly number[]
  unit?: 's'
}

const counter = (help: string): Instrument => ({ kind: 'counter', help })
const gauge = (help: string): Instrument => ({ kind: 'gauge', help })
const seconds = (help: string, buckets: readonly number[]): Instrument => ({
  kind: 'histogram',
  help,
  buckets,
  unit: 's',
})

const QUICK = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5]
const LONG = [1, 10, 60, 300, 1_800, 3_600, 14_400, 43_200]

/** By name, without the prefix and the endings that each system adds. */
export const INSTRUMENTS = {
  tickets_generated: counter('Tickets made.'),
  tickets_consumed: counter('Tickets that were used.'),
  tickets_refused: counter('Tickets that were refused, by reason (malformed, unknown, withdrawn).'),
  jwts_refused: counter('JWTs that were refused, by reason.'),
  tickets_revoked: counter('Unspent tickets that were withdrawn.'),
  users_revoked: counter('Revoke-alls, by whether the other servers could be told at once (published).'),
  requests: counter('Answers of the ticket endpoints, by endpoint and status.'),
  request_duration: seconds('Time to an answer of the ticket endpoints, by endpoint.', QUICK),
  upgrades_accepted: counter('Upgrades that were accepted, by method.'),
  upgrades_refused: counter('Upgrades that were refused, by reason.'),
  rate_limited: counter('Requests, upgrades and connections above a limit, by what it was (of).'),
  connections: gauge('Live connections, by method.'),
  connections_opened: counter('Connections that opened, by method.'),
  connections_closed: counter('Connections that closed, by close code.'),
  connection_duration: seconds('How long connections lasted.', LONG),
  store_duration: seconds('Time that the ticket store took, by command.', QUICK),
  store_errors: counter('Questions that the ticket store did not answer, by command.'),
  draining: gauge('1 while connections are being moved to other servers, and after it.'),
} as const satisfies Record<string, Instrument>

export type InstrumentName = keyof typeof INSTRUMENTS

/** What to add to an instrument (a gauge may go down), or to record in a histogram. */
export interface Measurement {
  name: InstrumentName
  value: number
  labels: Readonly<Record<string, string>>
}

const KNOWN_CODES: ReadonlySet<number> = new Set(Object.values(CLOSE))

// A client closes with any code that it likes: those that mean nothing to us share one label for each thousand.
const codeLabel = (code: number) =>
  KNOWN_CODES.has(code) || (code >= 1_000 && code <= 1_015) ? String(code) : `${Math.floor(code / 1_000)}xxx`

const one = (name: InstrumentName, labels: Record<string, string> = {}, value = 1): Measurement => ({
  name,
  value,
  labels,
})
const limited = (of: 'request' | 'upgrade' | 'connection') => one('rate_limited', { of })

export function measurementsOf(event: ServerEvent): Measurement[] {
  switch (event.kind) {
    case 'ticket_generated':
      return [one('tickets_generated')]
    case 'ticket_consumed':
      return [one('tickets_consumed')]
    case 'ticket_refused':
      return [one('tickets_refused', { reason: event.reason })]
    case 'jwt_refused':
      return [one('jwts_refused', { reason: event.reason })]
    case 'ticket_revoked':
      return [one('tickets_revoked')]
    case 'user_revoked':
      return [one('users_revoked', { published: String(event.isPublished) }), one('tickets_revoked', {}, event.tickets)]
    case 'store_asked':
      return [
        one('store_duration', { command: event.command }, event.durationMs / 1_000),
        ...(event.isAnswered ? [] : [one('store_errors', { command: event.command })]),
      ]
    case 'request_answered':
      return [
        one('requests', { endpoint: event.endpoint, status: String(event.status) }),
        one('request_duration', { endpoint: event.endpoint }, event.durationMs / 1_000),
        ...(event.status === 429 ? [limited('request')] : []),
      ]
    case 'upgrade_accepted':
      return [one('upgrades_accepted', { method: event.method })]
    case 'upgrade_refused':
      return [
        one('upgrades_refused', { reason: event.reason }),
        ...(event.reason === 'too_many' ? [limited('upgrade')] : []),
      ]
    case 'connection_opened':
      return [one('connections', { method: event.method }), one('connections_opened', { method: event.method })]
    case 'connection_closed':
      return [
        one('connections', { method: event.method }, -1),
        one('connections_closed', { code: codeLabel(event.code) }),
        one('connection_duration', {}, event.durationMs / 1_000),
      ]
    case 'connection_refused':
      return [limited('connection')]
    case 'drain_started':
      return [one('draining')]
    case 'drain_ended':
      return []
    default:
      return event satisfies never
  }
}
