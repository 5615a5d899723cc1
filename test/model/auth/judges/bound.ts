// A count of its own, after the table in PROTOCOL.md (PR-83): what counts is evidence that tickets fail while the
// backend works. Three in a row, and tickets are given up; the service must show the same at every moment.

import type { AuthEvents } from '../../../../src/auth/auth-events.ts'
import type { AuthSnapshot } from '../../../../src/auth/auth-snapshot.ts'
import type { TicketSocketError, TicketSocketErrorCode } from '../../../../src/contract/errors.ts'
import type { Call, CallEnd, Edge, Judge, SeenGrant, TicketLife } from '../edge.ts'
import type { Outcome } from '../steps.ts'

/** Why a connection goes by JWT: what it proves when it is accepted. */
type Evidence = 'none' | 'failed acquisition' | 'refusals' | 'lost dials' | 'overtaken' | 'uncertain'

const NO_EVIDENCE: TicketSocketErrorCode[] = [
  'rate_limited',
  'unauthenticated',
  'aborted',
  'signed_out',
  'token_callback_failed',
]
/** Codes of an HTTP answer that holds no ticket. */
const ANSWERS: TicketSocketErrorCode[] = [
  'invalid_request',
  'forbidden',
  'server_unavailable',
  'bad_response',
  'redirected',
  'ticket_repeated',
]

/** What the backend has asked of its clients. */
export interface Wait {
  /** It asked to wait, and that is not over. */
  isWaiting(): boolean
  /** Perhaps: something struck just as it asked. */
  mayBeWaiting(): boolean
  wasToldNow(): boolean
}

