import type { TicketSocketError } from '../contract/errors.ts'
import type { TicketSystemStatus, TicketValidationResponse } from '../contract/wire.ts'
import { createEmitter, type Listener } from '../platform/emitter.ts'
import { createSnapshotStore, type SnapshotStore } from '../platform/snapshot-store.ts'
import { reportUncaught } from '../platform/system-platform.ts'
import type { AuthEvents, AuthSnapshot, TicketRequestResult, WebSocketAuthConfig } from './auth-state.ts'
import type { CredentialSource, Grant } from './credential.ts'
import { createCredentialBroker } from './credential-broker.ts'
import { within } from './deadline.ts'
import { createIdentity } from './identity.ts'
import { logEvents } from './log-events.ts'
import { type ResolvedAuthOptions, resolveAuthOptions, type UnifiedAuthServiceOptions } from './options.ts'
import type { Ticket } from './ticket.ts'
import { createTicketEndpoint } from './ticket-endpoint.ts'
import { createTicketHistory } from './ticket-history.ts'
import { createTicketLedger, type Taken } from './ticket-ledger.ts'
import { createTicketPurchase } from './ticket-purchase.ts'

/** How long a log-out's revocation may take. Nobody waits for it. */
const LOGOUT_REVOKE_TIMEOUT_MS = 2_000

/** A JWT this close to its end counts as ended. */
const TOKEN_MARGIN_MS = 30_000

