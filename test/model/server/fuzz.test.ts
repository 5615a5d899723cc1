// Anything may arrive: 100,000 inputs, of which none throws, changes a prototype, or is let in. fast-check prints the seed
// of a failure.

import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import { CLOSE_REASONS } from '../../../src/contract/close-codes.ts'
import { isErrorFrame, isPong } from '../../../src/contract/wire.ts'
import { createUpgradeAuthenticator } from '../../../src/server/upgrade.ts'
import { heapInUse } from '../../support/heap.ts'
import { arrangeTickets } from '../../unit/server/arrange.ts'
import { arrangeSessions } from '../../unit/server/arrange-sessions.ts'
import { HOSTILE, hostileFrame, hostileUpgrade, prototypes } from './hostile-input.ts'

const before = prototypes()
const MIB = 1024 * 1024
let heapBefore = 0

beforeAll(() => {
  heapBefore = heapInUse()
})
afterAll(() => {
  expect(prototypes()).toEqual(before)
  expect(({} as { type?: unknown }).type).toBeUndefined()
  expect(heapInUse() - heapBefore).toBeLessThan(64 * MIB)
})

describe.each([
  ['as it comes', {}],
  ['with everything switched on', { jwtInQuery: true, allowMissingOrigin: true }],
  ['by HTTP', { reject: 'http' as const, allowMissingOrigin: true }],
])('hostile upgrades, %s', (_, options) => {
  test('are refused with a reason of the vocabulary, and no credential is selected (20,000 of them)', async () => {
    const { tickets, clock } = arrangeTickets()
    const allowedOrigins = ['https://app.example.com']
    const authenticate = createUpgradeAuthenticator({
      tickets,
      verifyToken: () => null,
      allowedOrigins,
      clock,
      limit: { burst: 100_000, perMinute: 1 },
      ...options,
    })
    await fc.assert(
      fc.asyncProperty(hostileUpgrade, async (request) => {
        const decision = await authenticate(request)
        expect(decision.kind).not.toBe('accepted')
        if (decision.kind === 'accepted') return
        expect(CLOSE_REASONS).toContain(decision.reason)
        if (decision.kind === 'rejected') {
          expect([400, 401, 403, 429]).toContain(decision.status)
          return
        }
        expect([4400, 4401, 4403]).toContain(decision.code)
        if (decision.subprotocol === undefined) return
        expect(request.protocols).toContain(decision.subprotocol)
        expect(decision.subprotocol).not.toMatch(/^(?:jwt|jwt-auth|bearer)\./i)
      }),
      { numRuns: 20_000 },
    )
  }, 60_000)
})

describe.each([
  ['that speaks ticket-socket.v1', 'ticket-socket.v1'],
  ['that is plain', undefined],
])('hostile frames on a connection %s', (_, subprotocol) => {
  test('end no connection, and are answered by error frames or pongs alone (20,000 of them)', () => {
    const reported = vi.spyOn(console, 'error').mockImplementation(() => {})
    onTestFinished(() => reported.mockRestore())
    const { open, sessions } = arrangeSessions()
    const { wire, receive, heard, connection } = open({ subprotocol })
    connection.onMessage(() => {})
    wire.take()
    const frames = fc.oneof(
      { weight: 1, arbitrary: fc.constantFrom(...HOSTILE) },
      { weight: 9, arbitrary: hostileFrame },
    )
    void fc.assert(
      fc.property(frames, (frame) => {
        receive(frame)
        heard.messages.length = heard.texts.length = heard.binary.length = 0
        for (const answer of wire.take()) {
          expect(subprotocol).toBeDefined()
          expect(isErrorFrame(answer) || isPong(answer)).toBe(true)
        }
      }),
      { numRuns: 20_000 },
    )
    expect([wire.closes, sessions.connections().length]).toEqual([[], 1])
    expect(reported).not.toHaveBeenCalled()
    sessions.dispose()
  }, 60_000)
})
