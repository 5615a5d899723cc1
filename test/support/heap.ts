// How much of the heap is really used: what nobody needs any more is swept out before it is looked at.

import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

let sweep: (() => void) | null = null

export function heapInUse(): number {
  if (!sweep) {
    setFlagsFromString('--expose-gc')
    sweep = runInNewContext('gc') as () => void
  }
  sweep()
  return process.memoryUsage().heapUsed
}
