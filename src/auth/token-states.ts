// What a session knows of each token, by its value: one state each. Bounded; the oldest is forgotten first.

export type TokenState =
  /** An answer of the app in this session, which is not used yet. */
  | 'received'
  /** Used in this session. */
  | 'used'
  /** A newer one has come: an app that still answers with it answers late. */
  | 'replaced'
  /** Refused for a connection, and no credential was accepted since. */
  | 'refused'
  /** Refused, before a ticket was accepted: it is not used again, but counts no more. */
  | 'forgiven'

const MAX_KNOWN = 64
/** A refused JWT is refreshed once; refused again, the user has to sign in. */
const MAX_REFUSALS = 2

export type TokenStates = ReturnType<typeof createTokenStates>

export function createTokenStates() {
  const states = new Map<string, TokenState>()
  /** Refused for something else than a connection, and last of all. */
  let toRenew: string | null = null

  function change(from: readonly TokenState[], to: TokenState) {
    for (const [token, state] of states) if (from.includes(state)) states.set(token, to)
  }

  return {
    note: (token: string, state: TokenState) => noteLatest(states, token, state),
    /** An answer of the app, whether or not somebody waits for it. */
    receive(token: string) {
      if (!states.has(token)) noteLatest(states, token, 'received')
    },
    is(token: string, ...wanted: TokenState[]): boolean {
      const state = states.get(token)
      return state !== undefined && wanted.includes(state)
    },
    /** One that was refused stays so: it counts. */
    replace(token: string) {
      if (states.get(token) === 'used') noteLatest(states, token, 'replaced')
    },
    refuse(token: string) {
      if (states.get(token) !== 'forgiven') noteLatest(states, token, 'refused')
    },
    /** The server has refused it for something else than a connection: a newer one is wanted. */
    toRenew(token: string) {
      toRenew = token
    },
    isToRenew: (token: string) => token === toRenew,
    hasRefusedEnough: () => [...states.values()].filter((state) => state === 'refused').length >= MAX_REFUSALS,
    forgive: () => change(['refused'], 'forgiven'),
    /** A JWT was accepted: what was refused before is no reason any more, and is only old. */
    accept: () => change(['refused', 'forgiven'], 'replaced'),
    values: () => states.keys(),
  }
}

/** At the end of the map again: a token that was seen lately is forgotten last. */
export function noteLatest<State>(states: Map<string, State>, token: string, state: State): void {
  states.delete(token)
  states.set(token, state)
  for (const oldest of states.keys()) {
    if (states.size <= MAX_KNOWN) break
    states.delete(oldest)
  }
}
