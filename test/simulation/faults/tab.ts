// What happens to a tab.

import type { World } from '../world.ts'
import { fault } from './fault.ts'

export const TAB_FAULTS = {
  hidden: fault(
    (dice) => dice.pick(0, 1_000, 1_000, 60_000),
    ({ tab }, throttleMs) => tab.hide(throttleMs),
  ),
  frozen: fault(
    // Some while the link has just been asked whether it lives: its answer waits, and so does the timer.
    (dice) => dice.chance(0.4),
    (world, isAsking) => {
      if (isAsking) world.tab.say('restored')
      return still(world, () => world.tab.thaw(false))
    },
  ),
  asleep: fault(
    (dice) => ({ standsStill: dice.chance(0.5), losesConnections: dice.chance(0.6) }),
    (world, { standsStill, losesConnections }) => {
      if (losesConnections) for (const wire of world.network.liveWires()) wire.cut('both')
      return still(world, () => {
        world.tab.thaw(standsStill)
        world.tab.say('shown')
      })
    },
  ),
  offline: fault(
    () => null,
    ({ tab, network }) => {
      const end = network.conditions.impose({ isPartitioned: true })
      const comeBack = tab.goOffline()
      return () => {
        end()
        network.resume()
        comeBack()
      }
    },
  ),
  'offline flaps': fault(
    (dice) => dice.whole(3, 40),
    ({ tab, clock }, times) => {
      for (let i = 0; i < times; i++) {
        clock.after(i * 40, () => tab.say('offline'))
        clock.after(i * 40 + 20, () => tab.say('online'))
      }
      return undefined
    },
  ),
  'says offline, and is not': fault(
    () => null,
    ({ tab }) => tab.goOffline(),
  ),
  'clock set': fault(
    (dice) => dice.pick(-86_400_000, -200_000, 200_000, 86_400_000),
    ({ tab }, ms) => {
      tab.moveWall(ms)
      return () => tab.moveWall(-ms)
    },
  ),
  'back from the cache': fault(
    () => null,
    (world) => {
      for (const wire of world.network.liveWires()) wire.cut('both')
      return still(world, () => {
        world.tab.thaw(false)
        world.tab.say('restored')
      })
    },
  ),
}

function still({ tab }: World, wake: () => void) {
  if (tab.isStill) return undefined
  tab.freeze()
  return wake
}
