// Who comes in, whatever carries the connection: room on this server before the credential is looked at, and once more after.

import type { CloseReason } from '../contract/close-codes.ts'
import { createOpenSockets } from './open-sockets.ts'
import type { Emit, TurnedAway } from './server-events.ts'
import type { UpgradeDecision, UpgradeRequest } from './upgrade-decision.ts'

export interface AdmissionDeps {
  authenticate(request: UpgradeRequest): Promise<UpgradeDecision>
  maxPendingUpgrades: number
  maxConnectionsPerAddress: number
  /** Whether this server takes no connection any more. */
  isLeaving(): boolean
  emit: Emit
}

export interface Admission {
  /**
   * Decides about an upgrade. `onEntered` is called at once when there is room, with the function that gives the room back:
   * call it when the connection is gone, or was never made.
   */
  admit(request: UpgradeRequest, onEntered: (leave: () => void) => void): Promise<UpgradeDecision>
  /** Turns away the upgrades that wait for their decision. What is decided about them later is ignored. */
  close(): void
  /** Upgrades that wait for their decision. */
  readonly pending: number
}

/** How long a client that is turned away by a full or leaving server stays away. */
export const RETRY_MS = 5_000

export function createAdmission(deps: AdmissionDeps): Admission {
  const { authenticate, maxPendingUpgrades, maxConnectionsPerAddress, isLeaving, emit } = deps
  const openSockets = createOpenSockets(maxConnectionsPerAddress)
  /** Ends the wait of each pending upgrade without a decision. */
  const waiting = new Set<() => void>()

  function turnAway(status: 429 | 503, reason: CloseReason, turnedAway: TurnedAway | null): UpgradeDecision {
    emit(() => ({
      kind: 'upgrade_refused',
      reason,
      turnedAway,
      code: null,
      status,
      origin: null,
      address: undefined,
      durationMs: 0,
    }))
    return { kind: 'rejected', status, reason, retryAfterMs: RETRY_MS }
  }

  async function decide(request: UpgradeRequest): Promise<UpgradeDecision | null> {
    let stopWaiting = () => {}
    const stopped = new Promise<null>((resolve) => {
      stopWaiting = () => resolve(null)
    })
    waiting.add(stopWaiting)
    return Promise.race([authenticate(request), stopped]).finally(() => waiting.delete(stopWaiting))
  }

  return {
    get pending() {
      return waiting.size
    },
    async admit(request, onEntered) {
      if (isLeaving()) return turnAway(503, 'unavailable', 'leaving')
      if (waiting.size >= maxPendingUpgrades) return turnAway(503, 'unavailable', 'full')
      const leave = openSockets.enter(request.address)
      if (!leave) return turnAway(429, 'too_many', null)
      onEntered(leave)
      const decision = await decide(request)
      return decision === null || isLeaving() ? turnAway(503, 'unavailable', 'leaving') : decision
    },
    close() {
      for (const stopWaiting of waiting) stopWaiting()
    },
  }
}
