import { describe, expect, test, vi } from 'vitest'
import { createMemoryTicketStore } from '../../../src/server/memory-store.ts'
import { createMemoryRateLimiter, createSteadyLimiter, type RateLimiter } from '../../../src/server/rate-limiter.ts'
import { createVirtualClock } from '../../support/virtual-clock.ts'
import { arrangeHttp as arrange } from './arrange-http.ts'

test('per user, on tickets', async () => {
  const { call, users, clock } = arrange({ limits: { user: { burst: 2, perMinute: 6 } } })
  const statuses = [
    await call('POST /websocket/ticket'),
    await call('POST /websocket/ticket'),
    await call('POST /websocket/ticket'),
  ]
  expect(statuses.map(({ status }) => status)).toEqual([200, 200, 429])
  expect(statuses[2]?.headers.get('retry-after')).toBe('10')
  expect((await call('POST /websocket/ticket', { token: users.sign('bob') })).status).toBe(200)
  await clock.advance(10_000)
  expect((await call('POST /websocket/ticket')).status).toBe(200)
})

test('per address, before the JWT is checked; the status is counted apart', async () => {
  const { call } = arrange({ limits: { address: { burst: 1, perMinute: 1 } } })
  const here = { address: '192.0.2.1', token: null }
  expect((await call('POST /websocket/ticket', here)).status).toBe(401)
  expect((await call('POST /websocket/ticket', here)).status).toBe(429)
  expect((await call('GET /websocket/tickets/status', here)).status).toBe(200)
  expect((await call('GET /websocket/tickets/status', here)).status).toBe(429)
  expect((await call('POST /websocket/ticket', { ...here, address: '192.0.2.2' })).status).toBe(401)
  expect((await call('POST /websocket/ticket', { token: null })).status).toBe(401)
})

test('none where they are switched off', async () => {
  const { call } = arrange({ limits: { user: false, address: false } }, { maxTicketsPerUser: 1_000 })
  for (let n = 0; n < 400; n++) expect((await call('POST /websocket/ticket', { address: 'a' })).status).toBe(200)
})

test('a host that has a whole IPv6 network has one count for it', async () => {
  const { call } = arrange({ limits: { address: { burst: 1, perMinute: 1 } } })
  const from = async (address: string) => (await call('POST /websocket/ticket', { address })).status
  expect([await from('2001:db8:1:2::1'), await from('2001:db8:1:2:ffff::2'), await from('2001:db8:1:3::1')]).toEqual([
    200, 429, 200,
  ])
})

test('a host that has a whole /48, and asks from another /64 each time, has sixteen times the limit', async () => {
  const { call } = arrange({ limits: { address: { burst: 2, perMinute: 1 } } })
  const statuses = new Map<number, number>()
  for (let n = 0; n < 100; n++) {
    const { status } = await call('POST /websocket/ticket', { address: `2001:db8:1:${n.toString(16)}::1`, token: null })
    statuses.set(status, (statuses.get(status) ?? 0) + 1)
  }
  expect([...statuses]).toEqual([
    [401, 32],
    [429, 68],
  ])
  expect((await call('POST /websocket/ticket', { address: '2001:db8:2::1', token: null })).status).toBe(401)
})

test('another port each time is no other address, also where an adapter hands it over as its proxy wrote it', async () => {
  const { call } = arrange({ limits: { address: { burst: 1, perMinute: 1 } } })
  for (const [first, second] of [
    ['192.0.2.1:1', ' 192.0.2.1:2 '],
    ['[2001:db8::1]:1', '"[2001:db8::1]:2"'],
  ] as const) {
    const from = async (address: string) => (await call('POST /websocket/ticket', { address, token: null })).status
    expect([await from(first), await from(second)]).toEqual([401, 429])
  }
})

