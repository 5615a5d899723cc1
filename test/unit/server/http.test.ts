import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { openApiDocument } from '../../../src/contract/openapi.ts'
import { problem, ticketGenerationResponse } from '../../../src/contract/schemas.ts'
import { createTicketHandler } from '../../../src/server/http.ts'
import { createMemoryTicketStore } from '../../../src/server/memory-store.ts'
import { createVirtualClock } from '../../support/virtual-clock.ts'
import { arrangeTickets, HOUR } from './arrange.ts'
import { arrangeHttp as arrange, type Call, ORIGIN, UNKNOWN } from './arrange-http.ts'

describe('POST /websocket/ticket', () => {
  test('answers by the contract', async () => {
    const { call, tickets, clock } = arrange()
    const body = { ttl_seconds: 60, permissions: ['chat'], metadata: { tab: 'a' } }
    const { status, json } = await call('POST /websocket/ticket', { body })
    expect(status).toBe(200)
    expect(ticketGenerationResponse.strict().parse(json)).toEqual({
      ticket_id: json.ticket_id,
      ticket_handle: json.ticket_handle,
      created_at: clock.wallNow() / 1_000,
      expires_at: clock.wallNow() / 1_000 + 60,
      ttl_seconds: 60,
      single_use: true,
      websocket_url: `wss://api.example.com/ws?ticket=${json.ticket_id}`,
      subprotocol: 'ticket-socket.v1',
    })
    expect(await tickets.consume(json.ticket_id)).toMatchObject({
      userId: 'alice',
      permissions: ['chat'],
      metadata: { tab: 'a' },
    })
  })

  test.each<[string, Call]>([
    ['no body', {}],
    ['an empty one', { body: '', headers: { 'content-type': 'application/json' } }],
    ['an empty object', { body: {} }],
    ['a charset beside the media type', { body: '{}', headers: { 'content-type': 'Application/JSON; charset=utf-8' } }],
  ])('is content with %s', async (_, options) => {
    const { call } = arrange()
    expect(await call('POST /websocket/ticket', options)).toMatchObject({ status: 200, json: { ttl_seconds: 300 } })
  })

  test('keeps the query of the configured address, and nothing of the request’s host', async () => {
    const { call } = arrange({ websocketUrl: 'wss://live.example.com/ws?region=eu' })
    const { json } = await call('POST /websocket/ticket', {
      headers: { host: 'evil.example', 'x-forwarded-host': 'evil.example' },
    })
    expect(json.websocket_url).toBe(`wss://live.example.com/ws?region=eu&ticket=${json.ticket_id}`)
  })

  test('PR-14: leaves websocket_url out where the owner names no address', async () => {
    const { call } = arrange({ websocketUrl: undefined as never })
    const { json } = await call('POST /websocket/ticket')
    expect(json).not.toHaveProperty('websocket_url')
    expect(ticketGenerationResponse.parse(json)).toMatchObject({ single_use: true, subprotocol: 'ticket-socket.v1' })
  })

  test('ends the ticket with the JWT', async () => {
    const { call, users, clock } = arrange()
    const token = users.sign('alice', { expiresAt: clock.wallNow() + 40_500 })
    expect((await call('POST /websocket/ticket', { token })).json.ttl_seconds).toBe(40)
  })

  test.each([
    [{ ttl_seconds: 29 }, 'ttl_seconds'],
    [{ ttl_seconds: 3_601 }, 'ttl_seconds'],
    [{ ttl_seconds: '60' }, 'ttl_seconds'],
    [{ ttl_seconds: 60.5 }, 'ttl_seconds'],
    [{ single_use: 'true' }, 'single_use'],
    [{ permissions: 'chat' }, 'permissions'],
    [{ permissions: ['chat', 7] }, 'permissions.1'],
    [{ metadata: [] }, 'metadata'],
    [{ metadata: { text: 'x'.repeat(4_096) } }, 'metadata'],
    [{ user_id: 'bob' }, ''],
    [{ ttlSeconds: 60 }, ''],
  ])('refuses %j and names the field', async (body, path) => {
    const { call, watch } = arrange()
    const { status, json } = await call('POST /websocket/ticket', { body })
    expect(status).toBe(422)
    expect(problem.parse(json).errors).toEqual([{ path, message: expect.any(String) }])
    expect(watch.calls).not.toContain('put')
  })

  const asJson = { 'content-type': 'application/json' }
  test.each<[number, string, Call]>([
    [400, 'half a body', { body: '{"ttl_seconds":', headers: asJson }],
    [400, 'bytes that are no UTF-8', { body: new Uint8Array([0x22, 0xff, 0x22]), headers: asJson }],
    [422, 'a list', { body: '[]', headers: asJson }],
    [422, 'null', { body: 'null', headers: asJson }],
    [422, 'a prototype', { body: '{"__proto__":{"ttl_seconds":60}}', headers: asJson }],
    [
      422,
      'metadata of great depth',
      { body: `{"metadata":{"a":${'['.repeat(7_000)}${']'.repeat(7_000)}}}`, headers: asJson },
    ],
    [415, 'a form', { body: new URLSearchParams({ ttl_seconds: '60' }) }],
    [415, 'text', { body: '{}', headers: { 'content-type': 'text/plain' } }],
    [413, 'too long a body', { body: { metadata: { text: 'x'.repeat(17_000) } } }],
    [
      413,
      'too long a body that does not say so',
      { body: new Blob([`{"metadata":"${'x'.repeat(17_000)}"}`]).stream(), headers: asJson },
    ],
  ])('answers %i to %s', async (status, _, options) => {
    const { call, watch, onError } = arrange()
    const answer = await call('POST /websocket/ticket', options)
    expect(answer).toMatchObject({ status, json: { status } })
    expect(watch.calls).not.toContain('put')
    expect(onError).not.toHaveBeenCalled()
  })

  test('answers 403 to permissions that the user does not hold', async () => {
    const { call } = arrange()
    const answer = await call('POST /websocket/ticket', { body: { permissions: ['chat', 'admin'] } })
    expect(answer).toMatchObject({ status: 403, json: { title: 'Forbidden' } })
  })

  test('answers 429 to a user who holds too many tickets', async () => {
    const { call } = arrange({}, { maxTicketsPerUser: 1 })
    await call('POST /websocket/ticket', { body: { ttl_seconds: 30 } })
    const { status, headers } = await call('POST /websocket/ticket')
    expect([status, headers.get('retry-after')]).toEqual([429, '30'])
  })

  test('answers 501 while tickets are switched off, shows it in the status, and issues tickets once they are on again', async () => {
    let enabled = false
    const { call } = arrange({}, { enabled: () => enabled })
    const look = async () => [
      (await call('POST /websocket/ticket')).status,
      (await call('GET /websocket/tickets/status')).json.ticket_system_enabled,
    ]
    expect(await look()).toEqual([501, false])
    enabled = true
    expect(await look()).toEqual([200, true])
  })
})

