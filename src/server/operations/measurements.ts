// The instruments, and what each event adds to them. One table for both readers of the numbers: Prometheus and OpenTelemetry.
//
// Labels have few values each. No user, no address, no handle is one: a label makes a time series, and lives for ever.

import { CLOSE, type CloseReason } from '../../contract/close-codes.ts'
import type { AuthMethod } from '../../contract/wire.ts'
import { STORE_COMMANDS } from '../guarded-store.ts'
import { PROBLEM_STATUSES } from '../http-problem.ts'
import { JWT_REFUSAL_REASONS } from '../jwt-refusal.ts'
import type { ServerEvent, TicketEndpoint } from '../server-events.ts'

/**
 * `load` is a gauge that is read when somebody asks, from what the server holds at that moment, and summed over its sockets; so is
 * `peak`, of which the largest counts.
 */
export type InstrumentKind = 'counter' | 'gauge' | 'load' | 'peak' | 'histogram'

export interface Instrument {
  kind: InstrumentKind
  help: string
  /** Its name in OpenTelemetry, after `ticket_socket.`: naming of https://opentelemetry.io/docs/specs/semconv/general/naming/. */
  otel: string
  /** In UCUM, as OpenTelemetry writes it: `{ticket}` counts tickets. Prometheus' names have only `s` and `By` in them. */
  unit: string
  /** Each label with all its values. Every combination exists from the start, as 0: a rate over it is then a number. */
  labels: Readonly<Record<string, readonly string[]>>
  /** Of a histogram: its upper bounds. */
  buckets?: readonly number[]
}

type Labels = Instrument['labels']

const instrument =
  (kind: InstrumentKind) =>
  (otel: string, unit: string, help: string, labels: Labels = {}): Instrument => ({ kind, otel, unit, help, labels })
const counter = instrument('counter')
const gauge = instrument('gauge')
const load = instrument('load')
const peak = instrument('peak')
const seconds = (otel: string, help: string, buckets: readonly number[], labels: Labels = {}): Instrument => ({
  ...instrument('histogram')(otel, 's', help, labels),
  buckets,
})

const QUICK = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5]
const LONG = [1, 10, 60, 300, 1_800, 3_600, 14_400, 43_200]

const METHODS = ['ticket', 'jwt', 'none'] as const satisfies readonly AuthMethod[]
const ENDPOINTS = [
  'tickets',
  'validation',
  'ticket',
  'all',
  'status',
  'openapi',
  'other',
] as const satisfies readonly TicketEndpoint[]
const UPGRADE_REFUSALS = [
  'ticket_invalid',
  'jwt_invalid',
  'jwt_expired',
  'unauthenticated',
  'origin',
  'bad_request',
  'too_many',
  'unavailable',
] as const satisfies readonly CloseReason[]

const KNOWN_CODES: ReadonlySet<number> = new Set([
  ...Object.values(CLOSE),
  ...Array.from({ length: 16 }, (_, index) => 1_000 + index),
])

// A client closes with any code that it likes: those that mean nothing to us share one label for each thousand.
const codeLabel = (code: number) => {
  if (KNOWN_CODES.has(code)) return String(code)
  return code >= 1_000 && code < 5_000 ? `${Math.floor(code / 1_000)}xxx` : 'other'
}
const CODES = [...[...KNOWN_CODES].toSorted((a, b) => a - b).map(String), '1xxx', '2xxx', '3xxx', '4xxx', 'other']

