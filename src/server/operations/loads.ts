// Gauges that are read from the sockets when somebody asks, and not told by events.

import { checkMethods } from '../options.ts'
import { READINGS, type ServerLoad } from './measurements.ts'

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
    /** Each gauge with the sum over all sockets. */
    readings(): [name: LoadName, value: number][] {
      const loads = [...sources].map((source) => source.load())
      const names = Object.keys(READINGS) as LoadName[]
      return names.map((name) => [name, loads.reduce((sum, load) => sum + READINGS[name](load), 0)])
    },
  }
}