describe('the other endpoints', () => {
  test('validate looks and never consumes', async () => {
    const { call, generate, tickets } = arrange()
    const { ticket_id, ticket_handle, expires_at } = await generate()
    for (const name of [ticket_handle, ticket_id, ticket_handle]) {
      const { status, json } = await call(`GET /websocket/ticket/${name}/validate`)
      expect([status, json]).toEqual([
        200,
        { valid: true, user_id: 'alice', email: 'alice@example.com', permissions: ['chat', 'read'], expires_at },
      ])
    }
    expect(await tickets.consume(ticket_id)).not.toBeNull()
  })

  test('PR-17: validate answers to foreign, used, expired and revoked tickets as to an unknown one, byte for byte', async () => {
    const { call, generate, users, tickets, clock } = arrange()
    const foreign = await generate(users.sign('bob'))
    const used = await generate()
    await tickets.consume(used.ticket_id)
    const revoked = await generate()
    await tickets.revoke(revoked.ticket_handle, 'alice')
    const expired = (await call('POST /websocket/ticket', { body: { ttl_seconds: 30 } })).json
    await clock.advance(30_000)
    const known = [foreign, used, revoked, expired].flatMap(({ ticket_handle, ticket_id }) => [
      ticket_handle,
      ticket_id,
    ])
    const answers = [...known, UNKNOWN, 'nonsense', '%00', '__proto__'].map((name) =>
      call(`GET /websocket/ticket/${name}/validate`),
    )
    const seen = (await Promise.all(answers)).map(({ status, headers, text }) =>
      JSON.stringify([status, [...headers], text]),
    )
    expect(new Set(seen).size).toBe(1)
    expect(seen[0]).toContain('200')
  })

  test('DELETE revokes for the owner: 200, 404 when there is none, 403 for another’s', async () => {
    const { call, generate, users, tickets } = arrange()
    const { ticket_id, ticket_handle } = await generate()
    const bob = users.sign('bob')
    expect((await call(`DELETE /websocket/ticket/${ticket_handle}`, { token: bob })).status).toBe(403)
    expect(await call(`DELETE /websocket/ticket/${ticket_handle}`)).toMatchObject({
      status: 200,
      json: { success: true },
    })
    expect((await call(`DELETE /websocket/ticket/${ticket_handle}`)).status).toBe(404)
    expect((await call(`DELETE /websocket/ticket/${UNKNOWN}`)).status).toBe(404)
    expect(await tickets.consume(ticket_id)).toBeNull()
  })

  test('DELETE of all withdraws tickets and JWTs, and closes the live sockets', async () => {
    const closeUser = vi.fn(() => 2)
    const { call, generate, users, tickets, clock } = arrange({ sessions: { closeUser } })
    const [first] = [await generate(), await generate()]
    const answer = await call('DELETE /websocket/tickets')
    expect([answer.status, answer.json]).toEqual([200, { success: true, revoked: 2 }])
    expect(closeUser.mock.calls).toEqual([['alice', 4410, 'revoked']])
    expect(await tickets.consume(first.ticket_id)).toBeNull()
    await clock.advance(1)
    for (const line of [
      'POST /websocket/ticket',
      'DELETE /websocket/tickets',
      `GET /websocket/ticket/${UNKNOWN}/validate`,
    ]) {
      expect((await call(line)).status, line).toBe(401)
    }
    expect((await call('POST /websocket/ticket', { token: users.sign('alice') })).status).toBe(200)
    expect((await call('POST /websocket/ticket', { token: users.sign('bob') })).status).toBe(200)
  })

  test('status is public', async () => {
    const { call } = arrange()
    const { status, json } = await call('GET /websocket/tickets/status', {
      token: null,
      headers: { origin: 'https://elsewhere.example' },
    })
    expect([status, json.ticket_system_enabled, json.redis_status]).toEqual([200, true, 'not_available'])
  })
})

