/** How many sockets are open from each address. */
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
      const count = counts.get(address) ?? 0
      if (count >= max) return null
      counts.set(address, count + 1)
      return () => {
        const left = (counts.get(address) ?? 1) - 1
        if (left > 0) counts.set(address, left)
        else counts.delete(address)
      }
    },
  }
}
