// What a close means: the app's option `closeCodes`, then the table of codes in `contract/close-codes.ts`.

import type { Credential, Outcome } from '../auth/credential.ts'
import { CLOSE, type CloseVerdict, reconnectAfter, verdictOf } from '../contract/close-codes.ts'
import type { AuthMethod } from '../contract/wire.ts'
import { redact } from '../platform/redact.ts'
import type { CloseDetails } from '../platform/web-socket-events.ts'

/**
 * What a close code of the app's server means.
 *
 * - `'refused'`: the server refused the credential. If it had accepted it, the session's credential has ended.
 * - `'stop'`: the client stays closed, with the error `closed_by_server`.
 * - `'reconnect'`: the client reconnects with backoff.
 */
export type CloseMeaning = 'refused' | 'stop' | 'reconnect'

/** A connection that was closed, as a `closeCodes` function sees it. */
export interface ClosedConnection extends CloseDetails {
  readonly method: AuthMethod
  /** Whether the server had accepted the credential. */
  readonly accepted: boolean
  /** Attempts and connections lost in a row before this one, without 5 s of `open` between them. */
  readonly consecutiveLosses: number
}

/** Decides about each close. Anything else than a `CloseMeaning` means the default. */
export type DecideClose = (closed: ClosedConnection) => CloseMeaning | null | undefined

/** By code, or by a function. */
export type CloseCodes = { readonly [code: number]: CloseMeaning | undefined } | DecideClose

/** How far a connection had come when it was closed. */
export type Stage = 'opening' | 'unaccepted' | 'accepted'

export interface Closing {
  /** As the server sent it: `retry_after_ms` is read from it. */
  reason: string
  /** The same with a reason that holds no credential. */
  closeDetails: CloseDetails
  stage: Stage
  /** `ticket-socket.v1` had been selected. */
  negotiated: boolean
  method: AuthMethod
}

export type JudgeClose = (closing: Closing) => CloseVerdict

/** Codes of RFC 6455 that servers send for their own reasons. */
const SENT_BY_SERVERS: readonly number[] = [1008, 1009, 1011, 1013]
const isBetween = (code: number, first: number, last: number) => code >= first && code <= last

/** Where `ticket-socket.v1` was negotiated, 4400 to 4599 are the protocol's own. */
export const isMappable = (code: number, negotiated: boolean) =>
  SENT_BY_SERVERS.includes(code) || (isBetween(code, 3000, 4999) && !(negotiated && isBetween(code, 4400, 4599)))

export function judgeBy(closeCodes: DecideClose, consecutiveLosses: () => number): JudgeClose {
  return ({ reason, closeDetails, stage, negotiated, method }) => {
    const { code } = closeDetails
    const byDefault = verdictOf({ code, reason, unaccepted: stage === 'unaccepted', negotiated })
    if (!isMappable(code, negotiated)) return byDefault
    const accepted = stage === 'accepted'
    switch (closeCodes({ ...closeDetails, method, accepted, consecutiveLosses: consecutiveLosses() })) {
      case 'refused':
        return { kind: 'refused' }
      case 'stop':
        return { kind: 'stop', code: 'closed_by_server' }
      case 'reconnect':
        return byDefault.kind === 'reconnect' ? { ...byDefault, pace: 'backoff' } : reconnectAfter(reason)
      default:
        return byDefault
    }
  }
}

export function outcomeOf(verdict: CloseVerdict, code: number): Outcome {
  if (verdict.kind === 'refused') return { kind: 'refused' }
  // The server found no credential: something on the way removed the one that was sent.
  if (verdict.kind === 'stop' && verdict.code === 'unauthenticated') return { kind: 'refused' }
  return { kind: code === CLOSE.abnormal ? 'lost' : 'ended' }
}

/** What a server said, without this credential and without anything that looks like one. */
export const redactFor = (credential: Pick<Credential, 'redact'> | undefined, text: string): string =>
  credential?.redact?.(text) ?? redact(text)
