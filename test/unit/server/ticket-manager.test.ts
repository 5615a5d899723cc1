import { describe, expect, test } from 'vitest'
import { isTicketGenerationResponse, TICKET_FORM } from '../../../src/contract/wire.ts'
import type { Identity } from '../../../src/server/identity.ts'
import { createMemoryTicketStore } from '../../../src/server/memory-store.ts'
import type { ServerEvent } from '../../../src/server/server-events.ts'
import { AuthTicketManager } from '../../../src/server/ticket-manager.ts'
import { handleOf } from '../../../src/server/ticket-value.ts'
import { createTokenCheck } from '../../../src/server/token-check.ts'
import { createVirtualClock } from '../../support/virtual-clock.ts'
import { arrangeTickets, HOUR } from './arrange.ts'

const alice = { userId: 'alice', email: 'alice@example.com', permissions: ['chat', 'read'] }

/** A store into which no ticket comes before `letPut()`. */
function arrangeSlowPut() {
  const clock = createVirtualClock()
  const store = createMemoryTicketStore({ clock })
  let letPut = () => {}
  const released = new Promise<void>((resolve) => {
    letPut = resolve
  })
  const put = (...args: Parameters<typeof store.put>) => released.then(() => store.put(...args))
  return { letPut: () => letPut(), ...arrangeTickets({ clock, store: { ...store, put } }) }
}

describe('generate', () => {
  test('makes a ticket of 256 random bits whose handle is its SHA-256', async () => {
    const { tickets, clock } = arrangeTickets()
    const ticket = await tickets.generate(alice)
    expect(ticket.ticket_id).toMatch(TICKET_FORM)
    expect(ticket.ticket_handle).toBe(handleOf(ticket.ticket_id))
    expect(ticket).toMatchObject({
      ttl_seconds: 300,
      single_use: true,
      created_at: clock.wallNow() / 1_000,
      expires_at: clock.wallNow() / 1_000 + 300,
    })
    expect(isTicketGenerationResponse({ ...ticket, websocket_url: '' })).toBe(true)
    expect((await tickets.generate(alice)).ticket_id).not.toBe(ticket.ticket_id)
  })

  test('takes its randomness from the source it was given, and only all of it', async () => {
    const zeros = arrangeTickets({ randomBytes: (length) => new Uint8Array(length) })
    expect((await zeros.tickets.generate(alice)).ticket_id).toBe('A'.repeat(43))
    const short = arrangeTickets({ randomBytes: () => new Uint8Array(4) })
    await expect(short.tickets.generate(alice)).rejects.toThrow('randomBytes must return 32 bytes, got 4')
  })

  test.each([
    ['what was asked for', {}, { ttl_seconds: 60 }, 60],
    ['at most the longest that is allowed', { ttl: { max: 120 } }, { ttl_seconds: 600 }, 120],
    ['the default of this server', { ttl: { default: 45 } }, {}, 45],
    ['a default within a maximum that was lowered', { ttl: { max: 30 } }, {}, 30],
  ])('lives for %s', async (_, options, request, seconds) => {
    const { tickets } = arrangeTickets(options)
    expect((await tickets.generate(alice, request)).ttl_seconds).toBe(seconds)
  })

  test('ends with the JWT that it is issued for, in whole seconds', async () => {
    const { tickets, clock } = arrangeTickets()
    const expiresAt = clock.wallNow() + 12_700
    expect((await tickets.generate({ ...alice, expiresAt })).ttl_seconds).toBe(12)
  })

  test.each([900, 0, -1, Number.NaN])('is refused for a JWT that ends in %d ms', async (leftMs) => {
    const { tickets, clock, watch } = arrangeTickets()
    const identity = { ...alice, expiresAt: clock.wallNow() + leftMs }
    await expect(tickets.generate(identity)).rejects.toMatchObject({ code: 'unauthenticated' })
    expect(watch.calls).toEqual([])
  })

  test.each([29, 3_601, 60.5, Number.NaN, -60])('is refused for %d seconds', async (ttl_seconds) => {
    const { tickets } = arrangeTickets()
    await expect(tickets.generate(alice, { ttl_seconds })).rejects.toMatchObject({ code: 'invalid_request' })
  })

  test('carries the permissions asked for, or all the user holds, and never more', async () => {
    const { tickets } = arrangeTickets()
    const permissionsOf = async (permissions?: string[], held: string[] | undefined = alice.permissions) => {
      const ticket = await tickets.generate({ userId: 'a', permissions: held }, { permissions })
      return (await tickets.consume(ticket.ticket_id))?.permissions
    }
    expect(await permissionsOf()).toEqual(['chat', 'read'])
    expect(await permissionsOf(['read'])).toEqual(['read'])
    expect(await permissionsOf([])).toEqual([])
    await expect(permissionsOf(['read', 'admin'])).rejects.toMatchObject({ code: 'forbidden' })
    await expect(tickets.generate({ userId: 'a' }, { permissions: ['chat'] })).rejects.toMatchObject({
      code: 'forbidden',
    })
  })

  test('is refused to a user who holds too many, until one is used', async () => {
    const { tickets } = arrangeTickets({ maxTicketsPerUser: 2 })
    const first = await tickets.generate(alice)
    await tickets.generate(alice)
    await expect(tickets.generate(alice)).rejects.toMatchObject({ code: 'too_many_tickets', retryAfterMs: 300_000 })
    await tickets.generate({ userId: 'bob' })
    await tickets.consume(first.ticket_id)
    await tickets.generate(alice)
  })

  test('is refused when tickets are switched off, while those already issued still open a connection', async () => {
    const clock = createVirtualClock()
    const store = createMemoryTicketStore({ clock })
    const before = new AuthTicketManager({ store, clock })
    const after = new AuthTicketManager({ store, clock, enabled: false })
    const ticket = await before.generate(alice)
    await expect(after.generate(alice)).rejects.toMatchObject({ code: 'tickets_unsupported' })
    expect(await after.status()).toMatchObject({ ticket_system_enabled: false })
    expect(await after.consume(ticket.ticket_id)).toMatchObject({ userId: 'alice' })
  })
})

