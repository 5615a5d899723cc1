// One page, one backend, one auth service, and everybody who watches: built anew for each schedule.

import { AsyncLocalStorage } from 'node:async_hooks'
import type { AuthEvents } from '../../../src/auth/auth-events.ts'
import type { Credential } from '../../../src/auth/credential.ts'
import { UnifiedAuthService } from '../../../src/auth/unified-auth-service.ts'
import type { PageSignal } from '../../../src/platform/platform.ts'
import { createFastClock } from '../../support/fast-clock.ts'
import { seededRandom } from '../../support/seeded-random.ts'
import { createApp } from './app.ts'
import type { Call, CallEnd, Edge, Judge, SeenGrant } from './edge.ts'
import { judgeBound } from './judges/bound.ts'
import { judgeFreshness } from './judges/freshness.ts'
import { judgeJwt } from './judges/jwt.ts'
import { judgeRestraint } from './judges/restraint.ts'
import { judgeSecrecy } from './judges/secrecy.ts'
import { judgeSession } from './judges/session.ts'
import { judgeSettling } from './judges/settling.ts'
import { judgeTickets } from './judges/tickets.ts'
import { createNetwork, HTTP_URL } from './network.ts'
import type { Schedule } from './schedule.ts'
import type { Ambushed, Outcome } from './steps.ts'
import { createTracer } from './tracer.ts'

const EVENTS = [
  'ticketIssued',
  'ticketRefreshed',
  'ticketTaken',
  'ticketFailed',
  'fallback',
  'reverted',
  'userChanged',
] as const

/** A violated rule, with the moment in virtual milliseconds. */
export interface Violation {
  rule: string
  what: string
  atMs: number
}

/** When next `at` happens, and so many microtasks later. */
interface Ambush {
  at: Ambushed
  hops: number
  attack: () => void
}

/** By the values in what it would send: the only thing that a grant shows of its credential. */
function credentialOf(grant: Credential) {
  const value = new URL(grant.url('wss://api.example.com/ws')).searchParams.get('ticket')
  const entry = grant.method === 'jwt' ? grant.protocols().find((protocol) => protocol.startsWith('jwt.')) : undefined
  return { value, jwt: entry === undefined ? null : atob(entry.slice(4).replaceAll('-', '+').replaceAll('_', '/')) }
}

export type World = ReturnType<typeof createWorld>

