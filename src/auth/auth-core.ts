// The parts of the auth service, wired once. Each part is called with the session that it works for; here it is shown and
// reported, and here the next one begins.

import type { TicketSocketError } from '../contract/errors.ts'
import type { AuthMethod } from '../contract/wire.ts'
import { createEmitter } from '../platform/emitter.ts'
import { createSnapshotStore } from '../platform/snapshot-store.ts'
import { reportUncaught } from '../platform/system-platform.ts'
import { createAttempts } from './attempt.ts'
import type { CoreEvents } from './auth-events.ts'
import { type AuthSnapshot, snapshotOf } from './auth-snapshot.ts'
import { disposed } from './credential-errors.ts'
import { createCredentials } from './credential-kinds.ts'
import { createSignalOf, within } from './deadline.ts'
import { methodsFor } from './fallback-chain.ts'
import { createFlagReader } from './feature-flag.ts'
import { createIdentity } from './identity.ts'
import { createJwtFreshness } from './jwt-freshness.ts'
import type { ResolvedAuthOptions } from './options.ts'
import { type AuthSession, createSessions } from './session.ts'
import type { Ticket } from './ticket.ts'
import { createTicketApi } from './ticket-api.ts'
import { dropCache } from './ticket-cache.ts'
import { createTicketHealth } from './ticket-health.ts'
import { createTicketIssuing } from './ticket-issuing.ts'
import { createTicketPool } from './ticket-pool.ts'
import { isSignedIn, jwtOf } from './user-state.ts'

/** How long the revocation at a sign-out may take. Nobody waits for it. */
const SIGN_OUT_REVOKE_TIMEOUT_MS = 2_000

export function createAuthCore(options: ResolvedAuthOptions) {
  const { platform, chain, baseUrl, retry, request, refreshThresholdMs, maxTicketFailures } = options
  const { clock, random, fetch, page, logger } = platform
  const isOnline = () => page.isOnline()

  const events = createEmitter<CoreEvents>(reportUncaught)
  const sessions = createSessions(onBegun)
  const shown = (session: AuthSession) => snapshotOf(session, maxTicketFailures)
  const { store, set } = createSnapshotStore<AuthSnapshot>(shown(sessions.current()), reportUncaught)
  const connectionsKnow = new WeakSet([sessions.current()])
  // Before every subscriber of the app: one that sends, on seeing the next user, sends nothing on a connection of the last.
  store.subscribe(() => callConnections(sessions.current()))

  const identity = createIdentity({
    sessions,
    getToken: options.getToken,
    refreshToken: options.refreshToken,
    clock,
    timeoutMs: options.tokenTimeoutMs,
    onChange: show,
    onBarred: () => logger.warn('getToken still gives the JWT of a session that has ended: it is taken for none'),
  })
  const known = () => identity.known(sessions.current())
  const api = createTicketApi({ fetch, clock, page, timeoutMs: options.requestTimeoutMs, secrets: known }, baseUrl)
  const policy = { maxTicketFailures, jwtReplaces: options.jwtReplaces }
  const health = createTicketHealth({ clock, policy, onChange: show, emit })
  const flag = createFlagReader({
    flag: options.ticketAuth,
    timeoutMs: options.tokenTimeoutMs,
    clock,
    logger,
    onRead: show,
  })
  const hasRefreshToken = options.refreshToken !== undefined
  const freshness = createJwtFreshness({ identity, hasRefreshToken, isOnline, clock, random })
  const issue = createTicketIssuing({
    api,
    identity,
    freshness,
    health,
    mayFetchAhead,
    readFlag: flag.read,
    isOnline,
    request,
    retry,
    clock,
    random,
    emit,
  })
  const pool = createTicketPool({
    sessions,
    issue,
    mayPrefetch: mayFetchAhead,
    clock,
    random,
    refreshThresholdMs,
    onChange: show,
    isReusable: request.single_use === false,
    emit,
  })
  const hasMethod = (session: AuthSession) => nextMethod(session) !== null
  const credentials = createCredentials({ options, identity, freshness, pool, health, hasMethod })
  const disposal = new AbortController()
  const signalOf = createSignalOf(disposal.signal)
  const attempts = createAttempts({ options, identity, freshness, flag, pool, health, credentials, emit, signalOf })
  const stopListening = page.subscribe(() => pool.tend())

  /** A session that has ended is not shown. */
  function show(session: AuthSession) {
    if (!session.signal.aborted) set(shown(session))
  }

  /** An event reaches no listener after its session has ended, or after `reverted` was taken back by a reset. */
  function emit<Name extends keyof CoreEvents>(session: AuthSession, name: Name, payload: CoreEvents[Name]) {
    const { signal } = session
    events.emit(name, payload, () => signal.aborted || (name === 'reverted' && !session.health.record.reverted))
  }

  function onBegun(begun: AuthSession, ended: AuthSession) {
    const unspent = dropCache(ended)
    show(begun)
    // Also where the snapshot is the same: somebody who is not signed in signs out.
    callConnections(begun)
    emit(begun, 'userChanged', { signedIn: isSignedIn(begun.user) === true })
    if (unspent) revokeQuietly(unspent)
  }

  /** Once for each session. */
  function callConnections(session: AuthSession) {
    if (connectionsKnow.has(session)) return
    connectionsKnow.add(session)
    emit(session, 'sessionChanged', isSignedIn(session.user) === true)
  }

  function revokeQuietly({ issuedFor, pathName, label: handle }: Ticket) {
    const deadline = { clock, ms: SIGN_OUT_REVOKE_TIMEOUT_MS, signals: [] }
    within(deadline, (signal) => api.revoke(issuedFor, pathName.reveal(), [signal])).catch(
      ({ code }: TicketSocketError) => logger.debug('the unspent ticket was not revoked', { handle, code }),
    )
  }

  /** The method with which an attempt would begin now, the flag being so; null: none is left. */
  function nextMethod(session: AuthSession, ticketAuth = flag.now(session)): AuthMethod | null {
    const { record } = session.health
    const hasToken = jwtOf(session.user) !== null
    const [method = null] = methodsFor({ record, ticketAuth, hasToken, chain, now: clock.now() })
    return method
  }

  function mayFetchAhead(session: AuthSession, ticketAuth = flag.now(session)): boolean {
    const jwt = jwtOf(session.user)
    // The app is asked for a newer JWT by the attempt that comes next: a ticket of the ended one would not serve it.
    const isUsable = jwt !== null && !freshness.hasEnded(jwt)
    return isUsable && page.isOnline() && !page.isHidden() && nextMethod(session, ticketAuth) === 'ticket'
  }

  function dispose() {
    stopListening()
    // A listener of the sign-out that calls the service calls one that was disposed of.
    disposal.abort(disposed())
    identity.signOut(sessions.current())
    events.clear()
  }

  return {
    options,
    clock,
    store,
    events,
    emit,
    sessions,
    api,
    identity,
    health,
    flag,
    freshness,
    pool,
    attempts,
    nextMethod,
    signalOf,
    dispose,
  }
}
