// What a user's last revoke-all ends. Nothing here touches the clock or the store.

/**
 * What a revoke-all leaves in the store: two marks, since the clock of a JWT's issuer is not the store's. Milliseconds
 * since 1970. Why there are two stands in docs/decisions/0007.
 */
export interface RevocationMarks {
  /**
   * When the store recorded it, by the store's clock, and always later than the one before. It names the revoke-all: tickets
   * and connections that know an earlier one, or none, are over.
   */
  atMs: number
  /** A JWT that was issued (`iat`) until then is refused. */
  tokensUntilMs: number
}

/** An issuer's clock and this server's may each be off by a minute; a JWT from further in the future moves no mark. */
const MAX_AHEAD_MS = 120_000

/**
 * Whether what knows of this revoke-all at the latest (`null`: of none) is from before the given one. No clock is compared:
 * each ticket and each connection keeps the mark that was read when it was made.
 */
export const isOver = (afterRevocationMs: number | null, atMs: number): boolean =>
  (afterRevocationMs ?? Number.NEGATIVE_INFINITY) < atMs

/** Whether a ticket was stored before the last revoke-all of its user. */
export const isWithdrawn = (
  { afterRevocationMs }: { afterRevocationMs: number | null },
  revocation: RevocationMarks | null,
): boolean => revocation !== null && isOver(afterRevocationMs, revocation.atMs)

/**
 * Whether a JWT counts as issued before the revoke-all: one that names its very moment or, in whole seconds, its very second
 * does, and so does one that does not say when it was issued.
 */
export const isTokenRevoked = (issuedAtMs: number | undefined, revocation: RevocationMarks | null): boolean =>
  revocation !== null && !(issuedAtMs !== undefined && issuedAtMs > revocation.tokensUntilMs)

/**
 * Until when JWTs are refused at least, so that the JWT which asks for the revoke-all is, also when its issuer's clock is
 * ahead. 0 when it does not say when it was issued.
 */
export const tokensUntilOf = (issuedAtMs: number | undefined, nowMs: number): number =>
  issuedAtMs !== undefined && issuedAtMs <= nowMs + MAX_AHEAD_MS ? issuedAtMs : 0
