// What rules of all kinds need: names that nobody used before, and time that passes.

import { systemClock, systemRandomBytes } from '../../platform/system-platform.ts'
import { randomName } from '../ticket-value.ts'

/** Handles and a user that nobody used before, in this process or another. */
export function fresh() {
  const id = randomName(systemRandomBytes, 12)
  return { handle: id.padEnd(43, 'h'), other: id.padEnd(43, 'o'), userId: `user-${id}` }
}

const wait = (ms: number) => new Promise<void>((resolve) => void systemClock.setTimer(resolve, ms))

export const elapse = (subject: { elapse?(ms: number): Promise<void> }, ms: number): Promise<void> =>
  (subject.elapse ?? wait)(ms)
