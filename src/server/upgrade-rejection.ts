import { titleOf } from './http-problem.ts'
import type { UpgradeDecision } from './upgrade-decision.ts'

export type Rejection = Omit<Extract<UpgradeDecision, { kind: 'rejected' }>, 'kind'>

/** A connection that was refused, and a server that closes, wait this long for a peer to close; then it is dropped. */
export const GRACE_MS = 1_000

/** The plain HTTP answer to an upgrade that is rejected. */
export function rejectionOf({ status, reason, retryAfterMs }: Rejection) {
  const title = titleOf(status)
  return {
    title,
    body: JSON.stringify({ type: 'about:blank', title, status, detail: reason ?? title }),
    headers: {
      'Content-Type': 'application/problem+json',
      'Cache-Control': 'no-store',
      Vary: 'Origin',
      ...(status === 401 && { 'WWW-Authenticate': 'Bearer' }),
      ...(retryAfterMs !== undefined && { 'Retry-After': String(Math.max(1, Math.ceil(retryAfterMs / 1_000))) }),
    } as Record<string, string>,
  }
}
