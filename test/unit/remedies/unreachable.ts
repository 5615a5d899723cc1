// Pairs of a code and a state in which no page shows it, each with the reason.

import type { TicketSocketErrorCode } from '../../../src/index.ts'
import { STATES, type State } from './situations.ts'

type Unreachable = Partial<Record<TicketSocketErrorCode, Partial<Record<State, string>>>>

const everywhere = (reason: string): Partial<Record<State, string>> =>
  Object.fromEntries(STATES.map((state) => [state, reason]))

const NOT_OPEN = 'no connection is open'
const NO_TICKET = 'no ticket is requested'
const ACTS = 'tickets are on, and asked for'

export const UNREACHABLE: Unreachable = {
  store_unavailable: everywhere('of the server alone'),
  too_many_tickets: everywhere('of the server alone'),
  blocked_by_policy: everywhere('of a page with a Content-Security-Policy: http-request.test.ts, open-socket.test.ts'),
  not_dialled: everywhere('of a constructor that throws: open-socket.test.ts'),
  jwt_rejected: {
    'tickets on': 'the connection that was refused was by JWT: it had fallen back',
    'chain without jwt': 'no JWT is sent to the WebSocket server',
    'signed out': 'there is no JWT',
  },
  ticket_rejected: {
    'flag off': NO_TICKET,
    'signed out': NO_TICKET,
  },
  ticket_repeated: { 'flag off': NO_TICKET, 'signed out': NO_TICKET },
  tickets_disabled: { 'tickets on': ACTS, 'fallen back': ACTS, 'signed out': 'unauthenticated comes first' },
  going_away: { 'signed out': NOT_OPEN },
  heartbeat_lost: { 'signed out': NOT_OPEN },
  message_too_large: { 'signed out': NOT_OPEN },
  policy: { 'signed out': NOT_OPEN },
  replaced: { 'signed out': NOT_OPEN },
  revoked: { 'signed out': NOT_OPEN },
  closed_by_server: { 'signed out': NOT_OPEN },
  credential_in_url: { 'flag off': 'there it is a warning' },
  signed_out: { reverted: 'the session that ends takes its reversion along' },
  session_expired: { 'signed out': NOT_OPEN },
}
