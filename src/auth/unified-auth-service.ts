import type { TicketSocketError } from '../contract/errors.ts'
import type { TicketSystemStatus, TicketValidationResponse } from '../contract/wire.ts'
import type { Listener } from '../platform/emitter.ts'
import { knownEvent } from '../platform/known-names.ts'
import { abortSignal, asGiven, oneOf, optional, resolve } from '../platform/option-checks.ts'
import { Secret } from '../platform/secret.ts'
import type { SnapshotStore } from '../platform/snapshot-store.ts'
import { createAuthCore } from './auth-core.ts'
import {
  AUTH_EVENTS,
  type AuthEvents,
  type AuthSnapshot,
  type TicketRequestResult,
  type WebSocketAuthConfig,
} from './auth-state.ts'
import type { CallOptions } from './call-options.ts'
import type { AcquireOptions, CredentialSource, Grant } from './credential.ts'
import { untilAborted } from './deadline.ts'
import { resolveAuthOptions, type UnifiedAuthServiceOptions } from './options.ts'
import type { TicketRequestOptions } from './ticket-request.ts'

/** A JWT this close to its end counts as ended. */
const TOKEN_MARGIN_MS = 30_000

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
export class UnifiedAuthService implements CredentialSource {
  /** Snapshots for display; zustand's `useStore` takes it as it is. */
  readonly store: SnapshotStore<AuthSnapshot>
  /**
   * Whether tickets are on, where that does not depend on the attempt; undefined for a function and for a roll-out. It stays
   * true after reverting. `store` has the flag as it was last read.
   */
  readonly ticketAuth: boolean | undefined
  readonly #core

  constructor(options: UnifiedAuthServiceOptions) {
    const resolved = resolveAuthOptions(options)
    const mayUseTickets = resolved.chain.includes('ticket')
    this.ticketAuth = typeof resolved.ticketAuth === 'boolean' ? resolved.ticketAuth && mayUseTickets : undefined
    this.#core = createAuthCore(resolved)
    this.store = this.#core.store
  }

  /** The returned function ends the subscription. Throws a `TypeError` for an event that does not exist. */
  on<Name extends keyof AuthEvents>(name: Name, listener: Listener<AuthEvents[Name]>): () => void {
    return this.#core.events.on(knownEvent('UnifiedAuthService', AUTH_EVENTS, name), listener as never)
  }

  // ── for connections ──────────────────────────────────────────────────────────────────────────────────────────

  acquire(options: AcquireOptions): Promise<Grant> {
    const { signal, only, renew } = resolve('acquire', options, {
      signal: abortSignal,
      only: optional(oneOf(['ticket'])),
      renew: asGiven,
    })
    return this.#core.broker.acquire({ signal: this.#core.signalOf({ signal }), only, renew })
  }

  keepSpare(): () => void {
    return this.#core.ledger.lease()
  }

  onFence(listener: (signedIn: boolean) => void): () => void {
    return this.#core.events.on('fenced', listener)
  }

  onReverted(listener: (cause: TicketSocketError) => void): () => void {
    return this.#core.events.on('reverted', ({ cause }) => listener(cause))
  }

  // ── for apps that open their own connections ─────────────────────────────────────────────────────────────────

  /**
   * A ticket of the caller's own: the spare if there is one, else a new one. Never throws, whatever it is given.
   *
   * A reusable ticket (`ticket.singleUse: false`) is shared with others.
   */
  getWebSocketTicket(options?: CallOptions): Promise<TicketRequestResult> {
    return this.#core.tickets.get(options)
  }

  /**
   * A new ticket: always asks the backend. Never throws: a wrong field is `invalid_request`, which names the field and its
   * rule, and no request is made.
   *
   * A ticket with fields of its own is kept for nobody and given to nobody else. When the backend refuses it with a 4xx,
   * that does not count toward `maxTicketFailures`: it may be about the fields.
   *
   * @example
   * ```ts
   * import type { UnifiedAuthService } from 'ticket-socket'
   *
   * declare const auth: UnifiedAuthService
   * const result = await auth.requestWebSocketTicket({ ttl_seconds: 60, permissions: ['read'], metadata: { room: 7 } })
   * if (result.success) new WebSocket(`wss://api.example.com/ws?ticket=${result.ticket.ticket}`)
   * else console.warn(result.error.code, result.error.message)
   * ```
   */
  requestWebSocketTicket(options?: TicketRequestOptions): Promise<TicketRequestResult> {
    return this.#core.tickets.request(options)
  }

