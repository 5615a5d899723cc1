// How a check ends that does not pass.

export class BrokenRule extends Error {
  override readonly name = 'BrokenRule'
}

export class SkippedRule extends Error {
  override readonly name = 'SkippedRule'
}

export function check(holds: boolean, otherwise: string): asserts holds {
  if (!holds) throw new BrokenRule(otherwise)
}

export const equal = (what: string, actual: unknown, expected: unknown): void =>
  check(actual === expected, `${what} should be ${String(expected)}, was ${String(actual)}`)
