// `requestWebSocketTicket()` with fields of one call, and what it says to the rest of the page: nothing.

import { describe, expect, test } from 'vitest'
import type { TicketRequestOptions, UnifiedAuthServiceOptions } from '../../../src/index.ts'
import { arrange as arrangePage } from '../../support/arrange.ts'
import { createScriptedFetch, json, problem, type ScriptedFetch, ticketAnswer } from '../../support/scripted-fetch.ts'

type Answer = ScriptedFetch['answers'][number]

/** A page whose backend answers ticket requests by the script. */
function arrange(answers: Answer[], auth: Partial<UnifiedAuthServiceOptions> = {}) {
  const http = createScriptedFetch(...answers)
  const page = arrangePage({ auth, wrap: (platform) => ({ ...platform, fetch: http.fetch }) })
  async function request(options?: TicketRequestOptions) {
    const asked = page.auth.requestWebSocketTicket(options)
    await page.clock.advance(20_000)
    return asked
  }
  return { ...page, ...http, request }
}

const status = (page: { auth: ReturnType<typeof arrangePage>['auth'] }) => page.auth.store.getState()
const gives =
  (fields: Record<string, unknown> = {}): Answer =>
  () =>
    json(ticketAnswer(fields))

describe('a wrong field', () => {
  test.each<[TicketRequestOptions, string]>([
    [{ ttl_seconds: 10 }, 'ttl_seconds must be a whole number from 30 to 3600, got 10'],
    [{ ttl_seconds: 60.5 }, 'ttl_seconds must be a whole number from 30 to 3600, got 60.5'],
    [{ ttl_seconds: '60' as never }, 'ttl_seconds must be a whole number from 30 to 3600, got "60"'],
    [{ ttl_seconds: null as never }, 'ttl_seconds must be a whole number from 30 to 3600, got null'],
    [{ single_use: 'no' as never }, 'single_use must be true or false, got "no"'],
    [{ permissions: 'chat' as never }, 'permissions must be an array, got "chat"'],
    [{ permissions: ['chat', ''] }, 'permissions[1] must be a non-empty string, got ""'],
    [{ permissions: Array(1) }, 'permissions[0] must be a non-empty string, got undefined'],
    [{ permissions: ['x'.repeat(129)] }, 'permissions[0] must be at most 128 characters, got 129'],
    [{ permissions: Array(65).fill('chat') }, 'permissions must name at most 64 permissions, got 65'],
    [{ metadata: [] as never }, 'metadata must be an object, got an array'],
    [{ metadata: new Date(0) as never }, 'metadata must be an object, got a string'],
    [{ metadata: { text: 'x'.repeat(4_096) } }, 'metadata must be at most 4096 bytes as JSON, got 4107'],
    [{ signal: new AbortController() as never }, 'signal must be an AbortSignal, got an object'],
    [{ ttl_secnds: 60 } as never, 'ttl_secnds is not an option of requestWebSocketTicket. Did you mean ttl_seconds?'],
    [{ ttlSeconds: 60 } as never, 'ttlSeconds is not an option of requestWebSocketTicket. Did you mean ttl_seconds?'],
    [null as never, 'options must be an object, got null'],
    ['eyJhbGciOiJIUzI1NiJ9.e30.c2lnbmF0dXJl' as never, 'options must be an object, got a string'],
  ])('%j is a result that names field and rule, without a request', async (options, message) => {
    const page = arrange([gives()])
    expect(await page.request(options)).toMatchObject({
      success: false,
      recoverable: false,
      error: { code: 'invalid_request', message },
    })
    expect(page.requests).toEqual([])
    expect(page.told).toEqual([])
    expect(status(page)).toMatchObject({ ticketFailures: 0, reverted: false, lastError: null })
  })

  test('metadata that is no JSON is one', async () => {
    const page = arrange([gives()])
    expect(await page.request({ metadata: { big: 10n } })).toMatchObject({
      error: { message: 'metadata must be JSON-serializable (no BigInt, no circular reference)' },
    })
  })

  test.each([null, 'a text', new Error('a text')])(
    'that cannot be read, since its getter throws %j, is one',
    async (thrown) => {
      const options = Object.defineProperty({}, 'ttl_seconds', {
        enumerable: true,
        get() {
          throw thrown
        },
      })
      expect(await arrange([gives()]).request(options)).toMatchObject({ error: { code: 'invalid_request' } })
    },
  )

  test('is not quoted where it looks like a credential', async () => {
    const jwt = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhIn0.c2lnbmF0dXJl'
    const result = await arrange([gives()]).request({ permissions: jwt as never })
    expect(result).toMatchObject({ error: { message: 'permissions must be an array, got "[jwt]"' } })
  })

  test.each([
    [{ permissions: ['x'.repeat(129)] }, 'ticket.permissions[0] must be at most 128 characters, got 129'],
    [{ permissions: Array(65).fill('chat') }, 'ticket.permissions must name at most 64 permissions, got 65'],
    [{ metadata: new Date(0) as never }, 'ticket.metadata must be an object, got a string'],
  ])('has the same rules in the service’s options: %j', (ticket, message) => {
    expect(() => arrange([gives()], { ticket })).toThrow(new TypeError(message))
  })
})

