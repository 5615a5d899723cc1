// Whether tickets are used at all. Off by default; nothing here keeps state, so the flag can be flipped at any time
// and the next attempt obeys.

import { asGiven, or, resolve } from '../platform/option-checks.ts'

/**
 * `true`/`false`; a function asked before each attempt; or a share of users: `{ rollout: 0.1 }` is one user in ten,
 * always the same ones. Change `salt` to draw other users.
 */
export type FeatureFlag = boolean | (() => boolean | Promise<boolean>) | { rollout: number; salt?: string }

export function checkFlag(name: string, flag: FeatureFlag): FeatureFlag {
  if (typeof flag === 'boolean' || typeof flag === 'function') return flag
  if (typeof flag === 'object' && flag !== null) {
    const { rollout, salt } = resolve(name, flag, { rollout: asGiven, salt: or('', asGiven) }, `${name}.`)
    if (typeof rollout === 'number' && rollout >= 0 && rollout <= 1 && typeof salt === 'string') return flag
  }
  throw new TypeError(`${name} must be a boolean, a function, or { rollout } from 0 to 1, with a string as salt`)
}

/** FNV-1a with a final mix: short, stable for ever, evenly spread. Not for secrets. */
function shareOf(text: string): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32
}

/** The flag for this user. A roll-out needs somebody to be sticky to: without a user id it is off. */
export function readFlag(flag: FeatureFlag, userId: string | null): boolean | Promise<boolean> {
  if (typeof flag === 'function') return flag()
  if (typeof flag === 'boolean') return flag
  return userId !== null && shareOf(`${flag.salt ?? ''}:${userId}`) < flag.rollout
}