export function createWorld({ setting }: Schedule, reach: (what: string) => void, trace?: (line: string) => void) {
  const clock = createFastClock()
  const context = new AsyncLocalStorage<Call>()
  const violations: Violation[] = []
  const judges: Judge[] = trace ? [createTracer(clock, trace)] : []
  const tell = (inform: (judge: Judge) => void) => judges.forEach(inform)
  const signals = new Set<(signal: PageSignal) => void>()
  let changing: 'sign-out' | 'sign-in' | null = null
  let ambush: Ambush | null = null

  const edge: Edge = {
    clock,
    setting,
    calls: [],
    requests: [],
    tokens: [],
    tickets: new Map(),
    grants: [],
    page: { isOnline: true, isHidden: false, offlineAt: -1 },
    revokedByApp: new Map(),
    leases: 0,
    questions: 0,
    sessionChanges: 0,
    explicitChanges: 0,
    changeTurn: -1,
    isReverted: false,
    counted: 0,
    revertedTurn: -1,
    dropTurn: -1,
    revokedTurn: -1,
    ambushTurn: -10,
    ambushAt: -10,
    sleptMs: 0,
    worstThrottleMs: 0,
    violate: (rule, what) => void violations.push({ rule, what, atMs: clock.now() }),
    reach,
    caller: () => context.getStore() ?? null,
    hasPrefetched: () => auth.store.getState().prefetched !== null,
    lastSeenJwt: () => auth.getAuthHeaders().Authorization?.replace('Bearer ', '') ?? null,
  }

  function strike(at: Ambushed) {
    if (ambush?.at !== at) return
    const { hops, attack } = ambush
    ambush = null
    const spring = () => {
      edge.ambushTurn = clock.turn()
      edge.ambushAt = clock.now()
      reach(`an ambush at ${at}`)
      clock.after(0, () => tell((judge) => judge.ambushed?.()))
      attack()
    }
    const hop = async () => {
      for (let i = 0; i < hops; i++) await null
      spring()
    }
    // Without a hop it comes at once, inside of whatever is going on.
    context.exit(hops === 0 ? spring : () => void hop())
  }

  const app = createApp({
    edge,
    onTokenAsked: (asked) => tell((judge) => judge.tokenAsked?.(asked)),
    onAnswered: strike,
  })
  const network = createNetwork({
    edge,
    jwts: app.jwts,
    onRequest: (request) => tell((judge) => judge.requested?.(request)),
    onAnswer(request) {
      tell((judge) => judge.answered?.(request))
      if (request.isTicketRequest) strike('answer')
    },
  })
  const log = (...line: unknown[]) => tell((judge) => judge.event?.('a log line', line))
  const auth = new UnifiedAuthService({
    httpUrl: HTTP_URL,
    getToken: app.getToken,
    ...(setting.hasRefreshToken && { refreshToken: app.refreshToken }),
    ticketAuth: app.flag,
    chain: setting.chain,
    maxTicketFailures: setting.maxTicketFailures,
    ticket: { singleUse: setting.singleUse, ...(setting.asksForPermissions && { permissions: ['chat'] }) },
    platform: {
      clock,
      random: seededRandom(setting.seed),
      fetch: network.fetch,
      page: {
        isOnline: () => edge.page.isOnline,
        isHidden: () => edge.page.isHidden,
        subscribe(listener) {
          signals.add(listener)
          return () => void signals.delete(listener)
        },
      },
      logger: { debug: log, info: log, warn: log, error: log },
    },
  })
  const snapshot = auth.store.getState
  const restraint = judgeRestraint(edge, app.knownFlag, snapshot)
  judges.push(
    judgeTickets(edge),
    judgeSession(edge, app.jwts, snapshot),
    judgeJwt(edge, app.jwts),
    judgeFreshness(edge, app.jwts),
    restraint,
    judgeBound(edge, snapshot, restraint),
    judgeSettling(edge),
    judgeSecrecy(edge, snapshot),
  )

  auth.onSessionChange((signedIn) => {
    edge.sessionChanges++
    edge.changeTurn = edge.dropTurn = clock.turn()
    tell((judge) => judge.sessionChanged?.(signedIn, changing !== null))
  })
  for (const name of EVENTS) {
    auth.on(name, (payload: AuthEvents[typeof name]) => {
      const call = edge.caller()
      if (name === 'fallback' && call) {
        call.fallbacks.push((payload as AuthEvents['fallback']).cause)
        call.fallbackTurn = clock.turn()
      }
      if (name === 'ticketTaken' && call) {
        call.tookFresh = (payload as AuthEvents['ticketTaken']).fresh
        call.tookAfterDrop = edge.dropTurn
        call.tookTurn = clock.turn()
      }
      tell((judge) => judge.event?.(name, payload))
      if (name !== 'ticketRefreshed') strike(name)
    })
  }

  auth.store.subscribe(() => strike('snapshot'))

  function end(
    call: Call,
    how:
      | { kind: 'grant'; grant: SeenGrant }
      | { kind: 'ticket'; value: string }
      | { kind: 'error' | 'thrown'; error: unknown },
  ) {
    const ended = { ...how, turn: clock.turn(), at: clock.now() } as CallEnd
    call.end = ended
    tell((judge) => judge.ended?.(call, ended))
  }

  function granted(call: Call, grant: Credential) {
    const { value, jwt } = credentialOf(grant)
    const seen: SeenGrant = {
      call,
      grant,
      method: grant.method,
      sessionChanges: edge.sessionChanges,
      value,
      jwt: jwt === null ? null : (app.jwts.get(jwt) ?? null),
      state: 'new',
    }
    // Of a grant that came between two microtasks nobody can say whose session it is: nobody reports on it.
    if (edge.ambushTurn !== clock.turn()) edge.grants.push(seen)
    end(call, { kind: 'grant', grant: seen })
  }

  const jwtReplaces = setting.chain.includes('jwt') && setting.chain.includes('ticket') && !setting.asksForPermissions

  function begin(kind: Call['kind'], isRenewal = false): Call {
    const call: Call = {
      id: edge.calls.length,
      kind,
      isReplaceable: kind === 'acquire' && !isRenewal && jwtReplaces,
      isRenewal,
      at: clock.now(),
      progressAt: clock.now() - edge.sleptMs,
      turn: clock.turn(),
      sessionChanges: edge.sessionChanges,
      explicitChanges: edge.explicitChanges,
      wasReverted: edge.isReverted,
      metReversion: edge.isReverted,
      counted: edge.counted,
      controller: new AbortController(),
      isLeaseFree: edge.leases === 0,
      requests: [],
      tokens: [],
      flag: 'unread',
      flagAt: -1,
      flagTurn: -1,
      flagsOpen: 0,
      fallbacks: [],
      fallbackTurn: -1,
      tookFresh: null,
      tookAfterDrop: null,
      tookTurn: null,
      end: null,
    }
    edge.calls.push(call)
    return call
  }

  return {
    edge,
    auth,
    /** Reads the token and the flag as a call does, and wants nothing. */
    initialize() {
      const reader = begin('take')
      edge.calls.pop()
      return context.run(reader, () => auth.initialize())
    },

    app,
    network,
    clock,
    violations,
    tell,

    acquire({ only, renew } = { only: false, renew: false }): Call {
      const call = begin(only ? 'only' : 'acquire', renew)
      const options = { signal: call.controller.signal, ...(only && { only: 'ticket' as const }), renew }
      context
        .run(call, () => auth.acquire(options))
        .then(
          (grant) => granted(call, grant),
          (error: unknown) => end(call, { kind: 'error', error }),
        )
      return call
    },

    take(always: boolean) {
      const call = begin(always ? 'request' : 'take')
      context
        .run(call, () => (always ? auth.requestWebSocketTicket() : auth.getWebSocketTicket()))
        .then(
          (result) =>
            end(
              call,
              result.success ? { kind: 'ticket', value: result.ticket.ticket } : { kind: 'error', error: result.error },
            ),
          (error: unknown) => end(call, { kind: 'thrown', error }),
        )
    },

    report(seen: SeenGrant, outcome: Outcome) {
      tell((judge) => judge.reported?.(seen, outcome))
      const isFirst = seen.state === 'new'
      if (seen.state !== 'ended') seen.state = outcome === 'accepted' ? 'accepted' : 'ended'
      const advice = seen.grant.report({ kind: outcome })
      if (outcome === 'refused' && isFirst) tell((judge) => judge.advised?.(seen, advice))
      else if (advice) edge.violate('advice', `advice after a report of ${outcome}`)
    },

    /** The app says itself that a session ends or begins. */
    changeSession(what: 'sign-out' | 'sign-in') {
      tell((judge) => judge.changing?.(what))
      edge.explicitChanges++
      // So long at most whoever asks anew waits for what the app was asked before.
      const progressAt = () => clock.now() - edge.sleptMs
      const waitMs = 10_000 + edge.worstThrottleMs
      clock.after(waitMs, () =>
        edge.calls.forEach((call) => call.end || Object.assign(call, { progressAt: progressAt() })),
      )
      const outer = changing
      changing = what
      if (what === 'sign-out') auth.handleLogout()
      else auth.signedIn()
      changing = outer
      if (edge.changeTurn !== clock.turn()) edge.violate('session', `a ${what} reached no listener`)
    },

    signal(signal: 'online' | 'offline' | 'shown' | 'hidden') {
      if (signal === 'offline') edge.page.offlineAt = clock.now()
      if (signal === 'online' || signal === 'offline') edge.page.isOnline = signal === 'online'
      else edge.page.isHidden = signal === 'hidden'
      for (const listener of [...signals]) listener(signal)
    },

    ambush(prepared: Ambush | null) {
      ambush = prepared
    },
    listeners: () => signals.size,
  }
}
