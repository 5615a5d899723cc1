// What is known of each token, by its value: one state each. Bounded; the oldest is forgotten first.

import { Secret } from '../platform/secret.ts'

export type TokenState =
  /** Used in this session. */
  | 'used'
  /** A newer one has come: an app that still answers with it answers late. */
  | 'replaced'
  /** Refused for a connection, and no credential was accepted since. */
  | 'refused'
  /** Refused, before a ticket was accepted: it is not used again, but counts no more. */
  | 'forgiven'
  /** Of a session that ended by a log-out: an app that forgets it late cannot revive it. */
  | 'barred'

const MAX_KNOWN = 64

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

  return {
    note,
    change,
    is(token: string, ...wanted: TokenState[]): boolean {
      const state = states.get(token)
      return state !== undefined && wanted.includes(state)
    },
    /** One that was refused stays so: it counts. */
    replace(token: string) {
      if (states.get(token) === 'used') note(token, 'replaced')
    },
    count: (wanted: TokenState) => [...states.values()].filter((state) => state === wanted).length,
    /** Everything of this session, at its log-out. */
    barAll: () => change(['used', 'replaced', 'refused', 'forgiven'], 'barred'),
    /** Only what a log-out has barred is known across sessions. */
    beginSession() {
      for (const [token, state] of states) if (state !== 'barred') states.delete(token)
    },
    /** To be masked wherever they come up. */
    known: (): Secret[] => [...states.keys()].map((token) => new Secret(token)),
  }
}