describe('GET /websocket/openapi.json', () => {
  const line = 'GET /websocket/openapi.json'

  test('describes the endpoints without a JWT, where they are mounted', async () => {
    const { call, watch } = arrange({ basePath: '/api/websocket' })
    const { status, headers, json } = await call('GET /api/websocket/openapi.json', {
      token: null,
      headers: { origin: 'https://elsewhere.example' },
    })
    expect([status, headers.get('content-type')]).toEqual([200, 'application/json'])
    expect(json).toEqual(JSON.parse(JSON.stringify(openApiDocument({ basePath: '/api/websocket' }))))
    expect(watch.calls).toEqual([])
  })

  test('counts against the limit per address', async () => {
    const { call } = arrange({ limits: { address: { burst: 1, perMinute: 1 } } })
    const here = { address: '192.0.2.1' }
    expect([(await call(line, here)).status, (await call(line, here)).status]).toEqual([200, 429])
  })

  test('is not there where it is switched off', async () => {
    const { call, handle } = arrange({ openApi: false })
    expect((await call(line)).status).toBe(404)
    expect(handle.matches('/websocket/openapi.json')).toBe(false)
  })

  test('every answer that is seen here is one that the document names', async () => {
    const { call, generate, users, watch } = arrange()
    const { ticket_handle } = await generate()
    const { paths } = openApiDocument()
    const seen = new Set<string>()
    async function look(line: string, template: string, options?: Call) {
      const { status } = await call(line, options)
      const operation = paths[template]?.[line.split(' ')[0]?.toLowerCase() ?? ''] as { responses: object }
      expect(Object.keys(operation.responses), `${line}: ${status}`).toContain(String(status))
      seen.add(`${line.split(' ')[0]} ${template} ${status}`)
    }
    const json = { 'content-type': 'application/json' }
    for (const options of [{}, { body: '{', headers: json }, { token: null }, { body: { x: 1 } }, { body: 'x' }]) {
      await look('POST /websocket/ticket', '/websocket/ticket', { ...options, token: users.sign('bob') })
    }
    await look('POST /websocket/ticket', '/websocket/ticket', { token: null })
    await look('POST /websocket/ticket', '/websocket/ticket', { body: { permissions: ['admin'] } })
    await look('POST /websocket/ticket', '/websocket/ticket', { body: { metadata: { a: 'x'.repeat(20_000) } } })
    const one = '/websocket/ticket/{handle}'
    for (const name of [ticket_handle, ticket_handle, UNKNOWN]) {
      await look(`DELETE /websocket/ticket/${name}`, one, { token: users.sign('carol') })
      await look(`DELETE /websocket/ticket/${name}`, one)
      await look(`GET /websocket/ticket/${name}/validate`, `${one}/validate`)
    }
    await look('GET /websocket/tickets/status', '/websocket/tickets/status')
    watch.isDown = true
    await look('DELETE /websocket/tickets', '/websocket/tickets')
    expect(seen.size).toBeGreaterThan(12)
  })
})

