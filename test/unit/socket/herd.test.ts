import { describe, expect, test } from 'vitest'
import { CLOSE, classify, closeReason } from '../../../src/contract/close-codes.ts'
import { type Connection, NO_FAILURES } from '../../../src/socket/connection.ts'
import { transition } from '../../../src/socket/lifecycle.ts'
import { closedWith, policy } from '../../support/explore-lifecycle.ts'
import { seededRandom } from '../../support/seeded-random.ts'

const CLIENTS = 10_000
const BUCKET_MS = 250

const open: Connection = {
  phase: 'open',
  id: 1,
  method: 'ticket',
  negotiated: true,
  accepted: true,
  settleAt: null,
  renewal: { kind: 'none' },
  takesJwt: false,
  leaveAt: null,
  lastId: 1,
  failures: NO_FAILURES,
  notBefore: 0,
  lastDialAt: 0,
  refusals: null,
}

/** How many of ten thousand clients dial in each quarter of a second after the server has closed. */
function dialsAfter(code: number, reasonOf: (client: number) => string): number[] {
  const random = seededRandom(20_261_125)
  const buckets: number[] = []
  for (let client = 0; client < CLIENTS; client++) {
    const verdict = classify(code, reasonOf(client), 60_000)
    const env = { now: 1_000_000, random: random(), online: true }
    const after = transition(open, closedWith(1, verdict), env, policy)
    if (after.phase !== 'waiting') throw new Error(`${after.phase} after ${code}`)
    const bucket = Math.floor((after.until - env.now) / BUCKET_MS)
    buckets[bucket] = (buckets[bucket] ?? 0) + 1
  }
  return Array.from(buckets, (count = 0) => count)
}

describe('ten thousand clients of a server that closes all of them at once', () => {
  test.each([
    [1001, ''],
    [1012, ''],
    [1012, closeReason('restart', 20_000)],
    [4512, closeReason('restart', 0)],
    [4512, closeReason('restart', 20_000)],
    [1013, closeReason('unavailable', 20_000)],
  ])('come back spread out, at most twice as many at a time as on average (%d %s)', (code, reason) => {
    const dials = dialsAfter(code, () => reason)
    const busy = dials.filter((count) => count > 0)
    expect(busy.reduce((sum, count) => sum + count, 0)).toBe(CLIENTS)
    expect(busy.length).toBeGreaterThanOrEqual(16)
    expect(Math.max(...busy)).toBeLessThanOrEqual((2 * CLIENTS) / busy.length)
  })

  test('PR-74: clients that know no 4512 are spread by the waits which the server names', () => {
    const known: readonly number[] = Object.values(CLOSE)
    expect(known).not.toContain(4599)
    const dials = dialsAfter(4599, (client) => closeReason('restart', (client / CLIENTS) * 5_000))
    expect(Math.max(...dials.slice(0, 20))).toBeLessThanOrEqual((2 * CLIENTS) / 20)
  })
})