test('a switch that answers neither true nor false sells no ticket', async () => {
  const { tickets, watch } = arrangeTickets({ enabled: (() => undefined) as never })
  await expect(tickets.generate(alice)).rejects.toThrow(new TypeError('enabled() must be true or false, got undefined'))
  expect(watch.calls).toEqual([])
})

describe('consume', () => {
  test('resolves once to the user of the ticket and the end of the session', async () => {
    const { tickets, clock } = arrangeTickets()
    const issuedAt = clock.wallNow() - 1_000
    const expiresAt = clock.wallNow() + HOUR
    const ticket = await tickets.generate({ ...alice, issuedAt, expiresAt }, { metadata: { tab: 1 } })
    expect(await tickets.consume(ticket.ticket_id)).toEqual({
      ...alice,
      issuedAt,
      expiresAt,
      afterRevocationMs: null,
      sessionExpiresAtMs: expiresAt,
      metadata: { tab: 1 },
    })
    expect(await tickets.consume(ticket.ticket_id)).toBeNull()
  })

  test('refuses a ticket when its time is over', async () => {
    const { tickets, clock } = arrangeTickets()
    const ticket = await tickets.generate(alice, { ttl_seconds: 30 })
    await clock.advance(30_000)
    expect(await tickets.consume(ticket.ticket_id)).toBeNull()
  })

  test.each(['', 'x', 'x'.repeat(42), 'x'.repeat(44), `${'x'.repeat(42)}=`, `${'x'.repeat(42)}\n`, ' '.repeat(43)])(
    'does not ask the store about %j, which cannot be a ticket',
    async (value) => {
      const { tickets, watch } = arrangeTickets()
      expect(await tickets.consume(value)).toBeNull()
      expect(watch.calls).toEqual([])
    },
  )

  test('asks the store by the hash alone, so that no client controls the bytes that are compared', async () => {
    const store = createMemoryTicketStore()
    const asked: string[] = []
    const consume = (handle: string) => {
      asked.push(handle)
      return store.consume(handle)
    }
    const { tickets } = arrangeTickets({ store: { ...store, consume } })
    const { ticket_id, ticket_handle } = await tickets.generate(alice)
    const near = `${ticket_id.slice(0, -1)}${ticket_id.endsWith('A') ? 'E' : 'A'}`
    expect(await tickets.consume(near)).toBeNull()
    expect(await tickets.consume(ticket_id)).not.toBeNull()
    expect(asked).toEqual([handleOf(near), ticket_handle])
    expect(handleOf(near).slice(0, 8)).not.toBe(ticket_handle.slice(0, 8)) // one character away is nowhere near
  })

  test('does not take the handle for the ticket', async () => {
    const { tickets } = arrangeTickets()
    const ticket = await tickets.generate(alice)
    expect(await tickets.consume(ticket.ticket_handle)).toBeNull()
    expect(await tickets.consume(ticket.ticket_id)).not.toBeNull()
  })

  test('refuses a ticket that reaches the store after its user revoked everything', async () => {
    const { clock, tickets, letPut } = arrangeSlowPut()
    const generated = tickets.generate({ ...alice, issuedAt: clock.wallNow() - 5_000 })
    const refused = expect(generated).rejects.toMatchObject({ code: 'unauthenticated' })
    await clock.advance(10)
    expect(await tickets.revokeAll('alice')).toBe(0)
    letPut()
    await refused
  })

  test('refuses one for a JWT that does not say when it was issued where a revoke-all came after its check', async () => {
    const { clock, tickets, letPut } = arrangeSlowPut()
    await tickets.revokeAll('alice')
    const afterRevocationMs = (await tickets.revocationOf('alice'))?.atMs ?? null
    const generated = () => tickets.generate(alice, {}, { afterRevocationMs })
    const refused = expect(generated()).rejects.toMatchObject({ code: 'unauthenticated' })
    await clock.advance(10)
    await tickets.revokeAll('alice')
    letPut()
    await refused
    await expect(tickets.generate(alice, {}, { afterRevocationMs: null })).rejects.toMatchObject({
      code: 'unauthenticated',
    })
    const latest = (await tickets.revocationOf('alice'))?.atMs ?? null
    const { ticket_id } = await tickets.generate(alice, {}, { afterRevocationMs: latest })
    expect(await tickets.consume(ticket_id)).not.toBeNull()
  })

  test('no ticket is stored for a JWT from before a revoke-all', async () => {
    const { tickets, clock } = arrangeTickets()
    const issuedAt = clock.wallNow()
    await clock.advance(1_000)
    await tickets.revokeAll('alice')
    await clock.advance(1_000)
    await expect(tickets.generate({ ...alice, issuedAt })).rejects.toMatchObject({ code: 'unauthenticated' })
    const renewed = await tickets.generate({ ...alice, issuedAt: clock.wallNow() })
    expect(await tickets.consume(renewed.ticket_id)).not.toBeNull()
  })

  test('is an error when the store fails, never "unknown"', async () => {
    const { tickets, watch } = arrangeTickets()
    const ticket = await tickets.generate(alice)
    watch.isDown = true
    await expect(tickets.consume(ticket.ticket_id)).rejects.toMatchObject({ code: 'store_unavailable' })
  })

  test('gives a reusable ticket again and again, where that is allowed', async () => {
    const { tickets, clock } = arrangeTickets({ allowReusable: true })
    const reusable = await tickets.generate(alice, { single_use: false, ttl_seconds: 60 })
    const single = await tickets.generate(alice)
    expect(reusable.single_use).toBe(false)
    expect(await tickets.consume(reusable.ticket_id)).not.toBeNull()
    expect(await tickets.consume(reusable.ticket_id)).not.toBeNull()
    expect(await tickets.consume(single.ticket_id)).not.toBeNull()
    expect(await tickets.consume(single.ticket_id)).toBeNull()
    await clock.advance(60_000)
    expect(await tickets.consume(reusable.ticket_id)).toBeNull()
  })

  test('grants a single-use ticket to who asks for a reusable one, where that is not allowed', async () => {
    const { tickets } = arrangeTickets()
    const ticket = await tickets.generate(alice, { single_use: false })
    expect(ticket.single_use).toBe(true)
    expect(await tickets.consume(ticket.ticket_id)).not.toBeNull()
    expect(await tickets.consume(ticket.ticket_id)).toBeNull()
  })
})