describe('who may ask', () => {
  const lines = [
    'POST /websocket/ticket',
    `GET /websocket/ticket/${UNKNOWN}/validate`,
    `DELETE /websocket/ticket/${UNKNOWN}`,
    'DELETE /websocket/tickets',
  ]

  test.each(lines)('%s needs a JWT', async (line) => {
    const { call, watch } = arrange()
    const authorizations = [
      '',
      'Bearer',
      'Bearer ',
      'Basic YTpi',
      'Bearer unknown',
      'Bearer a b',
      'bearer unknown',
      `Bearer ${'x'.repeat(16_385)}`,
    ]
    for (const authorization of authorizations) {
      const { status, headers } = await call(line, { token: null, headers: { authorization } })
      expect([status, headers.get('www-authenticate')], authorization).toEqual([401, 'Bearer'])
    }
    expect(watch.calls).toEqual([])
  })

  test('a JWT that has expired is refused also when the verifier does not notice', async () => {
    const { call, clock } = arrange()
    await clock.advance(HOUR)
    expect(await call('POST /websocket/ticket')).toMatchObject({
      status: 401,
      json: { detail: 'The JWT has expired. Refresh it.' },
    })
  })

  test.each([
    ['nothing', undefined],
    ['true', true],
    ['a name', 'alice'],
    ['nobody', { userId: '' }],
    ['a user that is no text', { userId: 7 }],
    ['permissions that are no list', { userId: 'alice', permissions: 'admin' }],
    ['an end that is no number', { userId: 'alice', expiresAt: Number.NaN }],
  ])('a verifier that returns %s accepts no JWT', async (_, identity) => {
    const { call } = arrange({ verifyToken: (() => identity) as never })
    expect((await call('POST /websocket/ticket')).status).toBe(401)
  })

  test.each(lines)('%s is refused to a page that is not on the list, before the JWT is looked at', async (line) => {
    const verifyToken = vi.fn(() => null)
    const { call, watch } = arrange({ verifyToken })
    for (const origin of [
      'null',
      'https://app.example.com.evil.com',
      'http://app.example.com',
      'https://app.example.com:8443',
      `${ORIGIN}, ${ORIGIN}`,
    ]) {
      const { status, headers } = await call(line, { headers: { origin } })
      expect([status, headers.get('access-control-allow-origin')], origin).toEqual([403, null])
    }
    expect(verifyToken).not.toHaveBeenCalled()
    expect(watch.calls).toEqual([])
  })

  test('without a list, no page may ask', async () => {
    const { call } = arrange({ allowedOrigins: [] })
    expect((await call('POST /websocket/ticket', { headers: { origin: ORIGIN } })).status).toBe(403)
    expect((await call('POST /websocket/ticket')).status).toBe(200)
  })
})

