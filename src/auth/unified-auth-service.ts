import type { TicketSocketError } from '../contract/errors.ts'
import type { TicketSystemStatus, TicketValidationResponse } from '../contract/wire.ts'
import type { Listener } from '../platform/emitter.ts'
import { knownEvent } from '../platform/known-names.ts'
import type { SnapshotStore } from '../platform/snapshot-store.ts'
import { createAuthCore } from './auth-core.ts'
import { AUTH_EVENTS, type AuthEvents } from './auth-events.ts'
import type { AuthSnapshot } from './auth-snapshot.ts'
import type { AcquireOptions, Credential, CredentialSource } from './credential.ts'
import type { CallOptions } from './deadline.ts'
import { logEvents } from './log-events.ts'
import { resolveAuthOptions, type UnifiedAuthServiceOptions } from './options.ts'
import { createSignInCalls } from './sign-in-calls.ts'
import { createTicketAdministration, type TicketAdministration } from './ticket-administration.ts'
import { createTicketCalls, type TicketCalls } from './ticket-calls.ts'
import type { TicketRequestOptions } from './ticket-request.ts'
import { jwtOf } from './user-state.ts'
import type { TicketRequestResult, WebSocketAuthConfig } from './websocket-ticket.ts'

/**
 * Turns the app's JWT into permission to open a WebSocket: by ticket where it can, by JWT where it must, and without
 * either only when nobody is signed in.
 *
 * One instance serves the whole page. It does not log anybody in, writes nothing to storage, and asks for no ticket
 * unless `ticketAuth` is on.
 *
 * @example
 * ```ts
 * import { createTicketSocket, UnifiedAuthService } from 'ticket-socket'
 *
 * declare const session: { jwt: string | null; refresh(): Promise<string> }
 * const auth = new UnifiedAuthService({
 *   httpUrl: 'https://api.example.com',
 *   getToken: () => session.jwt,
 *   refreshToken: () => session.refresh(),
 *   ticketAuth: true,
 * })
 * const socket = createTicketSocket({ url: 'wss://api.example.com/ws', auth })
 * socket.connect()
 * ```
 */
export class UnifiedAuthService implements CredentialSource, TicketCalls, TicketAdministration {
  /** Snapshots for display; zustand's `useStore` takes it as it is. */
  readonly store: SnapshotStore<AuthSnapshot>
  /**
   * Whether tickets are on, where that does not depend on the attempt; undefined for a function and for a roll-out. It stays
   * true after reverting. `store` has the flag as it was last read.
   */
  readonly ticketAuth: boolean | undefined
  readonly #core
  readonly #signIn
  readonly #tickets
  readonly #administration

  constructor(options: UnifiedAuthServiceOptions) {
    const resolved = resolveAuthOptions(options)
    const { ticketAuth, chain, platform } = resolved
    this.ticketAuth = typeof ticketAuth === 'boolean' ? ticketAuth && chain.includes('ticket') : undefined
    const core = createAuthCore(resolved)
    this.#core = core
    this.#signIn = createSignInCalls(core)
    this.#tickets = createTicketCalls(core)
    this.#administration = createTicketAdministration(core)
    this.store = core.store
    logEvents(core.events, platform.logger)
  }