  /** For a socket service that exists already: what it needs to authenticate by ticket, or as before. */
  getWebSocketAuthConfig(): WebSocketAuthConfig {
    return {
      token: this.#core.identity.lastSeen()?.token.reveal() ?? null,
      refreshToken: async () => {
        const isUsable = await this.handleAuthError()
        return isUsable ? (this.#core.identity.lastSeen()?.token.reveal() ?? null) : null
      },
      getTicket: this.#core.tickets.get,
      useTicketAuth: this.#core.broker.nextMethod(this.#core.flag.now()) === 'ticket',
    }
  }

  /** Forgets the unspent ticket and the request for one. Connections stay. */
  clearTicketCache(): void {
    this.#core.ledger.drop()
  }

  /** Tickets are tried again, from the next attempt on. */
  resetTicketFailures(): void {
    this.#core.history.reset()
    this.#core.ledger.tend()
  }

  /**
   * Looks at a ticket, by its handle. Rejects with a `TicketSocketError` when the backend cannot tell.
   *
   * A backend without handles uses the ticket up by looking: the spare is forgotten then.
   */
  validateTicket(handle: string, options?: CallOptions): Promise<TicketValidationResponse> {
    return this.#core.administration.validate(handle, this.#core.signalOf(options))
  }

  /**
   * Resolves when the ticket can no longer be used. Rejects with a `TicketSocketError`: `invalid_request` when it was unknown,
   * spent, or another user's.
   */
  revokeTicket(handle: string, options?: CallOptions): Promise<void> {
    return this.#core.administration.revoke(handle, this.#core.signalOf(options))
  }

  /**
   * Signs out of all sessions: live sockets of this user close on every server. Resolves with the number of unspent tickets
   * that were revoked; rejects with a `TicketSocketError`.
   */
  revokeAllTickets(options?: CallOptions): Promise<number> {
    return this.#core.administration.revokeAll(this.#core.signalOf(options))
  }

  /** What the backend says of its tickets. Public: it needs neither a user nor the flag. Rejects with a `TicketSocketError`. */
  getTicketSystemStatus(options?: CallOptions): Promise<TicketSystemStatus> {
    return this.#core.endpoint.status([this.#core.signalOf(options)])
  }

  // ── whose session ────────────────────────────────────────────────────────────────────────────────────────────

  /**
   * Reads the token and the flag, so that the getters below know. Asks for no ticket, and need not be called. Rejects with a
   * `TicketSocketError` when `getToken` fails (`token_callback_failed`, `timeout`) or the session ends meanwhile
   * (`signed_out`), and as `aborted`.
   */
  async initialize(options?: CallOptions): Promise<AuthSnapshot> {
    const signal = this.#core.signalOf(options)
    const held = await this.#core.broker.token(signal)
    if (held) await untilAborted([signal, held.epoch.signal], (live) => this.#core.flag.read(live))
    return this.store.getState()
  }

  /**
   * Whether there is a JWT that can be used, after refreshing one that has expired or is about to (by the wall clock,
   * 30 s ahead). Rejects when the app's own callback fails, and as `aborted`.
   */
  async validateAndRefreshToken(options?: CallOptions): Promise<boolean> {
    const signal = this.#core.signalOf(options)
    const { broker, freshness, identity, clock } = this.#core
    const held = await broker.token(signal).catch(noneUsable)
    if (!held || !freshness.hasExpired(held, TOKEN_MARGIN_MS)) return held !== null
    if (held.epoch.signal.aborted) return false
    const wallAskedAt = clock.wallNow()
    const newer = await identity.refresh(signal).catch(noneUsable)
    if (newer) freshness.noteNewer(newer, wallAskedAt)
    return newer !== null
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
  async handleAuthError(refusedToken?: string, options?: CallOptions): Promise<boolean> {
    const signal = this.#core.signalOf(options)
    const { identity } = this.#core
    const isAsked =
      refusedToken === undefined ? identity.refresh(signal) : identity.renew(new Secret(refusedToken), signal)
    try {
      return (await isAsked) !== null
    } catch (error) {
      return noneUsable(error as TicketSocketError) !== null
    }
  }

  /** By the token last seen; asks nobody. */
  isAuthenticated(): boolean {
    return this.#core.identity.lastSeen() !== null
  }

  /** By the token last seen. An opaque token tells no id. */
  getCurrentUser(): { userId: string | null; email: string | null } | null {
    const held = this.#core.identity.lastSeen()
    return held && { userId: held.claims?.userId ?? null, email: held.claims?.email ?? null }
  }

  /** For the app's own HTTP requests, by the token last seen. This is the JWT itself: do not log it. */
  getAuthHeaders(): Record<string, string> {
    const held = this.#core.identity.lastSeen()
    return held ? { Authorization: `Bearer ${held.token.reveal()}` } : {}
  }

  /**
   * Call it when the user signs out. When it returns, nothing of the old session is used any more: tickets are
   * forgotten, requests and sockets ended. The unspent ticket is revoked; nobody waits for that.
   *
   * A token callback that is open then may still answer with the token of the user who has left. A token that `getToken`
   * gives meanwhile is used when that callback has answered with another one, after `tokenTimeoutMs` at most; at once, if it
   * is a JWT of another user.
   */
  handleLogout(): void {
    this.#core.identity.signOut()
  }

  /**
   * Call it when a user has signed in and `getToken` gives the new JWT: sockets that `handleLogout()` closed connect
   * again. While `getToken` gives none, or one that was used before `handleLogout()`, they try again; they never connect as
   * nobody.
   */
  signedIn(): void {
    this.#core.identity.signIn()
  }

  /** Signs out and forgets every listener. A call after it asks neither the app nor the backend: it ends as `aborted`. */
  dispose(): void {
    this.#core.dispose()
  }
}

/** Nobody is signed in any more, or whoever is has to sign in again: an answer, not a failure. */
function noneUsable(error: TicketSocketError): null {
  if (error.code === 'unauthenticated' || error.code === 'signed_out') return null
  throw error
}
