// What is known of each token, by its value: one state each. Bounded; the oldest is forgotten first.

import { Secret } from '../platform/secret.ts'

export type TokenState =
  /** An answer of the app in this session, which is not used yet. */
  | 'heard'
  /** Used in this session. */
  | 'used'
  /** A newer one has come: an app that still answers with it answers late. */
  | 'replaced'
  /** Refused for a connection, and no credential was accepted since. */
  | 'refused'
  /** Refused, before a ticket was accepted: it is not used again, but counts no more. */
  | 'forgiven'
  /** Of a session whose user signed out: an app that clears it late cannot revive it. */
  | 'barred'
  /** Requested before a sign-out and answered after it: barred for as long as an app may take to clear its token. */
  | 'overtaken'

const MAX_KNOWN = 64
/** A refused JWT is refreshed once; refused again, the user has to sign in. */
const MAX_REFUSALS = 2

export type TokenBook = ReturnType<typeof createTokenBook>

export function createTokenBook() {
  const states = new Map<string, TokenState>()

  function note(token: string, state: TokenState) {
    // At the end of the map again: what was seen lately is forgotten last.
    states.delete(token)
    states.set(token, state)
    for (const oldest of states.keys()) {
      if (states.size <= MAX_KNOWN) break
      states.delete(oldest)
    }
  }

  function change(from: readonly TokenState[], to: TokenState) {
    for (const [token, state] of states) if (from.includes(state)) states.set(token, to)
  }

  function forget(...forgotten: TokenState[]) {
    for (const [token, state] of states) if (forgotten.includes(state)) states.delete(token)
  }

  return {
    note,
    is(token: string, ...wanted: TokenState[]): boolean {
      const state = states.get(token)
      return state !== undefined && wanted.includes(state)
    },
    /** One that was refused stays so: it counts. */
    replace(token: string) {
      if (states.get(token) === 'used') note(token, 'replaced')
    },
    /** Not one that this session uses already. */
    overtake(token: string) {
      if (['heard', undefined].includes(states.get(token))) note(token, 'overtaken')
    },
    refuse(token: string) {
      if (states.get(token) !== 'forgiven') note(token, 'refused')
    },
    hasRefusedEnough: () => [...states.values()].filter((state) => state === 'refused').length >= MAX_REFUSALS,
    forgive: () => change(['refused'], 'forgiven'),
    /** A JWT was accepted: what was refused before is no reason any more, and is only old. */
    accept: () => change(['refused', 'forgiven'], 'replaced'),
    has: (token: string) => states.has(token),
    isBarred: (token: string) => ['barred', 'overtaken'].includes(states.get(token) ?? ''),
    forget,
    /** Everything of this session, as its user signs out. */
    barAll: () => change(['heard', 'used', 'replaced', 'refused', 'forgiven'], 'barred'),
    /** Only what a sign-out has barred is known across sessions. */
    beginSession: () => forget('heard', 'used', 'replaced', 'refused', 'forgiven'),
    /** To be masked wherever they come up. */
    known: (): Secret[] => [...states.keys()].map((token) => new Secret(token)),
  }
}
