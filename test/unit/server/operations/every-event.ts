// One event of each kind, with handles as long as real ones, so that none can be missed in a log or among the labels.

import type { ServerEvent } from '../../../../src/server/server-events.ts'

const ticket = 't'.repeat(43)
const user = 'u'.repeat(43)
const connection = 'c'.repeat(22)
const address = '192.0.2.1'

export const HANDLES = [ticket, user, connection, address]

export const everyEvent: readonly ServerEvent[] = [
  { kind: 'ticket_generated', ticket, user, ttlSeconds: 300, singleUse: true, durationMs: 4 },
  { kind: 'ticket_consumed', ticket, user },
  { kind: 'ticket_refused', ticket, reason: 'unknown' },
  { kind: 'jwt_refused', reason: 'issuer', expected: 'https://login.example.com/', kid: 'k1' },
  { kind: 'ticket_revoked', ticket, user },
  { kind: 'user_revoked', user, tickets: 3, isRecorded: true, isPublished: true },
  { kind: 'store_checked', isReady: true, problem: null },
  { kind: 'store_asked', command: 'consume', durationMs: 3, isAnswered: true },
  { kind: 'store_asked', command: 'consume', durationMs: 500, isAnswered: false },
  { kind: 'request_answered', endpoint: 'tickets', method: 'POST', status: 200, durationMs: 7, refusedOrigin: null },
  { kind: 'request_answered', endpoint: 'tickets', method: 'POST', status: 429, durationMs: 0, refusedOrigin: null },
  { kind: 'upgrade_accepted', method: 'ticket', user, address, durationMs: 2 },
  {
    kind: 'upgrade_refused',
    reason: 'ticket_invalid',
    turnedAway: null,
    code: 4401,
    status: null,
    origin: null,
    address,
    durationMs: 30,
  },
  {
    kind: 'upgrade_refused',
    reason: 'unavailable',
    turnedAway: 'leaving',
    code: null,
    status: 503,
    origin: null,
    address,
    durationMs: 0,
  },
  {
    kind: 'upgrade_refused',
    reason: 'too_many',
    turnedAway: null,
    code: null,
    status: 429,
    origin: null,
    address,
    durationMs: 0,
  },
  { kind: 'connection_opened', connection, method: 'ticket', user },
  { kind: 'connection_opened', connection, method: 'jwt', user },
  { kind: 'connection_closed', connection, method: 'ticket', user, code: 4410, durationMs: 90_000 },
  { kind: 'connection_closed', connection, method: 'jwt', user, code: 4999, durationMs: 500 },
  { kind: 'connection_refused', method: 'jwt', user, reason: 'too_many' },
  // No limit: it counts as none.
  { kind: 'connection_refused', method: 'jwt', user, reason: 'revoked' },
  { kind: 'drain_started', connections: 1, windowMs: 1_000 },
  { kind: 'drain_ended', connections: 1, stragglers: 0 },
]
