// The public status over time. A *stage* is the status, with the wait before a dial told apart from the dial.

import type { SocketSnapshot } from '../../socket/socket-state.ts'
import type { SocketStatus } from '../../socket/status.ts'

export type Stage = Exclude<SocketStatus, 'reconnecting'> | 'waiting'

export interface StageSpan {
  readonly stage: Stage
  /** When it began, on the clock that never goes back, in milliseconds. */
  readonly from: number
}

export const STAGES: readonly Stage[] = ['idle', 'connecting', 'open', 'waiting', 'offline', 'closed', 'failed']

export function stageOf({ status, retryAt }: SocketSnapshot): Stage {
  if (status === 'reconnecting') return retryAt === null ? 'connecting' : 'waiting'
  return status
}

/** How long each stage lasted in all, the present one included; stages that never were are left out. */
export function timeInStages(
  spans: readonly StageSpan[],
  now: number,
): ReadonlyMap<Stage, { ms: number; times: number }> {
  const totals = new Map<Stage, { ms: number; times: number }>()
  spans.forEach(({ stage, from }, index) => {
    const before = totals.get(stage) ?? { ms: 0, times: 0 }
    const until = spans[index + 1]?.from ?? now
    totals.set(stage, { ms: before.ms + Math.max(0, until - from), times: before.times + 1 })
  })
  return totals
}