describe('validate', () => {
  test('looks, by handle or by ticket, and never consumes', async () => {
    const { tickets } = arrangeTickets()
    const { ticket_id, ticket_handle, expires_at } = await tickets.generate(alice)
    const seen = { valid: true, user_id: 'alice', email: alice.email, permissions: alice.permissions, expires_at }
    expect(await tickets.validate(ticket_handle, 'alice')).toEqual(seen)
    expect(await tickets.validate(ticket_id, 'alice')).toEqual(seen)
    expect(await tickets.consume(ticket_id)).not.toBeNull()
  })

  test('answers alike for unknown, used, expired, revoked, foreign and malformed tickets', async () => {
    const { tickets, clock } = arrangeTickets()
    const [used, expired, revoked] = [
      await tickets.generate(alice),
      await tickets.generate(alice, { ttl_seconds: 30 }),
      await tickets.generate(alice),
    ]
    await tickets.consume(used.ticket_id)
    await clock.advance(30_000)
    await tickets.revoke(revoked.ticket_handle, 'alice')
    const foreign = await tickets.generate({ userId: 'bob' })
    const names = [used, expired, revoked, foreign].map((ticket) => ticket.ticket_handle)
    const answers = await Promise.all(
      [...names, foreign.ticket_id, 'A'.repeat(43), 'nonsense'].map((name) => tickets.validate(name, 'alice')),
    )
    expect(new Set(answers.map((answer) => JSON.stringify(answer)))).toEqual(
      new Set(['{"valid":false,"error":"The ticket is unknown, expired or already used."}']),
    )
  })
})