/** By name, without the prefix and the endings that Prometheus adds. */
export const INSTRUMENTS = {
  tickets_generated: counter('generated_tickets', '{ticket}', 'Tickets issued.'),
  tickets_consumed: counter('consumed_tickets', '{ticket}', 'Tickets that were used.'),
  tickets_refused: counter('refused_tickets', '{ticket}', 'Tickets that were refused, by reason.', {
    reason: ['malformed', 'unknown', 'withdrawn'],
  }),
  jwts_refused: counter('refused_jwts', '{jwt}', 'JWTs that were refused, by reason.', {
    reason: JWT_REFUSAL_REASONS,
  }),
  tickets_revoked: counter('revoked_tickets', '{ticket}', 'Unspent tickets that were withdrawn.'),
  users_revoked: counter(
    'revoked_users',
    '{user}',
    'Revoke-alls, by whether the store has it (recorded) and whether the other servers could be told at once (published).',
    { recorded: ['true', 'false'], published: ['true', 'false'] },
  ),
  ticket_issue_duration: seconds('ticket.issue.duration', 'Time to issue a ticket.', QUICK),
  requests: counter('requests', '{request}', 'Answers of the ticket endpoints, by endpoint and status.', {
    endpoint: ENDPOINTS,
    status: ['200', '204', ...PROBLEM_STATUSES],
  }),
  request_duration: seconds('request.duration', 'Time to an answer of the ticket endpoints, by endpoint.', QUICK, {
    endpoint: ENDPOINTS,
  }),
  upgrades_accepted: counter('accepted_upgrades', '{upgrade}', 'Upgrades that were accepted, by method.', {
    method: METHODS,
  }),
  upgrades_refused: counter('refused_upgrades', '{upgrade}', 'Upgrades that were refused, by reason.', {
    reason: UPGRADE_REFUSALS,
  }),
  upgrade_duration: seconds('upgrade.duration', 'Time to decide about an upgrade, by outcome.', QUICK, {
    outcome: ['accepted', 'refused'],
  }),
  upgrades_pending: load('upgrade.pending', '{upgrade}', 'Upgrades that wait for their decision.'),
  rate_limited: counter(
    'rate_limiting.refusals',
    '{refusal}',
    'Requests, upgrades and connections above a limit, by what it was (of).',
    { of: ['request', 'upgrade', 'connection'] },
  ),
  connections: gauge('connection.count', '{connection}', 'Live connections, by method.', { method: METHODS }),
  connections_opened: counter('opened_connections', '{connection}', 'Connections that opened, by method.', {
    method: METHODS,
  }),
  connections_closed: counter('closed_connections', '{connection}', 'Connections that closed, by close code.', {
    code: CODES,
  }),
  connection_duration: seconds('connection.duration', 'How long connections lasted.', LONG),
  buffered: load('connection.buffered', 'By', 'Bytes that were sent and that no client has read yet.'),
  store_duration: seconds('store.duration', 'Time that the ticket store took, by command.', QUICK, {
    command: STORE_COMMANDS,
  }),
  store_errors: counter('store.errors', '{error}', 'Questions that the ticket store did not answer, by command.', {
    command: STORE_COMMANDS,
  }),
  loop_delay: peak(
    'server.loop_delay',
    's',
    'Longest time for which the event loop did nothing else, since about the last reading.',
  ),
  draining: gauge('server.draining', '{server}', '1 while connections are being moved to other servers, and after it.'),
} as const satisfies Record<string, Instrument>

export type InstrumentName = keyof typeof INSTRUMENTS

/** What to add to an instrument (a gauge may go down), or to record in a histogram. */
export interface Measurement {
  name: InstrumentName
  value: number
  labels: Readonly<Record<string, string>>
}

/** Every combination of an instrument's labels; one without any for an instrument that has none. */
export const labelSetsOf = ({ labels }: Instrument): Readonly<Record<string, string>>[] =>
  Object.entries(labels).reduce<Record<string, string>[]>(
    (sets, [name, values]) => sets.flatMap((set) => values.map((value) => ({ ...set, [name]: value }))),
    [{}],
  )

/** What a server holds at this moment. */
export interface ServerLoad {
  pendingUpgrades: number
  /** What clients have not read yet, over all connections. */
  bufferedBytes: number
  /** Longest time for which the process' event loop did nothing else, where the runtime can measure it; of several sockets the longest counts. */
  loopDelayMs?: number
}

/** For instruments that are read on request, not counted from events. */
export const READINGS = {
  upgrades_pending: ({ pendingUpgrades }) => pendingUpgrades,
  buffered: ({ bufferedBytes }) => bufferedBytes,
  loop_delay: ({ loopDelayMs = 0 }) => loopDelayMs / 1_000,
} as const satisfies Partial<Record<InstrumentName, (load: ServerLoad) => number>>

const one = (name: InstrumentName, labels: Record<string, string> = {}, value = 1): Measurement => ({
  name,
  value,
  labels,
})
const limited = (of: 'request' | 'upgrade' | 'connection') => one('rate_limited', { of })
const upgradeTook = ({ durationMs }: { durationMs: number }, outcome: 'accepted' | 'refused') =>
  one('upgrade_duration', { outcome }, durationMs / 1_000)

export function measurementsOf(event: ServerEvent): Measurement[] {
  switch (event.kind) {
    case 'ticket_generated':
      return [one('tickets_generated'), one('ticket_issue_duration', {}, event.durationMs / 1_000)]
    case 'ticket_consumed':
      return [one('tickets_consumed')]
    case 'ticket_refused':
      return [one('tickets_refused', { reason: event.reason })]
    case 'jwt_refused':
      return [one('jwts_refused', { reason: event.reason })]
    case 'ticket_revoked':
      return [one('tickets_revoked')]
    case 'user_revoked':
      return [
        one('users_revoked', { recorded: String(event.isRecorded), published: String(event.isPublished) }),
        one('tickets_revoked', {}, event.tickets),
      ]
    case 'store_checked':
      return []
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
      return [one('upgrades_accepted', { method: event.method }), upgradeTook(event, 'accepted')]
    case 'upgrade_refused':
      return [
        one('upgrades_refused', { reason: event.reason }),
        upgradeTook(event, 'refused'),
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
      return event.reason === 'too_many' ? [limited('connection')] : []
    case 'drain_started':
      return [one('draining')]
    case 'drain_ended':
      return []
    default:
      return event satisfies never
  }
}
