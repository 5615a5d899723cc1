// The parts of the auth service, wired once: who is told when a session ends, a ticket is bought, tickets are given up.

import type { TicketSocketError } from '../contract/errors.ts'
import { createEmitter } from '../platform/emitter.ts'
import { createSnapshotStore } from '../platform/snapshot-store.ts'
import { reportUncaught } from '../platform/system-platform.ts'
import type { AuthEvents, AuthSnapshot } from './auth-state.ts'
import { createCredentialBroker } from './credential-broker.ts'
import { within } from './deadline.ts'
import { createIdentity } from './identity.ts'
import { logEvents } from './log-events.ts'
import type { ResolvedAuthOptions } from './options.ts'
import type { Ticket } from './ticket.ts'
import { createTicketEndpoint } from './ticket-endpoint.ts'
import { createTicketHistory } from './ticket-history.ts'
import { createTicketLedger, type TicketLedger } from './ticket-ledger.ts'
import { createTicketPurchase } from './ticket-purchase.ts'

/** How long a log-out's revocation may take. Nobody waits for it. */
const LOGOUT_REVOKE_TIMEOUT_MS = 2_000

export function createAuthCore(options: ResolvedAuthOptions) {
  const { platform, baseUrl, retry, request, refreshThresholdMs, maxTicketFailures } = options
  const { clock, random, fetch, page, logger } = platform

  /** `fenced` is the port's: connections hear of it before the app does. */
  const events = createEmitter<AuthEvents & { fenced: boolean }>(reportUncaught)
  const { store, set } = createSnapshotStore(initialSnapshot(maxTicketFailures), reportUncaught)
  logEvents(events, logger)

  const endpoint = createTicketEndpoint({ fetch, clock, timeoutMs: options.requestTimeoutMs }, baseUrl)
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
    maxTicketFailures,
    onChange: ({ failures, reverted }, lastError) => set({ ticketFailures: failures, reverted, lastError }),
    onReverted(cause) {
      ledger.drop()
      events.emit('reverted', { cause })
    },
  })
  const broker = createCredentialBroker({
    options,
    identity,
    ledger: () => ledger,
    history,
    emit: (name, payload) => events.emit(name, payload as never),
    show: set,
  })
  const mayFetchAhead = () => page.isOnline() && !page.isHidden() && broker.wouldUseTicket()
  const buy = createTicketPurchase({ endpoint, identity, history, mayFetchAhead, request, retry, clock, random })
  const ledger: TicketLedger = createTicketLedger({
    async buy(options) {
      const ticket = await buy({ ...options, epoch: identity.epoch() })
      events.emit('ticketIssued', { handle: ticket.label, ttlMs: ticket.ttlMs, ahead: options.quiet })
      return ticket
    },
    mayPrefetch: mayFetchAhead,
    notBefore: () => history.record().notBefore,
    clock,
    random,
    refreshThresholdMs,
    onChange: showSpare,
    onRefreshed: ({ label: handle }) => events.emit('ticketRefreshed', { handle }),
  })
  const stopListening = page.subscribe(() => ledger.tend())

  function beginEpoch(signedIn: boolean) {
    const spare = ledger.drop()
    history.reset()
    broker.forget()
    // The flag may be another for another user.
    set({ signedIn, userId: identity.epoch().userId, ticketAuth: null })
    events.emit('fenced', signedIn)
    events.emit('userChanged', { signedIn })
    if (spare) revokeQuietly(spare)
  }

  function revokeQuietly({ boughtWith, pathName, label: handle }: Ticket) {
    const deadline = { clock, ms: LOGOUT_REVOKE_TIMEOUT_MS, signals: [], what: 'The revocation' }
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

  return { store, events, endpoint, identity, history, broker, ledger, clock, stopListening }
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