describe('CORS', () => {
  test('a page on the list reads every answer, and when to come back', async () => {
    const { call } = arrange()
    for (const [token, status] of [
      [undefined, 200],
      [null, 401],
    ] as const) {
      const answer = await call('POST /websocket/ticket', {
        headers: { origin: ORIGIN },
        ...(token === null && { token }),
      })
      expect(answer.status).toBe(status)
      expect(answer.headers.get('access-control-allow-origin')).toBe(ORIGIN)
      expect(answer.headers.get('access-control-expose-headers')).toContain('Retry-After')
      expect(answer.headers.has('access-control-allow-credentials')).toBe(false)
    }
  })

  test('the preflight allows what the client sends', async () => {
    const { call } = arrange()
    const { status, headers } = await call('OPTIONS /websocket/ticket', { token: null, headers: { origin: ORIGIN } })
    expect(status).toBe(204)
    expect(headers.get('access-control-allow-origin')).toBe(ORIGIN)
    expect(headers.get('access-control-allow-methods')).toBe('POST, OPTIONS')
    const always = 'Authorization, Content-Type, traceparent, tracestate, baggage, sentry-trace'
    expect(headers.get('access-control-allow-headers')).toBe(always)
    expect(
      (await call('OPTIONS /websocket/ticket', { token: null, headers: { origin: 'https://evil.example' } })).status,
    ).toBe(403)
    const more = arrange({ allowedHeaders: ['x-request-id', 'X-Tenant'] })
    const preflight = await more.call('OPTIONS /websocket/ticket', { token: null, headers: { origin: ORIGIN } })
    expect(preflight.headers.get('access-control-allow-headers')).toBe(`${always}, x-request-id, X-Tenant`)
  })

  test('origins may be a pattern or a function', async () => {
    for (const allowedOrigins of [
      ['https://*.preview.example.com'],
      (origin: string) => /^https:\/\/pr-\d+\./.test(origin),
    ]) {
      const { call } = arrange({ allowedOrigins })
      const ask = async (origin: string) => {
        const { status, headers } = await call('POST /websocket/ticket', { headers: { origin } })
        return [status, headers.get('access-control-allow-origin'), headers.get('vary')]
      }
      const page = 'https://pr-7.preview.example.com'
      expect(await ask(page)).toEqual([200, page, 'Origin'])
      for (const other of ['https://evil.example', 'null', 'https://a.b.preview.example.com']) {
        expect(await ask(other)).toEqual([403, null, 'Origin'])
      }
    }
  })
})

test('every answer forbids caching, sniffing and referrers, and depends on the origin', async () => {
  const { call, watch, generate } = arrange()
  const { ticket_handle } = await generate()
  const lines: [string, Call?][] = [
    ['POST /websocket/ticket'],
    [`GET /websocket/ticket/${ticket_handle}/validate`],
    [`DELETE /websocket/ticket/${ticket_handle}`],
    ['DELETE /websocket/tickets'],
    ['GET /websocket/tickets/status'],
    ['OPTIONS /websocket/ticket', { headers: { origin: ORIGIN } }],
    ['GET /websocket/ticket'],
    ['GET /nothing'],
    ['POST /websocket/ticket', { token: null }],
    ['POST /websocket/ticket', { body: 'x' }],
    ['POST /websocket/ticket', { headers: { origin: 'https://evil.example' } }],
  ]
  const statuses = new Set<number>()
  for (const [line, options] of lines) {
    const { status, headers } = await call(line, options)
    statuses.add(status)
    expect(headers.get('cache-control'), line).toBe('no-store')
    expect(headers.get('x-content-type-options'), line).toBe('nosniff')
    expect(headers.get('referrer-policy'), line).toBe('no-referrer')
    expect(headers.get('vary'), line).toBe('Origin')
    if (status >= 400) expect(headers.get('content-type'), line).toBe('application/problem+json')
  }
  expect([...statuses].sort()).toEqual([200, 204, 401, 403, 404, 405, 415])
  expect(watch.isDown).toBe(false)
})

test.each([
  ['GET /websocket/ticket', 405, 'POST, OPTIONS'],
  ['POST /websocket/tickets/status', 405, 'GET, OPTIONS'],
  ['GET /websocket/tickets', 405, 'DELETE, OPTIONS'],
  [`PUT /websocket/ticket/${UNKNOWN}`, 405, 'DELETE, OPTIONS'],
  ['POST /', 404, null],
  ['POST /websocket', 404, null],
  ['POST /websocket/', 404, null],
  ['POST /websocket/ticket/', 404, null],
  ['POST /websocketx/ticket', 404, null],
  ['POST /x/websocket/ticket', 404, null],
  [`GET /websocket/ticket/${UNKNOWN}/validate/x`, 404, null],
  [`GET /websocket/ticket/${UNKNOWN}/other`, 404, null],
  ['GET /websocket/tickets/other', 404, null],
])('%s answers %i', async (line, status, allow) => {
  const { call } = arrange()
  const answer = await call(line)
  expect([answer.status, answer.headers.get('allow')]).toEqual([status, allow])
})