test('its fields stand in the request; the others are as the service’s options have them', async () => {
  const ticket = { ttlSeconds: 90, permissions: ['chat', 'read'], metadata: { app: 'chat' } }
  const page = arrange([gives()], { ticket })
  const metadata = { room: 7 }
  const asked = page.request({ permissions: ['read'], metadata, ttl_seconds: undefined })
  metadata.room = 8
  expect(await asked).toMatchObject({ success: true })
  await page.request({ ttl_seconds: 45, single_use: false })
  await page.request()
  expect(page.requests.map(({ body }) => body)).toEqual([
    { ttl_seconds: 90, single_use: true, permissions: ['read'], metadata: { room: 7 } },
    { ttl_seconds: 45, single_use: false, permissions: ['chat', 'read'], metadata: { app: 'chat' } },
    { ttl_seconds: 90, single_use: true, permissions: ['chat', 'read'], metadata: { app: 'chat' } },
  ])
})

test('PR-14: the ticket says whether it may be used again, whatever was asked for', async () => {
  const page = arrange([gives({ single_use: true }), gives({ single_use: false }), gives({ single_use: false })])
  expect(await page.request({ single_use: false })).toMatchObject({ ticket: { single_use: true } })
  expect(await page.request({ single_use: false })).toMatchObject({ ticket: { single_use: false } })
  expect(await page.request({ single_use: true })).toMatchObject({ ticket: { single_use: true } })
})

test('its handle revokes it; a backend that names no tickets gives none', async () => {
  const page = arrangePage()
  const asked = page.auth.requestWebSocketTicket({ ttl_seconds: 60 })
  await page.clock.advance(100)
  const result = await asked
  const handle = (result.success && result.ticket.handle) || ''
  const revoked = page.auth.revokeTicket(handle)
  await page.clock.advance(100)
  await expect(revoked).resolves.toBeUndefined()
  expect(JSON.stringify(page.backend.journal.of('http'))).toContain(handle)
  const unnamed = arrange([gives({ ticket_handle: undefined })])
  expect(await unnamed.request()).toMatchObject({ ticket: { handle: null } })
})

