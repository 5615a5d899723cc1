// Which method an attempt uses. Plain functions: nothing here touches the clock, the network or the service.

import type { TicketSocketErrorCode } from '../contract/errors.ts'
import type { AuthMethod } from '../contract/wire.ts'
import { hasLostDials, type TicketRecord, wereRefused } from './ticket-record.ts'

export interface Situation {
  record: TicketRecord
  /** Whether the feature flag is on for this user. */
  ticketAuth: boolean
  /** Whether somebody is signed in. */
  hasToken: boolean
  chain: readonly AuthMethod[]
  /** Monotonic milliseconds. */
  now: number
}

/** The methods to try for one attempt, best first. Empty: nothing is allowed, which is an authentication error. */
export function methodsFor({ record, ticketAuth, hasToken, chain, now }: Situation): AuthMethod[] {
  const isJwtsTurn = chain.includes('jwt') && (hasLostDials(record) || wereRefused(record))
  return chain.filter((method) => {
    switch (method) {
      case 'ticket':
        return ticketAuth && hasToken && !record.reverted && now >= record.notBefore && !isJwtsTurn
      case 'jwt':
        return hasToken
      case 'none':
        // Reached only when nobody is signed in. A refused or failed credential never ends here.
        return !hasToken
      default:
        return method satisfies never
    }
  })
}

/** Whether this attempt may go on by JWT. The JWT itself was refused, or nobody waits any more: then it may not. */
export function mayStepDown(code: TicketSocketErrorCode, appAskedForPermissions: boolean): boolean {
  switch (code) {
    case 'unauthenticated':
    case 'aborted':
    case 'signed_out':
    case 'token_callback_failed':
      return false
    case 'forbidden':
      // A JWT connection would hold every permission, also those that the app did not want.
      return !appAskedForPermissions
    default:
      return true
  }
}