describe('revoke', () => {
  test('withdraws by handle or by ticket, for the owner only', async () => {
    const { tickets } = arrangeTickets()
    const [first, second] = [await tickets.generate(alice), await tickets.generate(alice)]
    expect(await tickets.revoke(first.ticket_handle, 'bob')).toBe('not_owner')
    expect(await tickets.revoke(first.ticket_id, 'bob')).toBe('not_owner')
    expect(await tickets.revoke(first.ticket_handle, 'alice')).toBe('revoked')
    expect(await tickets.revoke(first.ticket_handle, 'alice')).toBe('not_found')
    expect(await tickets.revoke(second.ticket_id, 'alice')).toBe('revoked')
    expect(await tickets.consume(second.ticket_id)).toBeNull()
    expect(await tickets.revoke('nonsense', 'alice')).toBe('not_found')
  })

  test('of everything refuses JWTs from before and of its very second, and those without iat', async () => {
    const { tickets, users, clock } = arrangeTickets()
    const isAccepted = async (changes: Partial<Identity>) => {
      const check = createTokenCheck({ verifyToken: users.verifyToken, tickets, clock, emit() {} })
      return (await check(users.sign('alice', changes))).kind === 'accepted'
    }
    expect(await isAccepted({ issuedAt: undefined })).toBe(true)
    await tickets.generate(alice)
    expect(await tickets.revokeAll('alice')).toBe(1)
    const atMs = clock.wallNow() // .250 of a second
    const issued = [undefined, atMs - 250, atMs, atMs + 1, atMs + 750].map((issuedAt) => isAccepted({ issuedAt }))
    expect(await Promise.all(issued)).toEqual([false, false, false, true, true])
    expect(await tickets.revocationOf('bob')).toBeNull()
  })

  test.each([
    ['of the same second', -250],
    ['by a clock that is a minute ahead', 60_000],
  ])('of everything refuses the JWT that asked for it, issued %s, and none after it', async (_, aheadMs) => {
    const { tickets, clock } = arrangeTickets()
    const issuedAt = clock.wallNow() + aheadMs
    await tickets.revokeAll('alice', { issuedAt })
    await expect(tickets.generate({ ...alice, issuedAt })).rejects.toMatchObject({ code: 'unauthenticated' })
    const later = await tickets.generate({ ...alice, issuedAt: Math.max(issuedAt, clock.wallNow()) + 1 })
    expect(await tickets.consume(later.ticket_id)).not.toBeNull()
  })

  test('of everything, asked for by a JWT from the far future, locks its user out of nothing', async () => {
    const { tickets, clock } = arrangeTickets()
    await tickets.revokeAll('alice', { issuedAt: clock.wallNow() + 121_000 })
    const { ticket_id } = await tickets.generate({ ...alice, issuedAt: clock.wallNow() + 1 })
    expect(await tickets.consume(ticket_id)).not.toBeNull()
  })

  test.each([-60_000, 60_000])(
    'of everything tells tickets of before from those of after also when the server’s clock is %i ms off the store’s',
    async (skewMs) => {
      const storeClock = createVirtualClock()
      const { tickets, clock } = arrangeTickets({ store: createMemoryTicketStore({ clock: storeClock }) })
      clock.setWall(storeClock.wallNow() + skewMs)
      const issuedAt = storeClock.wallNow()
      const before = await tickets.generate({ ...alice, issuedAt })
      await tickets.revokeAll('alice', { issuedAt })
      const after = await tickets.generate({ ...alice, issuedAt: storeClock.wallNow() + 1_000 })
      expect(await tickets.consume(before.ticket_id)).toBeNull()
      expect(await tickets.consume(after.ticket_id)).not.toBeNull()
    },
  )

  test('of everything is reported when the store could not record it', async () => {
    const told: ServerEvent[] = []
    const { tickets, watch } = arrangeTickets({ observe: (event) => told.push(event) })
    watch.isDown = true
    await expect(tickets.revokeAll('alice')).rejects.toMatchObject({ code: 'store_unavailable' })
    expect(told.at(-1)).toMatchObject({ kind: 'user_revoked', isRecorded: false, isPublished: true })
  })
})

