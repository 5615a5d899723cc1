// Makes the three kinds of `Credential` (`credential.ts`): by ticket, with the JWT, and without either. What a connection reports of one
// changes what is known of tickets and of the JWT, as long as the session of the credential lasts.

import type { TicketSocketError } from '../contract/errors.ts'
import { type AuthMethod, JWT_PREFIX, PLAIN_SUBPROTOCOL, SUBPROTOCOL } from '../contract/wire.ts'
import { redact } from '../platform/redact.ts'
import { Secret } from '../platform/secret.ts'
import type { Advice, Credential, Outcome } from './credential.ts'
import type { Identity } from './identity.ts'
import { base64url } from './jwt.ts'
import type { JwtFreshness } from './jwt-freshness.ts'
import type { ResolvedAuthOptions } from './options.ts'
import type { AuthSession } from './session.ts'
import { type Ticket, withTicket } from './ticket.ts'
import type { TicketHealthKeeper } from './ticket-health.ts'
import type { Taken, TicketPool } from './ticket-pool.ts'
import { isPlainsTurn } from './ticket-record.ts'
import type { Jwt } from './user-state.ts'

/** Why an attempt connects with the JWT though tickets are on. */
export type StepDownReason =
  /** It is what the app wants. */
  | 'none'
  /** The ticket request failed. */
  | 'acquisition'
  /** Tickets had their turn, and now the JWT has: two fresh ones were refused. */
  | 'refusals'
  /** The same after dials by ticket were lost. */
  | 'lost_dials'
  /** No ticket came in time. The request goes on, and its result decides whether this is a failure. */
  | 'overtaken'
  /** Tickets were given up while it waited for one. */
  | 'reverted'
  /** The backend asked to wait. */
  | 'wait'
  /** There was no network to ask it by. */
  | 'offline'

/** What both kinds of attempt know. */
interface Attempted {
  session: AuthSession
  /** The failures that counted when it began. */
  counted: number
  /** It renews a live session: nothing follows from its refusal, and no ticket has failed in its place. */
  isRenewal: boolean
}

/** An attempt that connects with the JWT, and why. */
export interface ByJwt extends Attempted {
  /** Whether tickets are on. */
  ticketAuth: boolean
  steppedDown: Credential['steppedDown']
  reason: StepDownReason
  /** The ticket request that goes on meanwhile. Resolves with its failure, as far as that says something about tickets. */
  overtaken: Promise<TicketSocketError | null> | null
}

export interface CredentialsDeps {
  options: Pick<ResolvedAuthOptions, 'jwtProtocols' | 'jwtReplaces'>
  identity: Identity
  freshness: JwtFreshness
  pool: TicketPool
  health: TicketHealthKeeper
  /** Whether an attempt would have a method to begin with now. */
  hasMethod: (session: AuthSession) => boolean
}

export type Credentials = ReturnType<typeof createCredentials>

/** The first entry is public and means nothing: a server that knows no subprotocol selects and echoes the first. */
const defaultJwtProtocols = (jwt: string) => [PLAIN_SUBPROTOCOL, SUBPROTOCOL, JWT_PREFIX + base64url(jwt)]