  get #session() {
    return this.#core.sessions.current()
  }

  get #jwt(): string | null {
    return jwtOf(this.#session.user)?.token.reveal() ?? null
  }

  /** The returned function ends the subscription. Throws a `TypeError` for an event that does not exist. */
  on<Name extends keyof AuthEvents>(name: Name, listener: Listener<AuthEvents[Name]>): () => void {
    return this.#core.events.on(knownEvent('UnifiedAuthService', AUTH_EVENTS, name), listener as never)
  }

  // ── for connections ──────────────────────────────────────────────────────────────────────────────────────────

  acquire(options: AcquireOptions): Promise<Credential> {
    return this.#core.attempts.acquire(this.#session, options)
  }

  keepPrefetched(): () => void {
    return this.#core.pool.lease()
  }

  /** @deprecated Use `keepPrefetched`. */
  keepSpare(): () => void {
    return this.keepPrefetched()
  }

  onSessionChange(listener: (signedIn: boolean) => void): () => void {
    return this.#core.events.on('sessionChanged', listener)
  }

  /** @deprecated Use `onSessionChange`. */
  onFence(listener: (signedIn: boolean) => void): () => void {
    return this.onSessionChange(listener)
  }

  onReverted(listener: (cause: TicketSocketError) => void): () => void {
    return this.#core.events.on('reverted', ({ cause }) => listener(cause))
  }

  // ── for apps that open their own connections ─────────────────────────────────────────────────────────────────

  getWebSocketTicket(options?: CallOptions): Promise<TicketRequestResult> {
    return this.#tickets.get(this.#session, options)
  }

  requestWebSocketTicket(options?: TicketRequestOptions): Promise<TicketRequestResult> {
    return this.#tickets.request(this.#session, options)
  }

  /** For a socket service that exists already: what it needs to authenticate by ticket, or as before. */
  getWebSocketAuthConfig(): WebSocketAuthConfig {
    return {
      token: this.#jwt,
      refreshToken: () => this.#signIn.newerToken(this.#session),
      getTicket: (options) => this.getWebSocketTicket(options),
      useTicketAuth: this.#core.nextMethod(this.#session) === 'ticket',
    }
  }

  /** Forgets the unspent ticket and the request for one. Connections stay. */
  clearTicketCache(): void {
    this.#core.pool.drop(this.#session)
  }

  /** Tickets are tried again, from the next attempt on. */
  resetTicketFailures(): void {
    this.#core.health.reset(this.#session)
    this.#core.pool.tend()
  }

  validateTicket(handle: string, options?: CallOptions): Promise<TicketValidationResponse> {
    return this.#administration.validate(this.#session, handle, this.#core.signalOf(options))
  }

  revokeTicket(handle: string, options?: CallOptions): Promise<void> {
    return this.#administration.revoke(this.#session, handle, this.#core.signalOf(options))
  }

  revokeAllTickets(options?: CallOptions): Promise<number> {
    return this.#administration.revokeAll(this.#session, this.#core.signalOf(options))
  }

  getTicketSystemStatus(options?: CallOptions): Promise<TicketSystemStatus> {
    return this.#administration.status(this.#core.signalOf(options))
  }

  // ── whose session ────────────────────────────────────────────────────────────────────────────────────────────

  /**
   * Reads the token and the flag, so that the getters below know. Asks for no ticket, and need not be called. Rejects with a
   * `TicketSocketError` when `getToken` fails (`token_callback_failed`, `timeout`) or the session ends meanwhile
   * (`signed_out`), and as `aborted`.
   */
  initialize(options?: CallOptions): Promise<AuthSnapshot> {
    return this.#signIn.initialize(this.#session, options)
  }

  /**
   * Whether there is a JWT that can be used, after refreshing one that has expired or is about to (by the wall clock,
   * 30 s ahead). Rejects when the app's own callback fails, and as `aborted`.
   */
  validateAndRefreshToken(options?: CallOptions): Promise<boolean> {
    return this.#signIn.hasUsableToken(this.#session, options)
  }

  /**
   * Call it when the app's own request was answered 401: asks for a newer JWT, once for everybody who calls meanwhile.
   * False: there is none, and the user has to sign in; or that session is over. Rejects when the app's own callback fails,
   * and as `aborted`.
   *
   * `refusedToken`: the JWT which that request was made with. When there is a newer one by then, nobody is asked: an
   * answer that came late would use the refresh token up once more.
   *
   * @example
   * ```ts
   * import type { UnifiedAuthService } from 'ticket-socket'
   *
   * declare const auth: UnifiedAuthService
   * declare const session: { jwt: string }
   * async function ask(path: string): Promise<Response> {
   *   const { jwt } = session
   *   const response = await fetch(path, { headers: { authorization: `Bearer ${jwt}` } })
   *   if (response.status === 401 && !(await auth.handleAuthError(jwt))) location.assign('/login')
   *   return response
   * }
   * ```
   */
  handleAuthError(refusedToken?: string, options?: CallOptions): Promise<boolean> {
    return this.#signIn.hasNewerToken(this.#session, refusedToken, options)
  }

  /** By the token last seen; asks nobody. */
  isAuthenticated(): boolean {
    return this.#jwt !== null
  }

  /** By the token last seen. An opaque token has no id. */
  getCurrentUser(): { userId: string | null; email: string | null } | null {
    const jwt = jwtOf(this.#session.user)
    return jwt && { userId: jwt.claims?.userId ?? null, email: jwt.claims?.email ?? null }
  }

  /** For the app's own HTTP requests, by the token last seen. This is the JWT itself: do not log it. */
  getAuthHeaders(): Record<string, string> {
    const jwt = this.#jwt
    return jwt ? { Authorization: `Bearer ${jwt}` } : {}
  }

  /**
   * Call it when the user signs out. When it returns, nothing of the old session is used any more: tickets are
   * forgotten, requests and sockets ended. The unspent ticket is revoked; nobody waits for that. A ticket that is issued or
   * handed over in this very moment is not: nobody uses it, and it expires by itself.
   *
   * A token callback that is open then may still answer with the token of the user who has left. A token that `getToken`
   * gives meanwhile is used when that callback has answered with another one, after `tokenTimeoutMs` at most; at once, if it
   * is a JWT of another user.
   */
  handleLogout(): void {
    this.#core.identity.signOut(this.#session)
  }

  /**
   * Call it when a user has signed in and `getToken` gives the new JWT: sockets that `handleLogout()` closed connect
   * again. While `getToken` gives none, or one that was used before `handleLogout()`, they try again; they never connect as
   * nobody.
   */
  signedIn(): void {
    this.#core.identity.signIn(this.#session)
  }

  /** Signs out and forgets every listener. A call after it asks neither the app nor the backend: it ends as `aborted`. */
  dispose(): void {
    this.#core.dispose()
  }
}
