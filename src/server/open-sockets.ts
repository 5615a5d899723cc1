import { addressBlock, siteOf, TIMES_PER_SITE } from './address-block.ts'

/** How many sockets are open from each address (of IPv6, from each /64, and from each /48 sixteen times as many). */
export interface OpenSockets {
  /** Counts one in, unless its address holds `max` already. The function that is returned counts it out. */
  enter(address: string | undefined): (() => void) | null
}

/** An `undefined` address is not limited. */
export function createOpenSockets(max: number): OpenSockets {
  const counts = new Map<string, number>()

  function leave(block: string) {
    const left = (counts.get(block) ?? 1) - 1
    if (left > 0) counts.set(block, left)
    else counts.delete(block)
  }

  return {
    enter(address) {
      if (address === undefined) return () => {}
      const site = siteOf(address)
      const limits: [block: string, most: number][] = [[addressBlock(address), max]]
      if (site !== null) limits.push([site, max * TIMES_PER_SITE])
      if (limits.some(([block, most]) => (counts.get(block) ?? 0) >= most)) return null
      for (const [block] of limits) counts.set(block, (counts.get(block) ?? 0) + 1)
      return () => {
        for (const [block] of limits) leave(block)
      }
    },
  }
}
