import type { Judge } from '../edge.ts'
import type { World } from '../world.ts'
import { judgeChain } from './chain.ts'
import { judgeConnections } from './connections.ts'
import { judgeDelivery } from './delivery.ts'
import { judgeDuties } from './duties.ts'
import { judgePace } from './pace.ts'
import { judgePatience } from './patience.ts'
import { judgeSecrecy } from './secrecy.ts'
import { judgeSession } from './session.ts'
import { judgeTickets } from './tickets.ts'

export const createJudges = (world: Pick<World, 'edge' | 'snapshot' | 'tab' | 'app' | 'network'>): Judge[] => [
  judgeTickets(world),
  judgeConnections(world),
  judgeDuties(world),
  judgePatience(world),
  judgeChain(world),
  judgePace(world),
  judgeSession(world),
  judgeDelivery(world),
  judgeSecrecy(world),
]
