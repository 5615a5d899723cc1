import type { Probe } from './probe.ts'
import type { ResolvedTarget } from './target.ts'

/** What a rule needs beyond an address and a JWT. */
export type Need =
  | 'another user'
  | 'request headers'
  | 'socket headers'
  | 'a foreign origin'
  | 'an allowed origin'
  | 'time'
  | 'a store to break'
  | 'a restart'
  | 'a new token'
  | 'a token that ends'
  | 'library limits'

export interface ConformanceRule {
  /** Of PROTOCOL.md, with the number of this check among those of the rule: `PR-17.2`. */
  readonly id: string
  /** What a conforming backend does. */
  readonly title: string
  readonly needs: readonly Need[]
  /** Rejects with a `BrokenRule` when it is broken, with `SkippedRule` when this backend has nothing to check. */
  readonly run: (probe: Probe) => Promise<void>
}

/** A rule without a number yet; `numbered` gives it one. */
type Draft = [title: string, run: ConformanceRule['run'], ...needs: Need[]]

/** The checks of one rule of PROTOCOL.md, in order. */
export const rule = (pr: string, ...drafts: Draft[]): ConformanceRule[] =>
  drafts.map(([title, run, ...needs], index) => ({ id: `${pr}.${index + 1}`, title, run, needs }))

const WHY: Readonly<Record<Need, { isThere(target: ResolvedTarget): boolean; else: string }>> = {
  'another user': {
    isThere: ({ otherToken }) => otherToken !== undefined,
    else: 'needs the JWT of another user (otherToken)',
  },
  'request headers': {
    isThere: ({ requestHeaders }) => requestHeaders,
    else: 'this fetch sends no headers of its own',
  },
  'socket headers': {
    isThere: ({ socketHeaders }) => socketHeaders,
    else: 'this WebSocket sends no headers of its own',
  },
  'a foreign origin': {
    isThere: ({ foreignOrigin }) => foreignOrigin !== undefined,
    else: 'needs an origin that the server refuses (foreignOrigin)',
  },
  'an allowed origin': {
    isThere: ({ origin }) => origin !== undefined,
    else: 'needs an origin that the server allows (origin)',
  },
  time: { isThere: ({ passTime }) => passTime !== undefined, else: 'takes half a minute or more (passTime)' },
  'a store to break': {
    isThere: ({ breakStore }) => breakStore !== undefined,
    else: 'needs a store that can be broken (breakStore)',
  },
  'a restart': {
    isThere: ({ restart }) => restart !== undefined,
    else: 'needs a server that can be restarted (restart)',
  },
  'a new token': {
    isThere: ({ renewToken }) => renewToken !== undefined,
    else: 'withdraws the JWT, so it needs another one afterwards (renewToken)',
  },
  'a token that ends': {
    isThere: ({ token }) => typeof token === 'function' || claimOf(token, 'exp') !== null,
    else: 'the JWT has no end that can be read',
  },
  'library limits': {
    isThere: ({ libraryLimits }) => libraryLimits === true,
    else: 'a limit that each server sets for itself (libraryLimits)',
  },
}

/** Why this rule cannot be checked here; `null` if it can. */
export function whyNot({ needs }: ConformanceRule, target: ResolvedTarget): string | null {
  const missing = needs.find((need) => !WHY[need].isThere(target))
  return missing === undefined ? null : WHY[missing].else
}

/** A number that a JWT says of itself, such as `exp` or `iat`. */
export function claimOf(jwt: string, name: string): number | null {
  try {
    const [, payload = ''] = jwt.split('.')
    const claims = JSON.parse(atob(payload.replaceAll('-', '+').replaceAll('_', '/'))) as Record<string, unknown>
    const value = claims[name]
    return typeof value === 'number' ? value : null
  } catch {
    return null
  }
}
