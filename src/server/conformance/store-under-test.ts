import { systemClock } from '../../platform/system-platform.ts'
import type { ConsumedClaims, TicketClaims, TicketStore } from '../ticket-store.ts'

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

/** What `consume` answers for these claims where the user has revoked nothing. */
export const consumed = (claims: TicketClaims): ConsumedClaims => ({ claims, revocation: null })

export const MINUTE_MS = 60_000
/** Long enough to be stored and looked at on a busy machine, short enough to be waited for. */
export const SHORT_MS = 120

export const wallNow = async (subject: TicketStoreUnderTest): Promise<number> =>
  (subject.wallNow ?? systemClock.wallNow)()