describe('a ticket with fields of one call', () => {
  test.each([
    ['single-use', {}],
    ['reusable', { ticket: { singleUse: false } }],
  ])('is neither kept nor shared, where tickets are %s', async (_kind, auth) => {
    const isReusable = { single_use: 'ticket' in auth ? false : undefined }
    const page = arrange(
      [(request) => json(ticketAnswer({ single_use: (request.body as TicketRequestOptions).single_use }))],
      auth,
    )
    const fields = { metadata: { room: 1 }, ...isReusable }
    const results = Promise.all([1, 2, 3].map(() => page.auth.requestWebSocketTicket(fields)))
    await page.clock.advance(1_000)
    const tickets = (await results).map((result) => result.success && result.ticket.ticket)
    expect(new Set(tickets).size).toBe(3)
    expect(page.requests).toHaveLength(3)
    expect(status(page).prefetched).toBeNull()
    const next = await page.auth.getWebSocketTicket()
    expect(page.requests).toHaveLength(4)
    expect(page.requests.at(-1)?.body).not.toHaveProperty('metadata')
    expect(tickets).not.toContain(next.success && next.ticket.ticket)
  })

  test('a reusable one does not make callers of other tickets queue for one request', async () => {
    const page = arrange([gives({ single_use: false }), () => new Promise(() => {})])
    await page.request({ single_use: false })
    for (let caller = 0; caller < 3; caller++) void page.auth.getWebSocketTicket()
    await page.clock.advance(10)
    expect(page.requests).toHaveLength(4)
  })

  test('whose caller has left is given to no other caller', async () => {
    let answer = () => {}
    const page = arrange([
      () =>
        new Promise<Response>((resolve) => {
          answer = () => resolve(json(ticketAnswer()))
        }),
      gives(),
    ])
    const controller = new AbortController()
    const asked = page.auth.requestWebSocketTicket({ metadata: { room: 1 }, signal: controller.signal })
    await page.clock.advance(10)
    answer()
    controller.abort()
    expect(await asked).toMatchObject({ success: false, error: { code: 'aborted' } })
    await page.clock.advance(1_000)
    expect(status(page).prefetched).toBeNull()
    await page.auth.getWebSocketTicket()
    expect(page.requests).toHaveLength(2)
  })

  test('PR-05: one that the backend has given before is not used', async () => {
    const answer = ticketAnswer()
    const page = arrange([() => json(answer)])
    await page.request()
    expect(await page.request({ metadata: { room: 1 } })).toMatchObject({ error: { code: 'ticket_repeated' } })
  })
})

describe('PR-86: a refusal of fields', () => {
  const own = { metadata: { room: 1 } }

  test.each([400, 403, 404, 405, 413, 415, 418, 422, 429])(
    '%i never counts, never reverts, and is no last error but for a wait',
    async (code) => {
      const page = arrange([() => problem(code)])
      for (let time = 0; time < 4; time++) {
        expect(await page.request(own)).toMatchObject({ success: false, error: { status: code } })
      }
      expect(status(page)).toMatchObject({ ticketFailures: 0, reverted: false, lastError: null })
      expect(page.times('auth.reverted')).toBe(0)
      expect(page.times('auth.ticketFailed')).toBe(4)
      page.answers.unshift(gives())
      expect(await page.request()).toMatchObject({ success: true })
    },
  )

  test('with a wait, the wait is kept: that is about the user, and not about the fields', async () => {
    const page = arrange([() => problem(429, 'no', { 'retry-after': '60' })])
    await page.request(own)
    expect(await page.request()).toMatchObject({ error: { code: 'rate_limited' } })
    expect(page.requests).toHaveLength(1)
    expect(status(page)).toMatchObject({ ticketFailures: 0, reverted: false })
  })

  test.each([
    ['an answer that is no ticket', () => json({})],
    ['500, after the retries', () => problem(500)],
    ['a redirect', () => new Response(null, { status: 302, headers: { location: '/login' } })],
  ])('other failures count as ever: %s', async (_name, answer) => {
    const page = arrange([answer])
    for (const counted of [1, 2, 3]) {
      await page.request(own)
      expect(status(page).ticketFailures).toBe(counted)
    }
    expect(status(page)).toMatchObject({ reverted: true })
  })

  test('501 reverts at once: the owner has switched tickets off', async () => {
    const page = arrange([() => problem(501)])
    await page.request(own)
    expect(status(page).reverted).toBe(true)
  })

  test('without such fields a 4xx counts, and 404 reverts at once', async () => {
    const page = arrange([() => problem(422)])
    await page.request()
    expect(status(page)).toMatchObject({ ticketFailures: 1, lastError: { status: 422 } })
    const other = arrange([() => problem(404)])
    await other.request({ signal: new AbortController().signal })
    expect(status(other).reverted).toBe(true)
  })

  test('does not put off the ticket that is fetched ahead', async () => {
    const page = arrange([() => problem(422), gives()])
    await page.auth.initialize()
    const refused = page.auth.requestWebSocketTicket(own)
    await page.clock.advance(10)
    expect(await refused).toMatchObject({ error: { status: 422 } })
    page.auth.keepPrefetched()
    await page.clock.advance(10)
    expect(status(page).prefetched).not.toBeNull()
  })

  test('401 refreshes the JWT once, as for every request', async () => {
    const page = arrange([() => problem(401), gives()], { refreshToken: () => 'a-newer-token' })
    expect(await page.request(own)).toMatchObject({ success: true })
    expect(page.requests.map(({ headers }) => headers.authorization)).toEqual([
      `Bearer ${page.session.jwt}`,
      'Bearer a-newer-token',
    ])
  })
})

