import type { Clock } from '../../platform/platform.ts'
import type { UpgradeDecision } from '../upgrade-decision.ts'
import type { CrosswsPeer } from './crossws.ts'

/** What an upgrade came to, on its way from the hook `upgrade` to the hook `open`. */
export interface Admitted {
  decision: Exclude<UpgradeDecision, { kind: 'rejected' }>
  address: string | undefined
  /** Gives the room back. */
  leave(): void
}

export interface AdmittedUpgrades {
  /** Keeps it until its peer opens: the context to hand to crossws. Where none opens in time, the room is given back. */
  keep(request: Request, admitted: Admitted): Record<string, unknown>
  /** The peer's own, once; null for a peer whose upgrade nobody has admitted, and for one that opens too late. */
  take(peer: CrosswsPeer): Admitted | null
}

/** A handshake that fails after the decision opens nothing, and says so to nobody. */
const OPENS_WITHIN_MS = 10_000
const ADMITTED = Symbol('ticket-socket')

export function createAdmittedUpgrades(clock: Clock): AdmittedUpgrades {
  const stopWaiting = new Map<Admitted, () => void>()
  // By the request where a runtime does not carry the context on (Durable Objects).
  const byRequest = new WeakMap<Request, Admitted>()
  return {
    keep(request, admitted) {
      const giveUp = () => {
        stopWaiting.delete(admitted)
        admitted.leave()
      }
      stopWaiting.set(admitted, clock.setTimer(giveUp, OPENS_WITHIN_MS))
      byRequest.set(request, admitted)
      return { [ADMITTED]: admitted }
    },
    take(peer) {
      const context = peer.context as { [ADMITTED]?: Admitted }
      const admitted = context[ADMITTED] ?? byRequest.get(peer.request)
      const stop = admitted && stopWaiting.get(admitted)
      if (!stop) return null
      stop()
      stopWaiting.delete(admitted)
      return admitted
    },
  }
}
