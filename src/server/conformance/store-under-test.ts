import { systemClock, systemRandomBytes } from '../../platform/system-platform.ts'
import type { TicketStore } from '../ticket-store.ts'
import { randomName } from '../ticket-value.ts'

/** A store for one rule. It may hold what other rules left behind: each uses handles and users of its own. */
export interface TicketStoreUnderTest {
  store: TicketStore
  /** Lets time pass for the store, in milliseconds. @default waits */
  elapse?(ms: number): Promise<void>
  /** The store's own time, in milliseconds since 1970. @default this machine's */
  wallNow?(): number | Promise<number>
  /** Called when the rule has been checked. */
  close?(): unknown
}

export const MINUTE_MS = 60_000
/** Long enough to be stored and looked at on a busy machine, short enough to be waited for. */
export const SHORT_MS = 120

/** Handles and a user that nobody used before, in this process or another. */
export function fresh() {
  const id = randomName(systemRandomBytes, 12)
  return { handle: id.padEnd(43, 'h'), other: id.padEnd(43, 'o'), userId: `user-${id}` }
}

const wait = (ms: number) => new Promise<void>((resolve) => void systemClock.setTimer(resolve, ms))

export const elapse = (subject: TicketStoreUnderTest, ms: number): Promise<void> => (subject.elapse ?? wait)(ms)

export const wallNow = async (subject: TicketStoreUnderTest): Promise<number> =>
  (subject.wallNow ?? systemClock.wallNow)()