describe('status', () => {
  test('of a memory store', async () => {
    const { tickets } = arrangeTickets({ ttl: { default: 60, max: 600 } })
    expect(await tickets.status()).toEqual({
      ticket_system_enabled: true,
      redis_available: false,
      redis_status: 'not_available',
      default_ttl_seconds: 60,
      max_ttl_seconds: 600,
      ticket_prefix: 'auth:ticket:',
    })
  })

  test('of any other store asks it at most once a second, also for a crowd', async () => {
    const clock = createVirtualClock()
    const store = { ...createMemoryTicketStore({ clock }), kind: 'redis', prefix: 'x:' }
    const { tickets, watch } = arrangeTickets({ clock, store })
    const answers = await Promise.all([tickets.status(), tickets.status(), tickets.status()])
    expect(answers).toEqual(
      answers.map(() =>
        expect.objectContaining({ redis_available: true, redis_status: 'connected', ticket_prefix: 'x:' }),
      ),
    )
    expect(watch.calls).toEqual(['ping'])
    watch.isDown = true
    await clock.advance(999)
    expect(await tickets.status()).toMatchObject({ redis_status: 'connected' })
    await clock.advance(1)
    expect(await tickets.status()).toMatchObject({ redis_available: false, redis_status: 'error' })
    expect(watch.calls).toEqual(['ping', 'ping'])
  })
})

test.each([
  [{ ttl: { max: Number.NaN } }, 'ttl.max must be an integer from 30 to 3600, got NaN'],
  [{ ttl: { max: 7_200 } }, 'ttl.max must be an integer from 30 to 3600, got 7200'],
  [{ ttl: { default: 61, max: 60 } }, 'ttl.default must be an integer from 30 to 60, got 61'],
  [{ maxTicketsPerUser: 0 }, 'maxTicketsPerUser must be an integer of at least 1, got 0'],
  [{ allowReusable: 'yes' }, 'allowReusable must be true or false, got "yes"'],
  [{ enabled: 1 }, 'enabled must be true or false, got 1'],
  [
    { store: undefined },
    'store must have the method put, peek, consume, revoke, revokeAll, revocation, ping, got undefined',
  ],
  [
    { store: { put() {} } },
    'store must have the method peek, consume, revoke, revokeAll, revocation, ping, got an object',
  ],
])('refuses %o', (options, message) => {
  const store = createMemoryTicketStore()
  expect(() => new AuthTicketManager({ store, ...options } as never)).toThrow(new TypeError(message))
})
