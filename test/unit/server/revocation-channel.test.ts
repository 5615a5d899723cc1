import { describe, expect, test, vi } from 'vitest'
import { createMemoryTicketStore } from '../../../src/server/memory-store.ts'
import {
  createMemoryRevocationChannel,
  decodeRevocation,
  encodeRevocation,
  type RevocationChannel,
} from '../../../src/server/revocation-channel.ts'
import type { ServerEvent } from '../../../src/server/server-events.ts'
import { AuthTicketManager } from '../../../src/server/ticket-manager.ts'
import { handleOf } from '../../../src/server/ticket-value.ts'
import { brokenRules, NONSENSE, revocationChannelContract } from '../../suites/revocation-channel.ts'
import { createVirtualClock } from '../../support/virtual-clock.ts'

revocationChannelContract('memory', async () => {
  const channel = createMemoryRevocationChannel()
  return { here: channel, there: channel }
})

test.each<[string, string, (good: RevocationChannel) => Partial<RevocationChannel>]>([
  ['that tells nobody', 'tells every server, the one that published included', () => ({ publish: async () => {} })],
  [
    'that cannot be left',
    'tells each listener of a server, and none that has left',
    (good) => ({
      subscribe(listener) {
        good.subscribe(listener)
        return () => {}
      },
    }),
  ],
  [
    'that shortens names',
    'carries any user’s name',
    (good) => ({ publish: ({ userId, ...rest }) => good.publish({ userId: userId.trim(), ...rest }) }),
  ],
  ['that believes anything', 'says nothing for what is no revocation', () => ({})],
])('the contract finds a channel %s', async (_, rule, wrong) => {
  const broken = await brokenRules(async () => {
    const good = createMemoryRevocationChannel()
    const channel = { ...good, ...wrong(good) }
    const say = (userId: string) => good.publish({ userId, marks: { atMs: 0, tokensUntilMs: 0 } })
    return { here: channel, there: channel, withinMs: 50, ...(rule.startsWith('says nothing') && { say }) }
  })
  expect(broken).toContain(rule)
})

test.each([...NONSENSE, undefined, null, 7, {}])('%j is no revocation', (text) => {
  expect(decodeRevocation(text)).toBeNull()
})

test.each([{ atMs: 1.5, tokensUntilMs: 2 }, null])('a revocation is read as it was written: %j', (marks) => {
  const revocation = { userId: '__proto__', marks }
  expect(decodeRevocation(encodeRevocation(revocation))).toEqual({ ...revocation, sentAtMs: null })
})

test('PR-37: a revocation has the protocol’s form', () => {
  const recorded = { userId: 'alice', marks: { atMs: 1_763_800_000_250, tokensUntilMs: 1_763_800_060_000 } }
  expect(encodeRevocation(recorded)).toBe('{"user_id":"alice","revoked_at":1763800000250,"tokens_until":1763800060000}')
  expect(encodeRevocation({ userId: 'alice', marks: null })).toBe(
    '{"user_id":"alice","revoked_at":null,"tokens_until":null}',
  )
})

test.each([
  ['1763800000250', 1_763_800_000_250],
  ['"now"', null],
  ['null', null],
])('PR-37: one without marks says when it was sent, or is taken all the same: %s', (sentAt, sentAtMs) => {
  const text = `{"user_id":"alice","revoked_at":null,"tokens_until":null,"sent_at":${sentAt}}`
  expect(decodeRevocation(text)).toEqual({ userId: 'alice', marks: null, sentAtMs })
})

describe('a manager', () => {
  const arrange = (revocations?: RevocationChannel) => {
    const clock = createVirtualClock()
    const told: ServerEvent[] = []
    const store = createMemoryTicketStore({ clock })
    const observe = (event: ServerEvent) => void told.push(event)
    const tickets = new AuthTicketManager({ clock, store, observe, ...(revocations && { revocations }) })
    return { tickets, clock, told }
  }

  test('carries the store’s time of the revoke-all', async () => {
    const { tickets, clock } = arrange()
    const heard = vi.fn()
    const stop = tickets.onRevokeAll(heard)
    await tickets.revokeAll('alice')
    const nowMs = clock.wallNow()
    expect(heard.mock.calls).toEqual([[{ userId: 'alice', marks: { atMs: nowMs, tokensUntilMs: nowMs } }]])
    stop()
    await tickets.revokeAll('alice')
    expect(heard).toHaveBeenCalledOnce()
  })

  test('notifies its own process although the channel fails, and reports that the others were not notified', async () => {
    const { tickets, told } = arrange({ publish: () => Promise.reject(new Error('down')), subscribe: () => () => {} })
    const heard = vi.fn()
    tickets.onRevokeAll(heard)
    expect(await tickets.revokeAll('alice')).toBe(0)
    expect(heard).toHaveBeenCalledOnce()
    expect(told.at(-1)).toEqual({
      kind: 'user_revoked',
      user: handleOf('alice'),
      tickets: 0,
      isRecorded: true,
      isPublished: false,
    })
  })

  test('refuses a channel that is none', () => {
    expect(() => arrange({} as never)).toThrow('revocations must have the method publish, subscribe, got an object')
  })
})
