// An upgrade and the decision about it, whatever server it arrived at.

import type { CloseReason } from '../contract/close-codes.ts'
import type { AuthMethod } from '../contract/wire.ts'
import type { ConnectionTicket } from './connection.ts'
import type { Identity } from './identity.ts'

/** The parts of an upgrade that the decision reads. */
export interface UpgradeRequest {
  /** Path and query, or the whole URL. */
  url: string
  origin: string | null
  /** The offered subprotocols, in order. */
  protocols: readonly string[]
  authorization: string | null
  /** The peer's address, for the limit per address. Left out, there is no such limit. */
  address?: string | undefined
}

export type UpgradeDecision =
  /** `identity` is `null` for an anonymous connection. */
  | {
      kind: 'accepted'
      identity: Identity | null
      method: AuthMethod
      subprotocol: string | undefined
      sessionExpiresAtMs: number
      /** Of a connection by ticket. */
      ticket?: ConnectionTicket
      /**
       * The user's last revoke-all when the credential was checked (`RevocationMarks.atMs`); `null`: none. A later one closes
       * the connection.
       */
      afterRevocationMs: number | null
      /** When the check of the credential began, by the clock's `now()`. */
      checkedAtMs: number
    }
  /** Accept the upgrade, then close with this: a browser cannot read the HTTP status of a refused one. */
  | { kind: 'refused'; code: number; reason: CloseReason; subprotocol: string | undefined }
  /** Answer with plain HTTP. */
  | { kind: 'rejected'; status: number; reason?: CloseReason; retryAfterMs?: number }

/** The decision with which `Sessions.open` opens a connection. */
export type AcceptedUpgrade = Extract<UpgradeDecision, { kind: 'accepted' }>