test.each([
  'http://alice:s3cr3t-of-alice@localhost/websocket/tickets/status',
  'http://:s3cr3t-of-alice@localhost/websocket/tickets/status',
  'http://s3cr3t-of-alice@localhost/websocket/tickets/status',
  '/websocket/tickets/status?ticket=s3cr3t-of-alice',
  'not a URL: s3cr3t-of-alice',
])('a request whose URL is %s, as a runtime may hand it over, is a 400, and no event holds the URL', async (url) => {
  const told: unknown[] = []
  const { handle, onError } = arrange({ observe: (event) => told.push(event) })
  const response = await handle({ url, method: 'GET', headers: new Headers(), body: null } as Request)
  expect(response.status).toBe(400)
  expect(JSON.stringify([await response.json(), told])).not.toContain('s3cr3t')
  expect(told).toMatchObject([{ kind: 'request_answered', endpoint: 'other', status: 400 }])
  expect(onError).not.toHaveBeenCalled()
})

test('the base path may be another, and matches() knows it', async () => {
  const { call, handle } = arrange({ basePath: '/api/v1/websocket' })
  expect((await call('POST /api/v1/websocket/ticket')).status).toBe(200)
  expect((await call('POST /websocket/ticket')).status).toBe(404)
  expect([handle.matches('/api/v1/websocket/tickets/status'), handle.matches('/other')]).toEqual([true, false])
})

