// When a session is renewed in band, before its end.

import type { ConnectionEvent, Env, Renewal } from './connection.ts'

const MAX_RENEWAL_LEAD_MS = 60_000
/** A session shorter than this is not renewed but opened anew. */
const MIN_RENEWABLE_MS = 10_000
const MIN_GAIN_MS = 1_000

/**
 * Asks again before the new end, unless asking has gained nothing: then the JWT behind it is at its end, too. An app that
 * has no newer JWT yet is asked again in half of the time that is left.
 */
export function renewalAfter(
  endsAt: number,
  event: Extract<ConnectionEvent, { type: 'renewed' | 'not_renewed' }>,
  env: Env,
): Renewal {
  if (event.type === 'not_renewed') {
    const leftMs = endsAt - env.now
    if (!event.mayAskAgain || leftMs < MIN_RENEWABLE_MS) return { kind: 'none' }
    return { kind: 'later', at: env.now + leftMs / 2, endsAt }
  }
  if (env.now + event.expiresInMs < endsAt + MIN_GAIN_MS) return { kind: 'none' }
  return renewBefore(event.expiresInMs, env)
}

export function renewBefore(expiresInMs: number | undefined, env: Env): Renewal {
  if (expiresInMs === undefined || expiresInMs < MIN_RENEWABLE_MS) return { kind: 'none' }
  const lead = Math.min(MAX_RENEWAL_LEAD_MS, expiresInMs / 4)
  const endsAt = env.now + expiresInMs
  return { kind: 'later', at: endsAt - lead * (0.5 + 0.5 * env.chance), endsAt }
}