describe('a limiter that servers share', () => {
  const tight = { user: { burst: 1, perMinute: 60 }, address: false } as const

  function failing() {
    const clock = createVirtualClock()
    const memory = createMemoryRateLimiter({ clock })
    const state = { isDown: true, asked: 0 }
    const limiter: RateLimiter = {
      async take(key, limit) {
        state.asked += 1
        if (state.isDown) throw new Error('ECONNREFUSED of Redis at 192.0.2.1')
        return memory.take(key, limit)
      },
    }
    return { state, limiter, ...arrange({ limits: { ...tight, limiter } }, { clock }) }
  }

  test('is the one that the store brings along', async () => {
    const clock = createVirtualClock()
    const rateLimiter = createMemoryRateLimiter({ clock })
    const store = { ...createMemoryTicketStore({ clock }), rateLimiter }
    const [first, second] = [arrange({ limits: tight }, { store }), arrange({ limits: tight }, { store })]
    expect((await first.call('POST /websocket/ticket')).status).toBe(200)
    expect((await second.call('POST /websocket/ticket')).status).toBe(429)
  })

  test('or the one that is named', async () => {
    const limiter = createMemoryRateLimiter({ clock: createVirtualClock() })
    const [first, second] = [arrange({ limits: { ...tight, limiter } }), arrange({ limits: { ...tight, limiter } })]
    expect((await first.call('POST /websocket/ticket')).status).toBe(200)
    expect((await second.call('POST /websocket/ticket')).status).toBe(429)
  })

  test('gets different keys for users and addresses, and for public requests and others', async () => {
    const take = vi.fn(async () => 0)
    const { call } = arrange({ limits: { limiter: { take } } })
    await call('POST /websocket/ticket', { address: '192.0.2.1' })
    await call('GET /websocket/tickets/status', { address: '192.0.2.1' })
    expect(take.mock.calls).toEqual([
      ['address:192.0.2.1', { burst: 300, perMinute: 600 }],
      ['user:alice', { burst: 60, perMinute: 120 }],
      ['public:192.0.2.1', { burst: 300, perMinute: 600 }],
    ])
  })

  test('while it fails, this server counts by itself, and reports it once a second', async () => {
    const { call, state, onError, clock } = failing()
    expect((await call('POST /websocket/ticket')).status).toBe(200)
    expect((await call('POST /websocket/ticket')).status).toBe(429)
    expect(state.asked).toBe(1)
    expect(onError.mock.calls).toEqual([[expect.objectContaining({ message: 'ECONNREFUSED of Redis at 192.0.2.1' })]])
    await clock.advance(1_000)
    await call('POST /websocket/ticket')
    expect([state.asked, onError.mock.calls.length]).toEqual([2, 2])
  })

  test('is not asked about a refused address before the wait is over, but about others', async () => {
    const clock = createVirtualClock()
    const memory = createMemoryRateLimiter({ clock })
    const take = vi.fn<RateLimiter['take']>((key, limit) => memory.take(key, limit))
    const limits = { user: false, address: { burst: 2, perMinute: 6 }, limiter: { take } } as const
    const { call } = arrange({ limits }, { clock })
    const ask = async (address = '192.0.2.1') => {
      const { status, headers } = await call('POST /websocket/ticket', { address, token: null })
      return [status, headers.get('retry-after')]
    }
    for (let n = 0; n < 100; n++) await ask()
    expect(take).toHaveBeenCalledTimes(3)
    await clock.advance(4_000)
    expect(await ask()).toEqual([429, '6'])
    expect(await ask('192.0.2.2')).toEqual([401, null])
    expect(take).toHaveBeenCalledTimes(4)
    await clock.advance(6_000)
    expect([await ask(), await ask()]).toEqual([
      [401, null],
      [429, '10'],
    ])
    expect(take).toHaveBeenCalledTimes(6)
  })

  test('is asked again about the address that was refused first, once 20,000 more were refused', async () => {
    const clock = createVirtualClock()
    const take = vi.fn(async () => 60_000)
    const limiter = createSteadyLimiter({ take }, clock, () => {}, 10_000)
    const limit = { burst: 1, perMinute: 1 }
    for (let n = 0; n <= 20_000; n++) await limiter.take(`address:${n}`, limit)
    await limiter.take('address:20000', limit)
    expect(take).toHaveBeenCalledTimes(20_001)
    await limiter.take('address:0', limit)
    expect(take).toHaveBeenCalledTimes(20_002)
  })

  test('is asked again when it works', async () => {
    const { call, state, clock } = failing()
    await call('POST /websocket/ticket')
    state.isDown = false
    await clock.advance(1_000)
    expect((await call('POST /websocket/ticket')).status).toBe(200)
    expect((await call('POST /websocket/ticket')).status).toBe(429)
    expect(state.asked).toBe(3)
  })

  test('delays one request by 250 ms at most, and no other in that second', async () => {
    const clock = createVirtualClock()
    const take = vi.fn(() => new Promise<number>(() => {}))
    const { call } = arrange({ limits: { ...tight, limiter: { take } } }, { clock })
    const first = call('POST /websocket/ticket')
    await clock.advance(250)
    expect((await first).status).toBe(200)
    expect((await call('POST /websocket/ticket')).status).toBe(429)
    expect(take).toHaveBeenCalledOnce()
  })

  test('delays a request by half of its deadline at most, so that it neither lets in nor shuts out', async () => {
    const clock = createVirtualClock()
    const take = () => new Promise<number>(() => {})
    const { call } = arrange({ limits: { ...tight, limiter: { take } }, deadlineMs: 200 }, { clock })
    const first = call('POST /websocket/ticket')
    await clock.advance(200)
    expect((await first).status).toBe(200)
  })

  test('that answers nonsense has failed', async () => {
    const take = async () => 'soon' as unknown as number
    const { call, onError } = arrange({ limits: { ...tight, limiter: { take } } })
    expect((await call('POST /websocket/ticket')).status).toBe(200)
    expect((await call('POST /websocket/ticket')).status).toBe(429)
    expect(onError).toHaveBeenCalledWith(
      expect.objectContaining({ message: 'the rate limiter must resolve to a number' }),
    )
  })
})

test('remembers a bounded number of keys', async () => {
  const limiter = createMemoryRateLimiter({ clock: createVirtualClock(), maxKeys: 2 })
  for (const key of ['a', 'b', 'c']) await limiter.take(key, { burst: 1, perMinute: 1 })
  expect(await limiter.take('c', { burst: 1, perMinute: 1 })).toBeGreaterThan(0)
  expect(await limiter.take('a', { burst: 1, perMinute: 1 })).toBe(0)
  expect(() => createMemoryRateLimiter({ maxKeys: 0 })).toThrow(
    new TypeError('maxKeys must be an integer of at least 1, got 0'),
  )
})
