// The three kinds of permission to dial. A grant knows what to send; what its reports mean is decided by its maker.

import { type AuthMethod, PLAIN_SUBPROTOCOL, SUBPROTOCOL } from '../contract/wire.ts'
import { redact } from '../platform/redact.ts'
import { Secret } from '../platform/secret.ts'
import type { Advice, Grant, Outcome } from './credential.ts'
import type { HeldToken } from './identity.ts'
import { base64url } from './jwt.ts'
import type { Ticket } from './ticket.ts'
import { withTicket } from './websocket-url.ts'

type Report = (outcome: Outcome, wasAccepted: boolean) => Advice | undefined

/** Passes each kind of outcome on once; every kind but `accepted` ends the grant. */
function reporter(report: Report): Grant['report'] {
  let state: 'new' | 'accepted' | 'ended' = 'new'
  return (outcome) => {
    if (state === 'ended' || (state === 'accepted' && outcome.kind === 'accepted')) return undefined
    const wasAccepted = state === 'accepted'
    state = outcome.kind === 'accepted' ? 'accepted' : 'ended'
    return report(outcome, wasAccepted)
  }
}

/** `known`: the credentials of this session, which a server may repeat. */
export function ticketGrant(ticket: Ticket, userId: string | null, known: () => Secret[], report: Report): Grant {
  return {
    method: 'ticket',
    userId,
    ticketAuth: true,
    steppedDown: null,
    url: (base) => withTicket(base, ticket.secret.reveal()),
    protocols: () => (ticket.subprotocol === undefined ? [] : [ticket.subprotocol]),
    refreshFrame: () => ({ type: 'ts:auth_refresh', ticket: ticket.secret.reveal() }),
    redact: (text) => redact(text, [ticket.secret, ...known()]),
    report: reporter(report),
  }
}

/** The first entry is public and means nothing: a server that knows no subprotocol selects and echoes the first. */
const defaultJwtProtocols = (jwt: string) => [PLAIN_SUBPROTOCOL, SUBPROTOCOL, `jwt.${base64url(jwt)}`]

export function jwtGrant(
  { token, claims }: HeldToken,
  protocols: ((jwt: string) => string[]) | undefined,
  { ticketAuth, steppedDown }: Pick<Grant, 'ticketAuth' | 'steppedDown'>,
  known: () => Secret[],
  report: Report,
): Grant {
  return {
    method: 'jwt',
    userId: claims?.userId ?? null,
    ticketAuth,
    steppedDown,
    url: (base) => base,
    protocols: () => (protocols ?? defaultJwtProtocols)(token.reveal()),
    refreshFrame: () => ({ type: 'ts:auth_refresh', jwt: token.reveal() }),
    redact: (text) => redact(text, [token, new Secret(base64url(token.reveal())), ...known()]),
    report: reporter(report),
  }
}

export function anonymousGrant(): Grant {
  const method: AuthMethod = 'none'
  return {
    method,
    userId: null,
    steppedDown: null,
    url: (base) => base,
    protocols: () => [SUBPROTOCOL],
    refreshFrame: () => null,
    redact: (text) => redact(text),
    report: () => undefined,
  }
}
