// A ticket store that can be made to fail, to be slow, and to find nothing: around any store, also a real one.

import { TicketSocketError } from '../contract/errors.ts'
import type { Clock } from '../platform/platform.ts'
import type { TicketStore } from '../server/ticket-store.ts'

/** Each of these returns the function that undoes it. */
export interface StoreFaults {
  /** Every command fails. */
  breakStore(): () => void
  /** Every command takes this much longer, in milliseconds. */
  slowStore(delayMs: number): () => void
  /** The next `times` consumed tickets are used up and count as unknown. */
  refuseTickets(times: number): () => void
}

export interface FaultyStore extends StoreFaults {
  readonly store: TicketStore
  /** Fails every pending slow command. */
  giveUp(): void
}

const unavailable = () =>
  new TicketSocketError('store_unavailable', 'The ticket store does not answer. Try again later.')

export function createFaultyStore(store: TicketStore, clock: Clock): FaultyStore {
  const outages = new Set<object>()
  const delays = new Set<{ delayMs: number }>()
  const refusals = new Set<{ left: number }>()
  const slow = new Set<() => void>()

  function begin<Fault extends object>(faults: Set<Fault>, fault: Fault): () => void {
    faults.add(fault)
    return () => void faults.delete(fault)
  }

  const isRefused = () => {
    const refusal = [...refusals].find(({ left }) => left > 0)
    if (refusal) refusal.left--
    return refusal !== undefined
  }

  function wait(delayMs: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const stop = clock.setTimer(() => {
        slow.delete(giveUp)
        resolve()
      }, delayMs)
      const giveUp = () => {
        stop()
        reject(unavailable())
      }
      slow.add(giveUp)
    })
  }

  async function reached(): Promise<TicketStore> {
    const delayMs = [...delays].reduce((sum, delay) => sum + delay.delayMs, 0)
    if (delayMs > 0) await wait(delayMs)
    if (outages.size > 0) throw unavailable()
    return store
  }

  return {
    breakStore: () => begin(outages, {}),
    slowStore: (delayMs) => begin(delays, { delayMs }),
    refuseTickets: (times) => begin(refusals, { left: times }),
    giveUp() {
      for (const giveUp of slow) giveUp()
      slow.clear()
    },
    store: {
      kind: store.kind,
      prefix: store.prefix,
      put: async (...args) => (await reached()).put(...args),
      peek: async (...args) => (await reached()).peek(...args),
      async consume(handle) {
        const claims = await (await reached()).consume(handle)
        return isRefused() ? null : claims
      },
      revoke: async (...args) => (await reached()).revoke(...args),
      revokeAll: async (...args) => (await reached()).revokeAll(...args),
      revocation: async (...args) => (await reached()).revocation(...args),
      ping: async () => (await reached()).ping(),
    },
  }
}
