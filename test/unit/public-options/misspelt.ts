// What the test of all public options is made of: a place in the API where an object with fixed names is handed in.

/** One object of options: the top of a call, or a group within it. */
export interface Level {
  /** The place, such as `new UnifiedAuthService({ retry })`. */
  at: string
  /** What the message calls the object. */
  owner: string
  /** One of its names. The test misspells it. */
  known: string
  /** @default 'Did you mean KNOWN?' */
  hint?: string
  /** Does the call, with these members in the object beside those that it needs. */
  call: (members: Record<string, unknown>) => unknown
}

/** A public function or method: its levels, or why it has none. */
export type Surface = Record<string, readonly Level[] | string>

export const level = (at: string, owner: string, known: string, call: Level['call']): Level => ({
  at,
  owner,
  known,
  call,
})

/** The last two letters change places, or the last is doubled where they are the same. */
export function misspell(name: string): string {
  const [before = '', last = ''] = [name.at(-2), name.at(-1)]
  return before === last ? `${name}${last}` : `${name.slice(0, -2)}${last}${before}`
}

/** What the call throws, or what its promise rejects with. */
export async function failureOf(call: () => unknown): Promise<unknown> {
  try {
    await call()
  } catch (error) {
    return error
  }
  return null
}