describe('a call that asks for no ticket', () => {
  test.each<[string, Partial<UnifiedAuthServiceOptions>, string]>([
    ['tickets are off', { ticketAuth: false }, 'tickets_disabled'],
    ['nobody is signed in', { getToken: () => null }, 'unauthenticated'],
    ['getToken fails', { getToken: () => Promise.reject(new Error('no')) }, 'token_callback_failed'],
  ])('is no failure of tickets: %s', async (_why, auth, code) => {
    const page = arrange([gives()], auth)
    for (const call of [
      page.auth.getWebSocketTicket(),
      page.auth.requestWebSocketTicket(),
      page.request({ ttl_seconds: 60 }),
    ]) {
      const result = await call
      expect(result).toMatchObject({ success: false, error: { code } })
      // An error that is its own cause helps nobody.
      if (!result.success) expect((result.error.cause as { code?: string } | undefined)?.code).not.toBe(code)
    }
    expect(page.requests).toEqual([])
    expect(page.told).toEqual([])
    expect(status(page)).toMatchObject({ lastError: null, ticketFailures: 0 })
  })

  test('and the next session has no last error of a call that the last one ended', async () => {
    const page = arrange([() => new Promise(() => {})])
    const asked = [page.auth.getWebSocketTicket(), page.auth.requestWebSocketTicket({ ttl_seconds: 60 })]
    await page.clock.advance(10)
    page.auth.handleLogout()
    for (const call of asked) expect(await call).toMatchObject({ error: { code: 'signed_out' } })
    await page.clock.advance(10)
    expect(status(page).lastError).toBeNull()
  })

  test('tickets that are given up: the error says since what, and how to try again', async () => {
    const page = arrange([() => problem(404), gives()])
    await page.request()
    expect(await page.request()).toMatchObject({
      error: {
        code: 'tickets_disabled',
        message:
          'Tickets are given up for this user. Connect with the JWT, or try them again with resetTicketFailures().',
        cause: { code: 'tickets_unsupported', status: 404 },
      },
    })
    expect(page.times('auth.ticketFailed')).toBe(1)
    page.auth.resetTicketFailures()
    expect(await page.request()).toMatchObject({ success: true })
  })
})

test('a chain without tickets asks for none, not even to renew a session', async () => {
  const page = arrange([gives()], { chain: ['jwt', 'none'] })
  const { signal } = new AbortController()
  const asked = page.auth.acquire({ signal, only: 'ticket', renew: true })
  await expect(asked).rejects.toMatchObject({ code: 'tickets_disabled' })
  expect(page.requests).toEqual([])
})
