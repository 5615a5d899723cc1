// What a server does.

import { CLOSE, closeReason } from '../../../src/contract/close-codes.ts'
import { sendControlFrame, sendFrame } from '../../../src/server/session.ts'
import type { Connection } from '../../../src/server/sessions.ts'
import type { Dice } from '../dice.ts'
import { fault } from './fault.ts'

const CODES = [
  1000, 1001, 1002, 1008, 1009, 1011, 1012, 1013, 3000, 4400, 4401, 4403, 4406, 4408, 4409, 4410, 4411, 4429, 4500,
  4503, 4508, 4512, 3003, 4001, 4003, 4444,
]

const hint = (dice: Dice) => dice.pick(undefined, undefined, 500, 5_000, 30_000)

const say = (connections: readonly Connection[], ...frames: string[]) => {
  // As text, since the server SDK never sends some of them.
  for (const connection of connections) for (const frame of frames) sendFrame(connection, frame)
  return undefined
}

export const SERVER_FAULTS = {
  restart: fault(
    (dice) => ({ afterMs: hint(dice), downMs: dice.pick(0, 500, 4_000), keepsTickets: dice.chance(0.7) }),
    ({ backend, clock }, { afterMs, downMs, keepsTickets }) => {
      backend.restart({ kind: 'close', afterMs }, keepsTickets)
      const isBack = backend.conditions.impose({ isUp: downMs === 0 })
      clock.after(downMs, isBack)
      return isBack
    },
  ),
  crash: fault(
    (dice) => dice.chance(0.6),
    ({ backend }, keepsTickets) => {
      backend.restart({ kind: 'crash' }, keepsTickets)
      return backend.conditions.impose({ isUp: false })
    },
  ),
  '4401 storm': fault(
    () => null,
    ({ backend }) => backend.conditions.impose({ forgetsTickets: true }),
  ),
  'tickets refused, connections lost': fault(
    () => null,
    ({ backend, network }) => {
      for (const wire of network.liveWires()) wire.reset()
      return backend.conditions.impose({ forgetsTickets: true })
    },
  ),
  'JWTs refused': fault(
    () => null,
    ({ backend }) => backend.conditions.impose({ refusesJwts: true }),
  ),
  'verifier slow': fault(
    (dice) => dice.pick(1_000, 6_000),
    ({ backend }, verifierDelayMs) => backend.conditions.impose({ verifierDelayMs }),
  ),
  'verifier down': fault(
    () => null,
    ({ backend }) => backend.conditions.impose({ verifierThrows: true }),
  ),
  'slow store': fault(
    (dice) => dice.pick(300, 2_000, 7_000),
    ({ backend }, storeDelayMs) => backend.conditions.impose({ storeDelayMs }),
  ),
  'store down': fault(
    () => null,
    ({ backend }) => backend.conditions.impose({ isStoreDown: true }),
  ),
  'tickets off': fault(
    () => null,
    ({ backend }) => backend.conditions.impose({ hasTickets: false }),
  ),
  'closes with a code': fault(
    (dice) => ({ code: dice.pick(...CODES), afterMs: hint(dice) }),
    ({ backend }, { code, afterMs }) => {
      backend.sessions().closeAll(code, closeReason('server_error', afterMs))
      return undefined
    },
  ),
  'sends away': fault(
    (dice) => dice.pick(0, 2_000, 10_000),
    ({ backend, clock }, deadline_ms) => {
      const leaving = backend.sessions().connections()
      for (const connection of leaving) sendControlFrame(connection, { type: 'ts:going_away', deadline_ms })
      clock.after(deadline_ms + 1_000, () => {
        for (const connection of leaving) connection.close(CLOSE.goingAway, 'going_away')
      })
      return undefined
    },
  ),
  'says nothing': fault(
    () => null,
    ({ backend }) => backend.conditions.impose({ isMute: true }),
  ),
  'talks nonsense': fault(
    (dice) =>
      dice.pick(
        '{',
        '[]',
        '{"type":7}',
        'null',
        '{"type":"error","message":"no"}',
        '{"error":"no"}',
        '{"type":"ts:ping"}',
        '{"type":"ts:connection_established"}',
        '{"type":"ts:auth_refreshed","expires_at":1,"expires_in":-5}',
        '{"type":"ts:error","code":"x","message":"y","reply_to":"renewal-1"}',
        '{"type":"ts:going_away","deadline_ms":"soon"}',
        '{"type":"ts:pong","timestamp":1}',
        `{"type":"${'x'.repeat(50)}"}`,
      ),
    ({ backend }, frame) => say(backend.sessions().connections(), frame),
  ),
  'names another user': fault(
    () => null,
    ({ backend }) => backend.conditions.impose({ namesAnotherUser: true }),
  ),
}
