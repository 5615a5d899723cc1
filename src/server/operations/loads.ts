// Gauges: they are read from the sockets on request, not counted from events.

import { checkMethods } from '../options.ts'
import { INSTRUMENTS, READINGS, type ServerLoad } from './measurements.ts'

/** Sockets of `attachTicketSocket` or `createTicketSocketServer`. */
export interface LoadSource {
  load(): ServerLoad
}

export type LoadName = keyof typeof READINGS

export function createLoads() {
  const sources = new Set<LoadSource>()
  return {
    watch(source: LoadSource): () => void {
      checkMethods('sockets', source, ['load'])
      sources.add(source)
      return () => void sources.delete(source)
    },
    /** Each gauge with the sum over all sockets, or the largest where a sum would mean nothing. */
    readings(): [name: LoadName, value: number][] {
      const loads = [...sources].map((source) => source.load())
      const names = Object.keys(READINGS) as LoadName[]
      return names.map((name) => {
        const isPeak = INSTRUMENTS[name].kind === 'peak'
        const add = (sum: number, load: ServerLoad) => sum + READINGS[name](load)
        const longest = (most: number, load: ServerLoad) => Math.max(most, READINGS[name](load))
        return [name, loads.reduce(isPeak ? longest : add, 0)]
      })
    },
  }
}