describe('when something does not work', () => {
  test('a ticket that comes after its 503 is withdrawn, and takes no place of its user’s', async () => {
    const clock = createVirtualClock()
    const store = createMemoryTicketStore({ clock })
    let isSlow = true
    const put: typeof store.put = async (...args) => {
      if (isSlow) await new Promise<void>((resolve) => clock.setTimer(resolve, 20_000))
      return store.put(...args)
    }
    const { call } = arrange({}, { clock, store: { ...store, put }, maxTicketsPerUser: 1 })
    const late = call('POST /websocket/ticket')
    await clock.advance(10_000)
    expect((await late).status).toBe(503)
    await clock.advance(10_000)
    isSlow = false
    expect((await call('POST /websocket/ticket')).status).toBe(200)
    expect((await call('POST /websocket/ticket')).status).toBe(429)
  })

  test('a store that is down is a 503 with Retry-After, whatever was asked', async () => {
    const { call, watch, generate, onError } = arrange()
    const { ticket_handle } = await generate()
    watch.isDown = true
    for (const line of [
      'POST /websocket/ticket',
      `GET /websocket/ticket/${ticket_handle}/validate`,
      `DELETE /websocket/ticket/${ticket_handle}`,
      'DELETE /websocket/tickets',
    ]) {
      const { status, headers, json } = await call(line)
      expect([status, headers.get('retry-after'), json.title], line).toEqual([503, '5', 'Service Unavailable'])
      expect(JSON.stringify(json)).not.toContain('ECONNREFUSED')
    }
    expect(onError).toHaveBeenCalledTimes(4)
  })

  test('a verifier that fails is a 503, and its words reach no client', async () => {
    const verifyToken = async (jwt: string) => {
      throw new Error(`JWKS timeout for Bearer ${jwt}`)
    }
    const { call, token, onError } = arrange({ verifyToken })
    const { status, text } = await call('POST /websocket/ticket')
    expect(status).toBe(503)
    expect(text + String(onError.mock.calls[0]?.[0].cause)).not.toContain(token)
  })

  test('an answer that takes too long is a 503', async () => {
    const { handle, clock, users } = arrange({ verifyToken: () => new Promise(() => {}), deadlineMs: 2_000 })
    const request = new Request('http://x/websocket/ticket', {
      method: 'POST',
      headers: { authorization: `Bearer ${users.sign('a')}` },
    })
    const answer = handle(request)
    await clock.advance(2_000)
    expect((await answer).status).toBe(503)
    expect(clock.pending()).toBe(0)
  })

  test('a body that does not arrive in time is the client’s 408, and no failure of the server', async () => {
    const { call, clock, onError, watch } = arrange({ deadlineMs: 2_000 })
    const body = new ReadableStream({ start: (controller) => controller.enqueue(new TextEncoder().encode('{"ttl')) })
    const answer = call('POST /websocket/ticket', {
      body: body as never,
      headers: { 'content-type': 'application/json' },
    })
    await clock.advance(2_000)
    expect((await answer).json).toMatchObject({
      status: 408,
      detail: 'The request body did not arrive within 2000 ms (408). Send the request again.',
    })
    expect([onError.mock.calls.length, watch.calls.includes('put'), clock.pending()]).toEqual([0, false, 0])
  })

  test('a store that takes too long after the body has arrived is a 503', async () => {
    const clock = createVirtualClock()
    const store = { ...createMemoryTicketStore({ clock }), put: () => new Promise<never>(() => {}) }
    const { call } = arrange({ deadlineMs: 2_000 }, { clock, store })
    const answer = call('POST /websocket/ticket', { body: {} })
    await clock.advance(2_000)
    expect((await answer).status).toBe(503)
  })

  test.each<[string, (request: Request) => Promise<unknown>]>([
    ['whole', (request) => request.text()],
    ['to its end by a reader that has let go', (request) => readOnce(request, (reader) => reader.releaseLock())],
    ['in part by a reader that holds it', (request) => readOnce(request, () => {})],
  ])(
    'a body that was read before, %s, is a 500 that says what to do, once on the console, and no empty one',
    async (_, read) => {
      const warned = vi.spyOn(console, 'warn').mockImplementation(() => {})
      const reported = vi.spyOn(console, 'error').mockImplementation(() => {})
      onTestFinished(() => void vi.restoreAllMocks())
      const { handle, token, watch, onError } = arrange()
      const ask = async (authorization: string) => {
        const headers = { authorization, 'content-type': 'application/json' }
        const request = new Request('http://x/websocket/ticket', {
          method: 'POST',
          headers,
          body: '{"permissions":["chat"]}',
        })
        await read(request)
        const response = await handle(request)
        return { status: response.status, detail: (await response.json()).detail }
      }
      const lost = {
        status: 500,
        detail:
          'The request body is lost (500): it was read before createTicketHandler got the request. Hand the request over unread, ' +
          'or a clone that was made before.',
      }
      expect([await ask(`Bearer ${token}`), await ask(`Bearer ${token}`)]).toEqual([lost, lost])
      expect((await ask('Bearer wrong')).status).toBe(401)
      expect(watch.calls).not.toContain('put')
      expect(warned.mock.calls).toEqual([[`ticket-socket: ${lost.detail}`]])
      expect([reported.mock.calls, onError.mock.calls]).toEqual([[], []])
    },
  )

  test('a body that breaks off is a 400', async () => {
    const { call } = arrange()
    const body = new ReadableStream({ pull: (controller) => controller.error(new Error('aborted')) })
    expect(
      (await call('POST /websocket/ticket', { body: body as never, headers: { 'content-type': 'application/json' } }))
        .status,
    ).toBe(400)
  })

  test('a JWT without iat whose user signs out of all sessions while its body arrives gets no ticket', async () => {
    const { call, tickets } = arrange({ verifyToken: () => ({ userId: 'alice' }) })
    const body = new ReadableStream(
      {
        async pull(controller) {
          await tickets.revokeAll('alice')
          controller.enqueue(new TextEncoder().encode('{}'))
          controller.close()
        },
        // Read no sooner than the handler asks for it.
      },
      { highWaterMark: 0 },
    )
    const headers = { 'content-type': 'application/json' }
    expect((await call('POST /websocket/ticket', { body, headers })).status).toBe(401)
  })

  test('a JWT without iat whose user signs out of all sessions while its ticket is being stored gets none', async () => {
    const store = createMemoryTicketStore()
    let isSigningOut = true
    const put: typeof store.put = async (...args) => {
      if (isSigningOut) await store.revokeAll('alice')
      return store.put(...args)
    }
    const told: unknown[] = []
    const observe = (event: unknown) => told.push(event)
    const { call } = arrange({ verifyToken: () => ({ userId: 'alice' }), observe }, { store: { ...store, put } })
    expect((await call('POST /websocket/ticket')).status).toBe(401)
    expect(told).toContainEqual(expect.objectContaining({ kind: 'jwt_refused', reason: 'revoked' }))
    isSigningOut = false
    expect((await call('POST /websocket/ticket')).status).toBe(401)
  })

  test('DELETE of all closes the connections also where the store cannot say whether the JWT is good, and is a 503', async () => {
    const closeUser = vi.fn(() => 1)
    const { call, tickets, watch } = arrange({ sessions: { closeUser } })
    const told: unknown[] = []
    tickets.onRevokeAll((revocation) => told.push(revocation))
    watch.isDown = true
    expect((await call('DELETE /websocket/tickets', { token: 'forged' })).status).toBe(401)
    expect([told, closeUser.mock.calls]).toEqual([[], []])
    expect((await call('DELETE /websocket/tickets')).status).toBe(503)
    // An old JWT must not end the connections of a newer sign-in for good, here or elsewhere: after 4503 a client comes back.
    expect(told).toEqual([])
    expect(closeUser.mock.calls).toEqual([['alice', 4503, 'unavailable']])
    // Nothing was asked of the store that it could carry out later, for a JWT that nobody had checked.
    expect(watch.calls).not.toContain('revokeAll')
    watch.isDown = false
    expect((await call('POST /websocket/ticket')).status).toBe(200)
  })

  test('a fault of the server is a 500 without detail, and is reported to the owner', async () => {
    const sessions = {
      closeUser() {
        throw new Error('a bug with details')
      },
    }
    const { call, onError } = arrange({ sessions })
    const { status, text } = await call('DELETE /websocket/tickets')
    expect(status).toBe(500)
    expect(text).not.toContain('details')
    expect(onError).toHaveBeenCalledWith(expect.objectContaining({ message: 'a bug with details' }))
  })

  test('an onError that throws changes no answer', async () => {
    const reported = vi.spyOn(console, 'error').mockImplementation(() => {})
    const { call, watch } = arrange({
      onError: () => {
        throw new Error('mine')
      },
    })
    watch.isDown = true
    expect((await call('POST /websocket/ticket')).status).toBe(503)
    expect(reported).toHaveBeenCalledOnce()
    reported.mockRestore()
  })
})