const NEVER = new AbortController().signal

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

  readonly #options: ResolvedAuthOptions
  readonly #events = createEmitter<AuthEvents & { fenced: boolean }>(reportUncaught)
  readonly #set: (patch: Partial<AuthSnapshot>) => void
  readonly #endpoint
  readonly #identity
  readonly #history
  readonly #ledger
  readonly #broker
  readonly #stopListening: () => void

  constructor(options: UnifiedAuthServiceOptions) {
    this.#options = resolveAuthOptions(options)
    const { platform, baseUrl, retry, request, refreshThresholdMs, maxTicketFailures } = this.#options
    const { clock, random, fetch, page } = platform

    const { store, set } = createSnapshotStore(initialSnapshot(maxTicketFailures), reportUncaught)
    this.store = store
    this.#set = set

    const endpoint = createTicketEndpoint({ fetch, clock, timeoutMs: this.#options.requestTimeoutMs }, baseUrl)
    const identity = createIdentity({
      getToken: this.#options.getToken,
      refreshToken: this.#options.refreshToken,
      clock,
      timeoutMs: this.#options.tokenTimeoutMs,
      onFence: (signedIn) => this.#beginEpoch(signedIn),
    })
    this.#history = createTicketHistory({
      clock,
      maxTicketFailures,
      onChange: ({ failures, reverted }, lastError) => set({ ticketFailures: failures, reverted, lastError }),
      onReverted: (cause) => {
        this.#ledger.drop()
        this.#events.emit('reverted', { cause })
      },
    })
    this.#broker = createCredentialBroker({
      options: this.#options,
      identity,
      ledger: () => this.#ledger,
      history: this.#history,
      emit: (name, payload) => this.#events.emit(name, payload as never),
      show: set,
    })
    const buy = createTicketPurchase({ endpoint, identity, request, retry, clock, random })
    this.#ledger = createTicketLedger({
      buy: async ({ signal, quiet }) => {
        const epoch = identity.epoch()
        const ticket = await buy({ epoch, signal, quiet }).catch((error: TicketSocketError) => {
          if (quiet && epoch === identity.epoch()) this.#history.prefetchFailed(error)
          throw error
        })
        this.#events.emit('ticketIssued', { handle: ticket.label, ttlMs: ticket.ttlMs, ahead: quiet })
        return ticket
      },
      mayPrefetch: () => page.isOnline() && !page.isHidden() && this.#broker.wouldUseTicket(),
      clock,
      random,
      refreshThresholdMs,
      onChange: () => this.#showSpare(),
      onRefreshed: ({ label: handle }) => this.#events.emit('ticketRefreshed', { handle }),
    })
    logEvents(this.#events, platform.logger)
    this.#endpoint = endpoint
    this.#identity = identity
    this.#stopListening = page.subscribe(() => this.#ledger.tend())
  }

  on<Name extends keyof AuthEvents>(name: Name, listener: Listener<AuthEvents[Name]>): () => void {
    return this.#events.on(name, listener as never)
  }

  // ── for connections ──────────────────────────────────────────────────────────────────────────────────────────

  acquire(options: { signal: AbortSignal; only?: 'ticket' }): Promise<Grant> {
    return this.#broker.acquire(options)
  }

  keepSpare(): () => void {
    return this.#ledger.lease()
  }

  onFence(listener: (signedIn: boolean) => void): () => void {
    return this.#events.on('fenced', listener)
  }

  onReverted(listener: (cause: TicketSocketError) => void): () => void {
    return this.#events.on('reverted', ({ cause }) => listener(cause))
  }

  // ── for apps that open their own connections ─────────────────────────────────────────────────────────────────

  /** A ticket of the caller's own: the spare if there is one, else a new one. Never throws. */
  getWebSocketTicket(): Promise<TicketRequestResult> {
    return toResult(this.#broker.ticketFor((signal) => this.#ledger.take(signal)))
  }

  /** Always asks the backend. Never throws. */
  requestWebSocketTicket(): Promise<TicketRequestResult> {
    return toResult(this.#broker.ticketFor((signal) => this.#ledger.buyNew(signal)))
  }

  /** For a socket service that exists already: what it needs to authenticate by ticket, or as before. */
  getWebSocketAuthConfig(): WebSocketAuthConfig {
    return {
      token: this.#identity.lastSeen()?.token.reveal() ?? null,
      refreshToken: async () => {
        const isUsable = await this.handleAuthError()
        return isUsable ? (this.#identity.lastSeen()?.token.reveal() ?? null) : null
      },
      getTicket: async () => {
        const result = await this.getWebSocketTicket()
        return result.success ? result.ticket : null
      },
      useTicketAuth: this.#broker.wouldUseTicket(),
    }
  }

  /** Forgets the unspent ticket and the request for one. Connections stay. */
  clearTicketCache(): void {
    this.#ledger.drop()
  }

  /** Tickets are tried again, from the next attempt on. */
  resetTicketFailures(): void {
    this.#history.reset()
    this.#ledger.tend()
  }

  /** Looks at a ticket without using it up. Rejects with a `TicketSocketError` when the backend cannot tell. */
  async validateTicket(handle: string): Promise<TicketValidationResponse> {
    const { token } = await this.#broker.signedIn(NEVER)
    return this.#endpoint.validate(token, handle, [])
  }

  /** Resolves when the ticket can no longer be used; rejects when it was unknown, spent, or another user's. */
  async revokeTicket(handle: string): Promise<void> {
    const { token } = await this.#broker.signedIn(NEVER)
    await this.#endpoint.revoke(token, handle, [])
  }

  /** Log out everywhere: the number of unspent tickets revoked. Live sockets of this user close on every server. */
  async revokeAllTickets(): Promise<number> {
    const { token } = await this.#broker.signedIn(NEVER)
    const { revoked } = await this.#endpoint.revokeAll(token, [])
    this.#ledger.drop()
    return revoked
  }

  getTicketSystemStatus(): Promise<TicketSystemStatus> {
    return this.#endpoint.status([])
  }

  // ── whose session ────────────────────────────────────────────────────────────────────────────────────────────

  /** Reads the token and the flag, so that the getters below know. Asks for no ticket, and need not be called. */
  async initialize(): Promise<AuthSnapshot> {
    if (await this.#broker.token(NEVER)) await this.#broker.readFlag(NEVER)
    return this.store.getState()
  }

  /**
   * Whether there is a JWT that can be used, after refreshing one that has expired or is about to (by the wall clock,
   * 30 s ahead). Rejects only when the app's own callback fails.
   */
  async validateAndRefreshToken(): Promise<boolean> {
    const held = await this.#broker.token(NEVER)
    const expiresAt = held?.claims?.expiresAt ?? Number.POSITIVE_INFINITY
    const isFresh = expiresAt > this.#options.platform.clock.wallNow() + TOKEN_MARGIN_MS
    return held !== null && (isFresh || this.handleAuthError())
  }

  /**
   * Call it when the app's own request was answered 401: asks for a newer JWT, once for everybody who calls meanwhile.
   * False: there is none, and the user has to sign in. Rejects only when the app's own callback fails.
   */
  async handleAuthError(): Promise<boolean> {
    try {
      return (await this.#identity.refresh(NEVER)) !== null
    } catch (error) {
      if ((error as TicketSocketError).code === 'unauthenticated') return false
      throw error
    }
  }

  /** By the token last seen; asks nobody. */
  isAuthenticated(): boolean {
    return this.#identity.lastSeen() !== null
  }

  /** By the token last seen. An opaque token tells no id. */
  getCurrentUser(): { userId: string | null; email: string | null } | null {
    const held = this.#identity.lastSeen()
    return held && { userId: held.claims?.userId ?? null, email: held.claims?.email ?? null }
  }

  /** For the app's own HTTP requests, by the token last seen. This is the JWT itself: do not log it. */
  getAuthHeaders(): Record<string, string> {
    const held = this.#identity.lastSeen()
    return held ? { Authorization: `Bearer ${held.token.reveal()}` } : {}
  }

  /**
   * Call it when the user logs out. When it returns, nothing of the old session is used any more: tickets are
   * forgotten, requests and sockets ended. The unspent ticket is revoked; nobody waits for that.
   */
  handleLogout(): void {
    this.#identity.signOut()
  }

  /** Call it when a user has logged in: sockets that the last log-out closed connect again. */
  signedIn(): void {
    this.#identity.signIn()
  }

  /** Logs out and forgets every listener. The service is not used after it. */
  dispose(): void {
    this.#stopListening()
    this.handleLogout()
    this.#events.clear()
  }

  // ── inside ───────────────────────────────────────────────────────────────────────────────────────────────────

  #beginEpoch(signedIn: boolean): void {
    const spare = this.#ledger.drop()
    this.#history.reset()
    this.#broker.forget()
    this.#set({ signedIn, userId: this.#identity.epoch().userId })
    this.#events.emit('fenced', signedIn)
    this.#events.emit('userChanged', { signedIn })
    if (spare) this.#revokeQuietly(spare)
  }

  #revokeQuietly(spare: Ticket): void {
    const { clock, logger } = this.#options.platform
    const deadline = { clock, ms: LOGOUT_REVOKE_TIMEOUT_MS, signals: [], what: 'The revocation' }
    within(deadline, (signal) => this.#endpoint.revoke(spare.boughtWith, spare.pathName.reveal(), [signal])).catch(
      ({ code }: TicketSocketError) =>
        logger.debug('the unspent ticket was not revoked', { handle: spare.label, code }),
    )
  }

  #showSpare(): void {
    const spare = this.#ledger.spare()
    if (!spare) return this.#set({ spare: null })
    const { clock } = this.#options.platform
    const refreshAt = clock.wallNow() + Math.max(0, spare.refreshAt - clock.now())
    this.#set({ spare: { handle: spare.ticket.label, expiresAt: spare.ticket.expiresAtWall, refreshAt } })
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

function toResult(taken: Promise<Taken>): Promise<TicketRequestResult> {
  return taken.then(
    ({ ticket }) => ({
      success: true,
      ticket: {
        ticket: ticket.secret.reveal(),
        expires_at: ticket.expiresAtWall,
        created_at: ticket.createdAtWall,
        websocket_url: ticket.websocketUrl,
      },
    }),
    (error: TicketSocketError) => ({ success: false, error, recoverable: error.retryable }),
  )
}