export function createCredentials(deps: CredentialsDeps) {
  const { options, identity, freshness, pool, health, hasMethod } = deps
  const { jwtProtocols = defaultJwtProtocols, jwtReplaces } = options

  /** The server had accepted the credential: it ends the session, and tickets work. So this never counts. */
  function sessionEnded(session: AuthSession, jwt: Secret) {
    // Learnt before the prefetched ticket goes: another one is not fetched with this JWT.
    freshness.noteEnded(jwt)
    pool.drop(session)
  }

  function ticketAccepted(session: AuthSession, { issuedFor }: Ticket, isPlain: boolean | undefined) {
    freshness.noteAccepted(issuedFor)
    // It was issued for a JWT that the backend took.
    identity.forgive(session)
    health.note(session, { type: 'ticket_accepted', isPlain })
  }

  function ticketRefused({ ticket, fresh }: Taken, { session, counted, isRenewal }: Attempted): Advice | undefined {
    health.ticketRefused(session, { fresh, requestedAt: ticket.begunAt, onItsOwn: isRenewal, counted })
    pool.drop(session)
    if (isRenewal) return undefined
    const isAnotherLeft = jwtReplaces || session.health.record.reverted
    return isAnotherLeft && hasMethod(session) ? 'redial' : undefined
  }

  function jwtAccepted({ token }: Jwt, attempt: ByJwt) {
    const { session, steppedDown, reason, counted, overtaken, isRenewal } = attempt
    identity.trust(session)
    freshness.noteAccepted(token)
    if (isRenewal) return
    const cause = steppedDown?.cause
    if (reason === 'acquisition' && cause)
      health.note(session, { type: 'jwt_accepted_instead', code: cause.code, counted }, cause)
    else if (reason === 'lost_dials' && cause)
      health.note(session, { type: 'jwt_accepted_after_lost_dials', counted }, cause)
    else health.note(session, { type: 'jwt_accepted', counted })
    // The JWT has had its turn: tickets are welcome again.
    if (reason === 'refusals' || reason === 'lost_dials') pool.tend()
    void overtaken?.then((error) => {
      if (error) health.note(session, { type: 'overtaken_request_failed', code: error.code, counted }, error)
    })
  }

  function jwtRefused({ token }: Jwt, { session, isRenewal }: ByJwt) {
    identity.distrust(session, token)
    if (!isRenewal) health.note(session, { type: 'jwt_refused' })
  }

  return {
    byTicket(taken: Taken, { claims }: Jwt, attempt: Attempted): Credential {
      const { session } = attempt
      const { secret, subprotocol, issuedFor } = taken.ticket
      // A renewal goes by a connection that selected `ticket-socket.v1`. `ticketWebSocket` offers what is the app's own.
      let isPlain = attempt.isRenewal ? false : undefined
      return {
        method: 'ticket',
        userId: claims?.userId ?? null,
        ticketAuth: true,
        steppedDown: null,
        url: (base) => withTicket(base, secret.reveal()),
        protocols() {
          // Without one of the app's own its server might refuse the connection for good.
          isPlain = subprotocol === SUBPROTOCOL && isPlainsTurn(session.health.record)
          return subprotocol === undefined || isPlain ? [] : [subprotocol]
        },
        refreshFrame: () => ({ type: 'ts:auth_refresh', ticket: secret.reveal() }),
        redact: (text) => redact(text, [secret, ...identity.known(session)]),
        report: reporter((outcome, wasAccepted) => {
          if (outcome.kind === 'unused') return void (wasAccepted || pool.putBack(session, taken))
          if (session.signal.aborted) return undefined
          if (outcome.kind === 'accepted') return void ticketAccepted(session, taken.ticket, isPlain)
          if (wasAccepted) return void (outcome.kind === 'refused' && sessionEnded(session, issuedFor))
          if (outcome.kind === 'lost') health.dialLost(session)
          return outcome.kind === 'refused' ? ticketRefused(taken, attempt) : undefined
        }),
      }
    },

    byJwt(jwt: Jwt, attempt: ByJwt): Credential {
      const { session, ticketAuth, steppedDown, reason, overtaken } = attempt
      const { token } = jwt
      const dialled = freshness.dialled(token)
      // As long as the connection that the request was made for.
      const letGo = overtaken ? pool.hold() : () => {}
      void overtaken?.then(letGo)
      return {
        method: 'jwt',
        userId: jwt.claims?.userId ?? null,
        ticketAuth,
        steppedDown,
        url: (base) => base,
        protocols: () => jwtProtocols(token.reveal()),
        refreshFrame: () => ({ type: 'ts:auth_refresh', jwt: token.reveal() }),
        redact: (text) => redact(text, [token, new Secret(base64url(token.reveal())), ...identity.known(session)]),
        report: reporter((outcome, wasAccepted) => {
          if (outcome.kind !== 'accepted') letGo()
          if (session.signal.aborted) return undefined
          if (outcome.kind === 'accepted') return void jwtAccepted(jwt, attempt)
          if (wasAccepted) return void (outcome.kind === 'refused' && sessionEnded(session, token))
          dialled(outcome)
          if (outcome.kind === 'lost' && steppedDown && reason === 'lost_dials')
            health.note(session, { type: 'jwt_dial_lost' })
          return void (outcome.kind === 'refused' && jwtRefused(jwt, attempt))
        }),
      }
    },

    anonymous(): Credential {
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
    },
  }
}

/** Passes each kind of outcome on once; every kind but `accepted` ends the credential. */
function reporter(report: (outcome: Outcome, wasAccepted: boolean) => Advice | undefined): Credential['report'] {
  let state: 'new' | 'accepted' | 'ended' = 'new'
  return (outcome) => {
    if (state === 'ended' || (state === 'accepted' && outcome.kind === 'accepted')) return undefined
    const wasAccepted = state === 'accepted'
    state = outcome.kind === 'accepted' ? 'accepted' : 'ended'
    return report(outcome, wasAccepted)
  }
}
