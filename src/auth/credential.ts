// The interface between `auth` and its connections: where a credential comes from, what it is, and what is reported of it. `auth`
// knows no sockets; a socket knows no tickets. `credential-kinds.ts` makes the three kinds.

import type { TicketSocketError } from '../contract/errors.ts'
import type { AuthMethod, AuthRefresh } from '../contract/wire.ts'
import { type Check, callback } from '../platform/option-checks.ts'

export type Outcome =
  /** The server accepted the credential: `ts:connection_established`, a first message, or settled. Never merely opened. */
  | { kind: 'accepted' }
  /** The server refused the credential. After `accepted`: the server ended the session that the credential opened. */
  | { kind: 'refused' }
  /** The connection failed without a word from the server (1006, or no answer in time): says nothing about the credential. */
  | { kind: 'lost' }
  /** The connection ended for a reason that is not about the credential. */
  | { kind: 'ended' }
  /** It never left this process, and may serve another attempt. */
  | { kind: 'unused' }

/**
 * What follows from a refusal. `redial`: the next attempt offers another credential, so there is nothing to wait for. It is
 * given a few times in a row at most; the connection bounds it, too.
 */
export type Advice = 'redial'

/** Permission to dial once. */
export interface Credential {
  readonly method: AuthMethod
  /** Who is signed in by the token's `sub`; null where there is none. The backend may know the user by another id. */
  readonly userId: string | null
  /**
   * Whether tickets are on for this attempt, by whatever method it connects: a URL that holds a credential is an error then.
   * Left out: as the source's own `ticketAuth`, and where that is undefined, true for `ticket` alone.
   */
  readonly ticketAuth?: boolean | undefined
  /** Set when a better method was tried first and failed. */
  readonly steppedDown: { from: AuthMethod; cause: TicketSocketError } | null
  /** The URL to dial: `base`, the app's own, plus the ticket where there is one. A JWT is never in it. */
  url(base: string): string
  /** What to offer as subprotocols, public ones first; may be empty. */
  protocols(): string[]
  /**
   * The frame that extends a live session with this credential; null where there is none for it. One with a JWT is sent only
   * to a server that has announced `jwt_refresh` (PR-79).
   */
  refreshFrame(): AuthRefresh | null
  /**
   * The text without this credential, and without anything that looks like one: for what servers say. Left out: without what
   * looks like one.
   */
  redact?(text: string): string
  /**
   * What became of the attempt. The count of ticket failures rests on these reports: each attempt ends in one that is not
   * `accepted`. After a refusal the answer may be advice on how to go on.
   */
  report(outcome: Outcome): Advice | undefined
}

/** @deprecated The former name of `Credential`. */
export type Grant = Credential

export interface AcquireOptions {
  signal: AbortSignal
  only?: 'ticket' | undefined
  renew?: boolean | undefined
}

export interface CredentialSource {
  /**
   * Whether tickets are on, where that is known before an attempt: then a fixed URL that holds a credential is refused as
   * soon as a socket is created. Undefined, or left out: each credential has its own `ticketAuth`.
   */
  readonly ticketAuth?: boolean | undefined
  /**
   * A credential for one attempt. Always settles: with one, or with a `TicketSocketError` within the deadlines of the
   * source. `only: 'ticket'` never steps down. `renew`: for a session that is about to end; what ends with it (a prefetched
   * ticket, an ageing JWT) is not good enough.
   */
  acquire(options: AcquireOptions): Promise<Credential>
  /**
   * A lease: a connection may need a ticket soon. Returns the function that ends it. Optional only for a source that has
   * `keepSpare` instead.
   */
  keepPrefetched?(): () => void
  /** @deprecated The former name of `keepPrefetched`, for sources that have only this one. */
  keepSpare?(): () => void
  /**
   * Calls the listener synchronously when a session ends or another user's begins. What belonged to the session before must
   * not be used after the call returns. `signedIn`: whether somebody is signed in now. Optional only for a source that
   * has `onFence` instead.
   */
  onSessionChange?(listener: (signedIn: boolean) => void): () => void
  /** @deprecated The former name of `onSessionChange`, for sources that have only this one. */
  onFence?(listener: (signedIn: boolean) => void): () => void
  /** Called once when tickets are given up for this user. */
  onReverted(listener: (cause: TicketSocketError) => void): () => void
}

type Method = Exclude<keyof CredentialSource, 'ticketAuth'>

/** Methods that had another name: a source may still have only that one. */
const FORMER_NAMES: Partial<Record<Method, Method>> = { keepPrefetched: 'keepSpare', onSessionChange: 'onFence' }

/** An object with these methods may be a double of a test's, or wrap a `UnifiedAuthService`. */
export const sourceWith =
  (...methods: Method[]): Check<CredentialSource> =>
  (name, value) => {
    if (value === null || typeof value !== 'object') throw new TypeError(`${name} must be a UnifiedAuthService`)
    for (const method of methods) callback(`${name}.${method}`, value[method] ?? value[FORMER_NAMES[method] ?? method])
    return value
  }

const NOTHING = () => {}

/** By whichever name the source has for it. */
export const keepPrefetched = (source: CredentialSource): (() => void) =>
  source.keepPrefetched ? source.keepPrefetched() : (source.keepSpare?.() ?? NOTHING)

/** By whichever name the source has for it. */
export const onSessionChange = (source: CredentialSource, listener: (signedIn: boolean) => void): (() => void) =>
  source.onSessionChange ? source.onSessionChange(listener) : (source.onFence?.(listener) ?? NOTHING)
