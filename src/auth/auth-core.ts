// The parts of the auth service, wired once: who is told when a session ends, a ticket is bought, tickets are given up.

import type { TicketSocketError } from '../contract/errors.ts'
import { createEmitter } from '../platform/emitter.ts'
import { createSnapshotStore } from '../platform/snapshot-store.ts'
import { reportUncaught } from '../platform/system-platform.ts'
import type { AuthEvents, AuthSnapshot } from './auth-state.ts'
import { createSignalOf } from './call-options.ts'
import { createCredentialBroker } from './credential-broker.ts'
import { disposed } from './credential-errors.ts'
import { within } from './deadline.ts'
import { createFlagReader } from './flag-reader.ts'
import { createIdentity, type Epoch } from './identity.ts'
import { createJwtFreshness } from './jwt-freshness.ts'
import { logEvents } from './log-events.ts'
import type { ResolvedAuthOptions } from './options.ts'
import { createReportingGrants } from './reporting-grants.ts'
import type { Ticket } from './ticket.ts'
import { createTicketAdministration } from './ticket-administration.ts'
import { createTicketCalls } from './ticket-calls.ts'
import { createTicketEndpoint } from './ticket-endpoint.ts'
import { createTicketHistory } from './ticket-history.ts'
import { createTicketLedger, type TicketLedger } from './ticket-ledger.ts'
import { createTicketPurchase } from './ticket-purchase.ts'

/** How long the revocation at a sign-out may take. Nobody waits for it. */
const LOGOUT_REVOKE_TIMEOUT_MS = 2_000

/** `fenced` is the port's: connections hear of it before the app does. */
type Told = AuthEvents & { fenced: boolean }

export function createAuthCore(options: ResolvedAuthOptions) {
  const { platform, baseUrl, retry, request, refreshThresholdMs, maxTicketFailures } = options
  const { clock, random, fetch, page, logger } = platform

  const events = createEmitter<Told>(reportUncaught)
  const { store, set } = createSnapshotStore(initialSnapshot(maxTicketFailures), reportUncaught)
  logEvents(events, logger)

  const endpoint = createTicketEndpoint(
    { fetch, clock, timeoutMs: options.requestTimeoutMs, secrets: () => identity.known() },
    baseUrl,
  )
  const identity = createIdentity({
    getToken: options.getToken,
    refreshToken: options.refreshToken,
    clock,
    timeoutMs: options.tokenTimeoutMs,
    onFence: beginEpoch,
    onBarred: () => logger.warn('getToken still gives the JWT of a session that has ended: it is taken for none'),
  })
  const history = createTicketHistory({
    clock,
    policy: { maxTicketFailures, jwtReplaces: options.jwtReplaces },
    onChange: ({ failures, reverted }, lastError) => set({ ticketFailures: failures, reverted, lastError }),
    onReverted(cause) {
      const session = identity.epoch()
      ledger.drop()
      emit(session, 'reverted', { cause })
    },
  })
  const flag = createFlagReader({ options, identity, onRead: (ticketAuth) => set({ ticketAuth }) })
  const freshness = createJwtFreshness({
    identity,
    hasRefreshToken: options.refreshToken !== undefined,
    isOnline: () => page.isOnline(),
    clock,
    random,
  })
  const grants = createReportingGrants({
    options,
    identity,
    freshness,
    ledger: () => ledger,
    history,
    nextMethod: () => broker.nextMethod(flag.now()),
  })
  const broker = createCredentialBroker({
    options,
    identity,
    freshness,
    flag,
    ledger: () => ledger,
    history,
    grants,
    emit: (session, name, payload) => emit(session, name, payload as never),
    onSeen: (held) => set({ signedIn: held !== null, userId: identity.epoch().userId }),
  })
  const mayFetchAhead = (ticketAuth: boolean) => {
    const held = identity.lastSeen()
    // The app is asked for a newer JWT by the attempt that comes next: a ticket of the ended one would not serve it.
    const isUsable = held !== null && !freshness.hasEnded(held)
    return isUsable && page.isOnline() && !page.isHidden() && broker.nextMethod(ticketAuth) === 'ticket'
  }
  const buy = createTicketPurchase({
    endpoint,
    identity,
    history,
    mayFetchAhead,
    readFlag: flag.read,
    isOnline: () => page.isOnline(),
    request,
    retry,
    clock,
    random,
  })
  const ledger: TicketLedger = createTicketLedger({
    async buy(options) {
      const epoch = identity.epoch()
      const ticket = await buy({ ...options, epoch })
      freshness.noteAccepted(ticket.boughtWith)
      emit(epoch, 'ticketIssued', { handle: ticket.label, ttlMs: ticket.ttlMs, ahead: options.quiet })
      return ticket
    },
    mayPrefetch: () => mayFetchAhead(flag.now()),
    notBefore: () => history.record().notBefore,
    clock,
    random,
    refreshThresholdMs,
    onChange: showSpare,
    isReusable: request.single_use === false,
    onRefreshed: ({ label: handle }) => emit(identity.epoch(), 'ticketRefreshed', { handle }),
  })
  const administration = createTicketAdministration({ endpoint, identity, ledger, signedIn: broker.signedIn })
  const stopListening = page.subscribe(() => ledger.tend())
  const disposal = new AbortController()
  const signalOf = createSignalOf(disposal.signal)
  const tickets = createTicketCalls({ broker, ledger, usual: request, signalOf })

  /** What is told of a session is told to nobody once it has ended: one of those who hear of it may end it. */
  function emit<Name extends keyof Told>(session: Epoch, name: Name, payload: Told[Name]) {
    events.emit(name, payload, () => session.signal.aborted)
  }

  /** Any step may lead to another fence, whose own call of this has done the rest by the time it returns. */
  function beginEpoch(begun: Epoch, signedIn: boolean) {
    flag.forget()
    const spare = ledger.drop()
    if (!begun.signal.aborted) history.forget()
    if (!begun.signal.aborted) set({ signedIn, userId: begun.userId, ticketAuth: null })
    emit(begun, 'fenced', signedIn)
    emit(begun, 'userChanged', { signedIn })
    if (spare) revokeQuietly(spare)
  }

  function revokeQuietly({ boughtWith, pathName, label: handle }: Ticket) {
    const deadline = { clock, ms: LOGOUT_REVOKE_TIMEOUT_MS, signals: [], what: 'The revocation', remedy: '' }
    within(deadline, (signal) => endpoint.revoke(boughtWith, pathName.reveal(), [signal])).catch(
      ({ code }: TicketSocketError) => logger.debug('the unspent ticket was not revoked', { handle, code }),
    )
  }

  function showSpare() {
    const spare = ledger.spare()
    if (!spare) return set({ spare: null })
    const refreshAt = clock.wallNow() + Math.max(0, spare.refreshAt - clock.now())
    set({ spare: { handle: spare.ticket.label, expiresAt: spare.ticket.expiresAtWall, refreshAt } })
  }

  function dispose() {
    stopListening()
    identity.signOut()
    events.clear()
    disposal.abort(disposed())
  }

  return {
    store,
    events,
    endpoint,
    identity,
    history,
    flag,
    freshness,
    broker,
    ledger,
    tickets,
    administration,
    clock,
    signalOf,
    dispose,
  }
}

// The same on server and client: no clock, no network, no token.
const initialSnapshot = (maxTicketFailures: number): AuthSnapshot => ({
  ticketAuth: null,
  signedIn: null,
  userId: null,
  ticketFailures: 0,
  maxTicketFailures,
  reverted: false,
  spare: null,
  lastError: null,
})
