// Whether a credential is from before its user's last revoke-all. Nothing here touches the clock or the store.

import type { TicketClaims } from './ticket-store.ts'

const SECOND_MS = 1_000
/** An issuer's clock may be ahead; a JWT from further in the future than this decides about nobody's later ones. */
const MAX_AHEAD_MS = 60_000

const isWholeSecond = (ms: number) => ms % SECOND_MS === 0

/**
 * Whether what was issued at this time counts as from before the revoke-all.
 *
 * Most JWTs say in whole seconds when they were issued, rounded down. One that names the second of the revoke-all may be
 * from before or after; it counts as from after, or whoever logs out everywhere and in again at once would be refused.
 */
export function isFromBefore(issuedAtMs: number, notBeforeMs: number): boolean {
  if (!isWholeSecond(issuedAtMs)) return issuedAtMs <= notBeforeMs
  return issuedAtMs < notBeforeMs - (notBeforeMs % SECOND_MS)
}

/** Whether a ticket was bought before the revoke-all, or with a JWT from before it. */
export function isWithdrawn(
  { issuedAtMs, tokenIssuedAtMs }: Pick<TicketClaims, 'issuedAtMs' | 'tokenIssuedAtMs'>,
  notBeforeMs: number | null,
): boolean {
  if (notBeforeMs === null) return false
  // The ticket's own time is exact: a ticket of the same moment is from before.
  return issuedAtMs <= notBeforeMs || (tokenIssuedAtMs !== null && isFromBefore(tokenIssuedAtMs, notBeforeMs))
}

/**
 * The earliest time of a revoke-all by which the JWT that asked for it is itself from before; 0 when it does not say when it
 * was issued. Without this, a JWT of the same second, or of a clock that is ahead, would outlive the log-out that it
 * asked for.
 */
export function notBeforeOf(issuedAtMs: number | undefined, nowMs: number): number {
  if (issuedAtMs === undefined || !(issuedAtMs <= nowMs + MAX_AHEAD_MS)) return 0
  return isWholeSecond(issuedAtMs) ? issuedAtMs + SECOND_MS : issuedAtMs
}