test.each([
  [
    { websocketUrl: 'https://api.example.com/ws' },
    'websocketUrl must be an address such as wss://api.example.com/ws, got "https://api.example.com/ws"',
  ],
  [{ websocketUrl: '/ws' }, 'websocketUrl must be an address such as wss://api.example.com/ws, got "/ws"'],
  [{ websocketUrl: 'wss://a:b@api.example.com/ws' }, 'websocketUrl must be'],
  [{ websocketUrl: 'wss://api.example.com/ws?ticket=x' }, 'websocketUrl must be'],
  [{ websocketUrl: 'wss://api.example.com/ws?auth_ticket=x' }, 'websocketUrl must be'],
  [{ websocketUrl: 'wss://api.example.com/ws?ticket_id=' }, 'websocketUrl must be'],
  [{ websocketUrl: '' }, 'websocketUrl must be an address such as wss://api.example.com/ws, got ""'],
  [{ websocketUrl: null }, 'websocketUrl must be an address such as wss://api.example.com/ws, got null'],
  [{ basePath: 'websocket' }, 'basePath must be a path such as /websocket, got "websocket"'],
  [{ basePath: '/websocket/' }, 'basePath must be a path such as /websocket, got "/websocket/"'],
  [{ verifyToken: undefined }, 'verifyToken must be a function, got undefined'],
  [
    {
      tickets: Object.fromEntries(
        ['generate', 'validate', 'revoke', 'revokeAll', 'status'].map((name) => [name, vi.fn()]),
      ),
    },
    'tickets must have the method revocationOf, got an object',
  ],
  [{ allowedOrigins: '*' }, 'allowedOrigins must be an array or a function, got "*"'],
  [
    { allowedOrigins: ['*'] },
    'allowedOrigins must hold origins such as https://app.example.com or https://*.preview.example.com, got "*"',
  ],
  [{ allowedHeaders: 'x-a' }, 'allowedHeaders must be an array of header names such as x-request-id, got "x-a"'],
  [{ allowedHeaders: ['*'] }, 'allowedHeaders must be an array of header names such as x-request-id, got "*"'],
  [
    { allowedHeaders: ['x-a, x-b'] },
    'allowedHeaders must be an array of header names such as x-request-id, got "x-a, x-b"',
  ],
  [{ deadlineMs: Number.NaN }, 'deadlineMs must be a number of at least 1, got NaN'],
  [{ limits: { user: { burst: 0, perMinute: 1 } } }, 'limits.user.burst must be a number of at least 1, got 0'],
  [{ limits: { limiter: {} } }, 'limits.limiter must have the method take, got an object'],
])('refuses %o', (options, message) => {
  const { tickets, users } = arrangeTickets()
  const make = () =>
    createTicketHandler({
      tickets,
      verifyToken: users.verifyToken,
      websocketUrl: 'wss://a.example/ws',
      ...options,
    } as never)
  expect(make).toThrow(TypeError)
  expect(make).toThrow(message)
})

async function readOnce(request: Request, then: (reader: ReadableStreamDefaultReader) => void) {
  const reader = (request.body as ReadableStream).getReader()
  await reader.read()
  then(reader)
}
