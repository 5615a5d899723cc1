// When no ticket may be asked for: flag off, given up, told to wait, more often than the policy says, unseen or offline.

import type { AuthSnapshot } from '../../../../src/auth/auth-snapshot.ts'
import { is401, isTryLater } from '../answers.ts'
import type { KnownFlag } from '../app.ts'
import type { Call, Edge, Judge, SeenRequest } from '../edge.ts'
import { waitIn } from '../replies.ts'
import type { Wait } from './bound.ts'

/** A try that fetches ahead is not repeated: what follows sooner is a retry. */
const QUIET_MS = 2_000
/** A prefetched ticket is replaced at half of its life or later; jitter makes it a little earlier. */
const MOST_LEFT = 0.65
const MAX_REQUESTS = 4
/** Of an attempt that could connect with the JWT. */
const MAX_REQUESTS_IN_HASTE = 2
const MAX_PARALLEL = 6
/** So old a reading of the flag is good for a request. */
const READING_MS = 5

export function judgeRestraint(edge: Edge, knownFlag: () => KnownFlag, snapshot: () => AuthSnapshot): Judge & Wait {
  const { clock, setting } = edge
  let wait = { until: 0, toldTurn: -1 }
  let waitBefore = wait
  let mayWaitUntil = 0
  let lastToldTurn = -1
  let lastAhead: SeenRequest | null = null
  let wasRenewed = false

  /** Whose request it is: certainly its caller's, certainly one ahead of need, or perhaps either. */
  function purposeOf({ call }: SeenRequest): 'own' | 'ahead' | 'either' {
    if (!call) return 'ahead'
    return call.isLeaseFree ? 'own' : 'either'
  }

  function own(call: Call) {
    const { requests } = call
    const isOn = setting.ticketAuth === 'function' ? call.flag !== 'off' : setting.ticketAuth !== 'false'
    if (!isOn) edge.violate('flag', `a ticket was asked for, the flag being ${call.flag}`)
    const before = requests.at(-2)
    const wasReadSince = call.flagAt >= clock.now() - READING_MS && (!before || call.flagTurn >= before.answeredTurn)
    if (setting.ticketAuth === 'function' && !wasReadSince)
      edge.violate('flag', 'a ticket was asked for without looking at the flag once more')
    if (call.end && call.end.turn < clock.turn())
      edge.violate('restraint', 'a ticket was asked for that nobody waits for')
    const refusals = requests.filter(({ answer }) => is401(answer)).length
    if (refusals > 1) edge.violate('restraint', 'a ticket was asked for after a second 401')
    const most = call.isReplaceable ? MAX_REQUESTS_IN_HASTE : MAX_REQUESTS
    if (requests.length > most + Math.min(refusals, 1)) {
      edge.violate('restraint', `${requests.length} requests were made for one ticket`)
    }
    if (requests.length === MAX_REQUESTS) edge.reach('a fourth request')
  }

  /** Of its life, how much the prefetched ticket that is shown has before it. */
  function shareLeftOfPrefetched(): number {
    const handle = snapshot().prefetched?.handle
    const prefetched = [...edge.tickets.values()].find((ticket) => handle !== undefined && ticket.handle === handle)
    if (!prefetched || prefetched.isUncertain) return 0
    return 1 - Math.max(clock.now() - prefetched.askedAt, clock.wallNow() - prefetched.askedWallAt) / prefetched.ttlMs
  }

  /** An attempt has connected with the JWT before what it waited for was requested; its connection keeps it alive. */
  const isLeftBehind = () =>
    edge.grants.some(({ grant, state }) => grant.steppedDown?.cause.code === 'timeout' && state !== 'ended')

  function ahead(request: SeenRequest) {
    // Somebody may have come to wait for it: then it is not ahead of need any more.
    const isAwaited = edge.calls.some(({ end }) => !end)
    if (!isAwaited) {
      if (edge.leases === 0 && !isLeftBehind()) edge.violate('restraint', 'a ticket was fetched ahead for nobody')
      if (edge.page.isHidden) edge.violate('restraint', 'a ticket was fetched ahead by a hidden page')
      if (!edge.page.isOnline) edge.violate('restraint', 'a ticket was fetched ahead by a page that is offline')
      const { isOn, at } = knownFlag()
      if (setting.ticketAuth === 'function' && !(isOn && at === clock.now()))
        edge.violate('flag', 'a ticket was fetched ahead without asking the flag, or with the flag off')
    }
    // While the app thinks about its token, a ticket may be put back; and by a caller that was struck down just then.
    const isAtOnce = edge.tokens.findLast(({ call }) => !call)?.askedAt === clock.now() && edge.ambushAt !== clock.now()
    // One that was given up halfway, as when its lease ended, has not failed.
    const wasGivenUp = (lastAhead?.init.signal as AbortSignal | undefined)?.aborted
    const forgottenTurn = Math.max(edge.dropTurn, edge.revokedTurn)
    const failed =
      lastAhead?.answer && !lastAhead.issued && !wasGivenUp && lastAhead.turn > forgottenTurn ? lastAhead : null
    // What strikes may clear the pause: tickets given up, and tried again at once.
    const isSoon = failed !== null && clock.now() < failed.answeredAt + QUIET_MS && edge.ambushAt !== clock.now()
    // With a newer JWT after 401 it is the same try.
    const isRenewed = is401(failed?.answer) && failed?.jwt?.value !== request.jwt?.value && !wasRenewed
    // Since the try began, somebody else may have bought a reusable one.
    const isEarly = isAtOnce && !isRenewed && shareLeftOfPrefetched() > MOST_LEFT
    if (isEarly) edge.violate('restraint', 'a prefetched ticket was replaced early in its life')
    if (isSoon && !isRenewed) edge.violate('restraint', 'a quiet try was repeated')
    wasRenewed = isSoon && isRenewed
    lastAhead = request
    edge.reach('a ticket fetched ahead')
  }

  return {
    /** Whether the backend has asked to wait, and the wait is not over. */
    isWaiting: () => clock.now() < wait.until,
    mayBeWaiting: () => clock.now() < mayWaitUntil,
    wasToldNow: () => lastToldTurn === clock.turn(),

    requested(request) {
      if (!request.isTicketRequest) return
      const purpose = purposeOf(request)
      if (purpose === 'own') own(request.call as Call)
      if (purpose === 'ahead') ahead(request)
      if (!setting.chain.includes('ticket') && !['take', 'request'].includes(request.call?.kind ?? '')) {
        if (request.call?.kind !== 'only') edge.violate('restraint', 'a ticket was asked for against the chain')
      }
      // What is told and what is asked in the same turn have crossed.
      if (edge.isReverted && edge.revertedTurn < clock.turn()) {
        edge.violate('reverted', 'a ticket was asked for after tickets were given up')
      }
      if (clock.now() < wait.until && wait.toldTurn < clock.turn()) {
        edge.violate('Retry-After', `a ticket was asked for ${wait.until - clock.now()} ms too early`)
      }
      const open = edge.requests.filter(({ isTicketRequest, isOpen }) => isTicketRequest && isOpen)
      const isOneAhead = open.some((other) => purposeOf(other) !== 'own')
      if (open.length > MAX_PARALLEL + (isOneAhead ? 1 : 0)) {
        edge.violate('restraint', `${open.length} requests are open at the same time`)
      }
      if (open.length === MAX_PARALLEL) edge.reach('six requests side by side')
    },

    ambushed() {
      // Cut off as it came: the service may never have heard it.
      if (wait.toldTurn === edge.ambushTurn) wait = waitBefore
    },

    answered({ path, answer, isTicketRequest, sessionChanges }) {
      // A sign-out everywhere drops the prefetched ticket, and begins anew; nothing is repeated then.
      if (path.endsWith('/tickets')) lastAhead = null
      if (!answer || !isTicketRequest || sessionChanges !== edge.sessionChanges) return
      if (answer.kind !== 'status' || !isTryLater(answer.status)) return
      const ms = waitIn(answer.retryAfter, clock)
      if (ms === null || ms === 0) return
      edge.reach('told to wait')
      lastToldTurn = clock.turn()
      mayWaitUntil = Math.max(mayWaitUntil, clock.now() + ms)
      if (clock.now() + ms <= wait.until) return
      waitBefore = wait
      wait = { until: clock.now() + ms, toldTurn: clock.turn() }
    },

    ended(call, end) {
      // Where no JWT connection can be refused, nothing but the wait stands in the way.
      if (end.kind !== 'error' || end.error.code !== 'unauthenticated' || setting.chain.includes('jwt')) return
      const { answer } = call.tokens[0] ?? {}
      const isSignedIn = typeof answer === 'object' && answer.value === edge.lastSeenJwt() && call.tokens.length === 1
      const isOn = setting.ticketAuth === 'function' ? call.flag === 'on' : setting.ticketAuth !== 'false'
      const isWaiting = clock.now() < wait.until && wait.toldTurn < clock.turn()
      if (isWaiting && isSignedIn && isOn && !edge.isReverted && setting.chain.includes('ticket')) {
        edge.violate('Retry-After', 'who has only to wait is told to sign in')
      }
    },

    sessionChanged() {
      wait = { until: 0, toldTurn: -1 }
      mayWaitUntil = 0
    },
  }
}
