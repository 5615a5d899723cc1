import { addressBlock } from './address-block.ts'

/** How many sockets are open from each address (of IPv6, from each /64). */
export interface OpenSockets {
  /** Counts one in, unless its address holds `max` already. The function that is returned counts it out. */
  enter(address: string | undefined): (() => void) | null
}

/** An `undefined` address is nobody's: it is not limited. */
export function createOpenSockets(max: number): OpenSockets {
  const counts = new Map<string, number>()
  return {
    enter(address) {
      if (address === undefined) return () => {}
      const block = addressBlock(address)
      const count = counts.get(block) ?? 0
      if (count >= max) return null
      counts.set(block, count + 1)
      return () => {
        const left = (counts.get(block) ?? 1) - 1
        if (left > 0) counts.set(block, left)
        else counts.delete(block)
      }
    },
  }
}