export function judgeBound(
  edge: Edge,
  snapshot: () => AuthSnapshot,
  { isWaiting, mayBeWaiting, wasToldNow }: Wait,
): Judge {
  const { clock, tickets, setting } = edge
  let failures = 0
  let lostDials = 0
  let haveWorked = false
  let refused: { at: number; turn: number } | null = null
  /** Fresh tickets refused one after the other; since which turn it is the JWT's turn. */
  let refusedInARow = 0
  let jwtsTurnSince: number | null = null
  let told = 0
  /** Something cannot be told from outside: the service's own count is taken over, if it is one of the possible ones. */
  let uncertain: number[] | null = null
  const stepsDown = new Map<Call, Evidence>()
  const evidence = new Map<SeenGrant, Evidence>()
  const accepted = new Set<Call>()
  /** The last failure that was reported to a call. One that only obeys a wait has none reported. */
  const reportedFailure = new Map<Call, TicketSocketError>()
  /** Whose request went on and has failed by itself. */
  const failedSince = new Set<Call>()

  function jwtHasHadItsTurn() {
    refusedInARow = 0
    jwtsTurnSince = null
  }

  function reset() {
    jwtHasHadItsTurn()
    refused = null
    failures = lostDials = told = 0
    haveWorked = false
    edge.isReverted = false
    for (const call of edge.calls) if (!call.end) call.wasReverted = false
  }

  function revert(why: string) {
    if (edge.isReverted || edge.ambushTurn === clock.turn()) return
    edge.isReverted = true
    for (const call of edge.calls) if (!call.end) call.metReversion = true
    edge.revertedTurn = edge.dropTurn = clock.turn()
    edge.reach(`reverted by ${why}`)
  }

  /** What fails beside a failure that has counted since it began is the same failure once more. */
  function count({ counted }: Call) {
    if (edge.ambushTurn === clock.turn()) return
    if (counted === null) return perhaps()
    if (counted !== edge.counted) return edge.reach('a failure beside another')
    edge.counted++
    failures++
    uncertain = uncertain?.map((possible) => possible + 1) ?? null
    if (failures >= edge.setting.maxTicketFailures) revert('failures')
  }

  function perhaps() {
    uncertain = uncertain ? [...uncertain, Math.max(...uncertain) + 1] : [failures, failures + 1]
  }

  const whySteppedDown = ({ call, grant, method }: SeenGrant): Evidence =>
    method === 'jwt' && grant.steppedDown && edge.ambushTurn !== clock.turn() ? (stepsDown.get(call) ?? 'none') : 'none'

  /** By a request for this attempt, or by one that was fetched ahead. */
  const hasAsked = (call: Call, cause: TicketSocketError) =>
    call.requests.length > 0 || reportedFailure.get(call) === cause

  /** At the step down: after it the call may wait for a newer JWT, and others report meanwhile. */
  function evidenceOf(call: Call, cause: TicketSocketError): Evidence {
    // The attack may have come before the failure or after it.
    if (edge.ambushTurn === clock.turn()) return 'uncertain'
    if (call.isReplaceable && cause.message.includes('(stepDownAfterMs)')) {
      edge.reach('a step down before the answer')
      return 'overtaken'
    }
    if (call.requests.length === 0 && refusedInARow >= 2 && cause.code === 'ticket_rejected') {
      edge.reach('a JWT dial after refusals')
      return 'refusals'
    }
    // A call that waited for a prefetched ticket has failed; one that came just now only obeys the wait.
    if (!hasAsked(call, cause) && mayBeWaiting()) return isWaiting() && !wasToldNow() ? 'none' : 'uncertain'
    if (NO_EVIDENCE.includes(cause.code)) return 'none'
    if (!edge.page.isOnline && (cause.code === 'network' || cause.code === 'timeout')) return 'none'
    if (hasAsked(call, cause)) return 'failed acquisition'
    if (cause.code !== 'connection_lost') return lostDials < 3 ? 'failed acquisition' : 'uncertain'
    // Who was about to ask when tickets were given up is told why.
    if (edge.isReverted) return 'none'
    if (lostDials < 3) edge.violate('bound', `a step down for lost dials after ${lostDials} of them`)
    edge.reach('a JWT dial after lost dials')
    return 'lost dials'
  }

  /** Bought for this attempt, or since the last one was refused. */
  function isFresh({ call }: SeenGrant, ticket: TicketLife): boolean {
    const isSince = refused !== null && (ticket.askedAt > refused.at || ticket.askedTurn >= refused.turn)
    if (ticket.call === call || isSince) return true
    // It came while the caller waited for its token: only the caller knows whether it waited for the ticket.
    return ticket.handedTurn >= call.turn && call.tookFresh === true
  }

  function ticketClosed(seen: SeenGrant, outcome: Outcome) {
    const ticket = tickets.get(seen.value ?? '')
    if (outcome === 'lost') return void lostDials++
    if (!ticket || outcome !== 'refused') return
    const isEvidence = isFresh(seen, ticket)
    // One that was requested before the last refusal was refused beside it.
    const isNext = !refused || ticket.askedAt > refused.at || ticket.askedTurn >= refused.turn
    edge.reach(isEvidence ? 'a fresh ticket refused' : 'a prefetched ticket refused')
    edge.dropTurn = clock.turn()
    if (isNext) refused = { at: clock.now(), turn: clock.turn() }
    if (!isEvidence) return
    if (!seen.call.isReplaceable) return count(seen.call)
    if (!isNext) return edge.reach('a ticket refused beside another')
    refusedInARow++
    if (refusedInARow >= 2) jwtsTurnSince ??= clock.turn()
  }

  function jwtReported(seen: SeenGrant, outcome: Outcome) {
    // A JWT that renews a live session stands in for no ticket (PR-79).
    if (seen.call.isRenewal && outcome !== 'lost') return
    const proof = evidence.get(seen) ?? 'none'
    if (outcome === 'accepted') {
      accepted.add(seen.call)
      // Whatever became of the ticket that was to follow them.
      const wereRefused = refusedInARow > 0
      if (wereRefused && proof !== 'refusals') edge.reach('a refused ticket, and a JWT for another reason')
      jwtHasHadItsTurn()
      const isEvidence =
        wereRefused ||
        proof === 'failed acquisition' ||
        (proof === 'lost dials' && !haveWorked) ||
        (proof === 'overtaken' && failedSince.has(seen.call))
      if (isEvidence) count(seen.call)
      else if (proof === 'uncertain') perhaps()
      if (proof === 'lost dials') lostDials = 0
    } else if (outcome === 'refused') jwtHasHadItsTurn()
    else if (outcome === 'lost' && seen.state === 'new' && proof === 'lost dials') lostDials = 0
  }

  function steppedDown({ cause }: AuthEvents['fallback']) {
    const call = edge.caller()
    if (call) stepsDown.set(call, evidenceOf(call, cause))
    // Of a call that only obeys a wait the cause is an older one.
    const isItsOwn = (call !== null && hasAsked(call, cause)) || !mayBeWaiting()
    if (isItsOwn && cause.code === 'tickets_unsupported') revert('404')
  }

  /** The request that an attempt has left has come to its own end. It counts if the JWT connection is accepted. */
  function failedByItself(call: Call, error: TicketSocketError) {
    edge.reach('an overtaken request that failed')
    // Of a request that was fetched ahead when the attempt began to wait for it, 404 says no more than another failure.
    if (error.code === 'tickets_unsupported' && isOvertakenMissing()) revert('404')
    const isSilence = error.code === 'network' || error.code === 'timeout'
    if (NO_EVIDENCE.includes(error.code) || (isSilence && !edge.page.isOnline)) return
    failedSince.add(call)
    if (accepted.has(call)) count(call)
  }

  const isLeft = (call: Call | null) => call !== null && stepsDown.get(call) === 'overtaken'

  const isOvertakenMissing = () =>
    edge.requests.some(({ call, answer, answeredTurn }) => {
      const isMissing = answer?.kind === 'status' && [404, 405, 501].includes(answer.status)
      return isMissing && isLeft(call) && answeredTurn === clock.turn()
    })

  function adopt({ reverted, ticketFailures }: AuthSnapshot) {
    failures = ticketFailures
    for (const call of edge.calls) call.counted = null
    if (reverted) revert('failures')
    else edge.isReverted = false
  }

  return {
    ended(call, end: CallEnd) {
      const hasSessionChanged = call.requests.some(({ sessionChanges }) => sessionChanges !== edge.sessionChanges)
      if (end.kind === 'grant') {
        const isThird = end.grant.method === 'ticket' && call.isReplaceable && jwtsTurnSince !== null
        if (isThird && jwtsTurnSince !== null && call.turn > jwtsTurnSince)
          edge.violate('bound', 'two fresh tickets were refused, and a third one is dialled with before the JWT')
        evidence.set(end.grant, whySteppedDown(end.grant))
      }
      if (end.kind !== 'error' || hasSessionChanged) return
      const { code } = end.error
      if (code === 'tickets_unsupported') revert('404')
      // No connection will report, so an answer is evidence at once.
      const isAlone = call.kind === 'take' || call.kind === 'request'
      if (isAlone && ANSWERS.includes(code)) count(call)
    },

    reported(seen, outcome) {
      if (seen.sessionChanges !== edge.sessionChanges || seen.state === 'ended' || outcome === 'unused') return
      if (seen.state === 'accepted') return
      if (seen.method === 'jwt') return jwtReported(seen, outcome)
      if (seen.method === 'none') return
      if (outcome !== 'accepted') return ticketClosed(seen, outcome)
      failures = lostDials = 0
      haveWorked = true
      refused = null
      jwtHasHadItsTurn()
      edge.reach('a ticket accepted')
    },

    failuresReset: reset,
    sessionChanged: reset,
    advised({ method, call, sessionChanges }, advice) {
      if (sessionChanges !== edge.sessionChanges || edge.ambushTurn === clock.turn()) return
      const mayFollow = method === 'ticket' && !call.isRenewal && call.kind !== 'only'
      const isAnotherLeft = call.isReplaceable || (snapshot().reverted && setting.chain.includes('jwt'))
      if ((advice === 'redial') !== (mayFollow && isAnotherLeft))
        edge.violate('advice', `${advice} after a refused ${method}`)
    },
    event(name, payload) {
      // Before the call ends: it may wait for a newer JWT after its step down.
      if (name === 'fallback') steppedDown(payload as AuthEvents['fallback'])
      const call = edge.caller()
      // Reported only while its session lasts.
      if (name === 'ticketFailed' && call) {
        const { error } = payload as AuthEvents['ticketFailed']
        reportedFailure.set(call, error)
        if (isLeft(call)) failedByItself(call, error)
      }
      if (name !== 'reverted') return
      // Learnt with the answer, before the request has failed.
      if ((payload as { cause: TicketSocketError }).cause.code === 'tickets_unsupported' && isOvertakenMissing())
        revert('404')
      told++
      if (told > 1) edge.violate('bound', 'the reversion was told twice')
    },

    ambushed() {
      // What a session has learnt says nothing about the next one. Else "before" and "after" are the service's to choose.
      if (edge.changeTurn !== edge.ambushTurn) adopt(snapshot())
    },

    quiet() {
      const shown = snapshot()
      if (uncertain?.includes(shown.ticketFailures)) adopt(shown)
      uncertain = null
      if (shown.reverted !== edge.isReverted) {
        edge.violate('bound', `reverted is ${shown.reverted} after ${failures} failures that count`)
      }
      if (!shown.reverted && shown.ticketFailures !== failures) {
        edge.violate('bound', `${shown.ticketFailures} failures are shown, ${failures} count`)
      }
      if (shown.reverted !== told > 0)
        edge.violate('bound', `reverted is ${shown.reverted}, and it was told ${told} times`)
    },
  }
}
