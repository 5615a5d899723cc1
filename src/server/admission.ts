// Who comes in, whatever carries the connection: room on this server before the credential is looked at, and once more after.

import type { CloseReason } from '../contract/close-codes.ts'
import { createOpenSockets } from './open-sockets.ts'
import type { Tell } from './server-events.ts'
import type { UpgradeDecision, UpgradeRequest } from './upgrade-decision.ts'

export interface AdmissionDeps {
  authenticate(request: UpgradeRequest): Promise<UpgradeDecision>
  maxPendingUpgrades: number
  maxConnectionsPerAddress: number
  /** Whether this server takes no connection any more. */
  isLeaving(): boolean
  tell: Tell
}

export interface Admission {
  /**
   * Decides about an upgrade. `onEntered` is called at once when there is room, with the function that gives the room back:
   * call it when the connection is gone, or was never made.
   */
  admit(request: UpgradeRequest, onEntered: (leave: () => void) => void): Promise<UpgradeDecision>
  /** Upgrades that wait for their decision. */
  readonly pending: number
}

/** How long a client that is turned away by a full or leaving server stays away. */
export const RETRY_MS = 5_000

export function createAdmission(deps: AdmissionDeps): Admission {
  const { authenticate, maxPendingUpgrades, maxConnectionsPerAddress, isLeaving, tell } = deps
  const openSockets = createOpenSockets(maxConnectionsPerAddress)
  let pending = 0

  function turnAway(status: 429 | 503, reason: CloseReason): UpgradeDecision {
    tell(() => ({
      kind: 'upgrade_refused',
      reason,
      code: null,
      status,
      origin: null,
      address: undefined,
      durationMs: 0,
    }))
    return { kind: 'rejected', status, reason, retryAfterMs: RETRY_MS }
  }

  return {
    get pending() {
      return pending
    },
    async admit(request, onEntered) {
      if (isLeaving() || pending >= maxPendingUpgrades) return turnAway(503, 'unavailable')
      const leave = openSockets.enter(request.address)
      if (!leave) return turnAway(429, 'too_many')
      onEntered(leave)
      pending++
      const decision = await authenticate(request).finally(() => pending--)
      return isLeaving() ? turnAway(503, 'unavailable') : decision
    },
  }
}
