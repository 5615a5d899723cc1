import { describe, expect, test } from 'vitest'
import { type HttpRequest, sendRequest } from '../../../src/auth/http-request.ts'
import type { TicketSocketError } from '../../../src/contract/errors.ts'
import { isTicketGenerationResponse, type TicketGenerationResponse } from '../../../src/contract/wire.ts'
import type { Page } from '../../../src/platform/platform.ts'
import { Secret } from '../../../src/platform/secret.ts'
import { createTestPage } from '../../support/arrange.ts'
import { createPolicyPage } from '../../support/policy-page.ts'
import {
  createScriptedFetch,
  hanging,
  json,
  problem,
  type ScriptedFetch,
  ticketAnswer,
} from '../../support/scripted-fetch.ts'
import { createVirtualClock } from '../../support/virtual-clock.ts'

const JWT = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhbGljZSJ9.canary-signature'

function send(
  answer: ScriptedFetch['answers'][number],
  more: Partial<HttpRequest<TicketGenerationResponse>> = {},
  page: Page = createTestPage(),
) {
  const clock = createVirtualClock()
  const backend = createScriptedFetch(answer)
  const result = sendRequest(
    { fetch: backend.fetch, clock, page, timeoutMs: 10_000 },
    {
      asked: { for: 'ticket', isOwn: false, hasPermissions: false },
      method: 'POST',
      url: 'https://api.example.com/websocket/ticket',
      jwt: new Secret(JWT),
      body: {},
      guard: isTicketGenerationResponse,
      signals: [],
      ...more,
    },
  )
  return {
    result,
    clock,
    backend,
    failure: () =>
      result.then(
        () => expect.unreachable(),
        (e: TicketSocketError) => e,
      ),
  }
}

test('sends the JWT in the header only, follows no redirect, uses no cache, no cookie and no referrer', async () => {
  const { result, backend } = send(() => json(ticketAnswer()))
  await result
  const [request] = backend.requests
  expect(request?.url).toBe('https://api.example.com/websocket/ticket')
  expect(request?.headers.authorization).toBe(`Bearer ${JWT}`)
  expect(request?.init).toMatchObject({
    redirect: 'manual',
    cache: 'no-store',
    credentials: 'omit',
    referrerPolicy: 'no-referrer',
  })
})

describe('each status has its code', () => {
  test.each([
    [400, 'invalid_request'],
    [401, 'unauthenticated'],
    [403, 'forbidden'],
    [404, 'tickets_unsupported'],
    [405, 'tickets_unsupported'],
    [408, 'server_unavailable'],
    [415, 'invalid_request'],
    [422, 'invalid_request'],
    [425, 'server_unavailable'],
    [429, 'rate_limited'],
    [500, 'server_unavailable'],
    [501, 'tickets_unsupported'],
    [502, 'server_unavailable'],
    [503, 'server_unavailable'],
    [511, 'server_unavailable'],
  ])('%d is %s', async (status, code) => {
    const error = await send(() => problem(status, 'the reason')).failure()
    expect(error).toMatchObject({ name: 'TicketSocketError', code, status })
    expect(error.message).toContain('the reason')
  })
})

describe('errors in the words of others are understood', () => {
  test.each([
    ['RFC 9457', problem(422, 'ttl_seconds is too large'), 'ttl_seconds is too large'],
    ['FastAPI, a text', json({ detail: 'Not allowed' }, { status: 403 }), 'Not allowed'],
    [
      'FastAPI, a list',
      json({ detail: [{ loc: ['body'], msg: 'field required' }] }, { status: 422 }),
      'field required',
    ],
    ['an empty body', new Response(null, { status: 503 }), 'answered 503.'],
    [
      'HTML of a proxy',
      new Response('<h1>Bad gateway</h1>', { status: 502, headers: { 'content-type': 'text/html' } }),
      '502',
    ],
    ['a sentence', problem(503, 'The service is down.'), 'The backend says: "The service is down." If this'],
    ['detail of another type', json({ detail: { a: 1 } }, { status: 500 }), 'answered 500.'],
    ['null', json(null, { status: 500 }), 'answered 500.'],
  ])('%s', async (_name, response, words) => {
    expect((await send(() => response).failure()).message).toContain(words)
  })

  test('but not their credentials', async () => {
    const error = await send(() => problem(401, `bad token ${JWT} for ticket=${'S'.repeat(43)}`)).failure()
    expect(error.message).not.toContain('canary')
    expect(error.message).not.toContain('SSSS')
  })
})

describe('Retry-After', () => {
  test.each([
    ['seconds', { 'retry-after': '7' }, 7_000],
    [
      'a date, by the server’s own clock',
      { 'retry-after': 'Sun, 22 Nov 2026 10:00:30 GMT', date: 'Sun, 22 Nov 2026 10:00:00 GMT' },
      30_000,
    ],
    [
      'a date in the past',
      { 'retry-after': 'Sun, 22 Nov 2026 09:00:00 GMT', date: 'Sun, 22 Nov 2026 10:00:00 GMT' },
      0,
    ],
    [
      'a date as asctime writes it',
      { 'retry-after': 'Sun Nov 22 10:00:30 2026', date: 'Sun, 22 Nov 2026 10:00:00 GMT' },
      30_000,
    ],
    ['a fraction', { 'retry-after': '120.5' }, 120_500],
    ['the header twice', { 'retry-after': '120, 120' }, 120_000],
    ['a value that cannot be parsed', { 'retry-after': 'soon' }, 30_000],
    ['a negative number', { 'retry-after': '-5' }, 30_000],
    ['longer than anybody means', { 'retry-after': '9999999999' }, 300_000],
    ['nothing', { 'retry-after': '' }, undefined],
  ])('%s', async (_name, headers, expected) => {
    expect((await send(() => problem(503, 'later', headers as Record<string, string>)).failure()).retryAfterMs).toBe(
      expected,
    )
  })
})

const OPAQUE = { type: { value: 'opaque' }, status: { value: 0 }, ok: { value: false } }

describe('where an answer has no stream, as in React Native', () => {
  const polyfilled = (text: string) =>
    Object.defineProperty(json(JSON.parse(text), {}), 'body', { value: undefined }) as Response

  test('its text is read', async () => {
    const answer = ticketAnswer()
    await expect(send(() => polyfilled(JSON.stringify(answer))).result).resolves.toEqual(answer)
  })

  test('a stream of Node, as node-fetch has it, is read as text as well', async () => {
    const answer = ticketAnswer()
    const response = Object.defineProperty(json(answer), 'body', { value: { pipe() {} } })
    await expect(send(() => response).result).resolves.toEqual(answer)
  })

  const answer = ticketAnswer()
  const text = async () => JSON.stringify(answer)
  const parsed = async () => answer
  const type = 'application/json; charset=utf-8'
  test.each<[string, object]>([
    [
      'whatwg-fetch, where the body is undefined',
      { ok: true, status: 200, headers: new Headers({ 'content-type': type }), text },
    ],
    ['a body that is null, beside a text', { ok: true, status: 200, body: null, headers: { get: () => type }, text }],
    ['an answer with json() alone', { ok: true, status: 200, json: parsed }],
    ['json() and no headers', { ok: true, status: 200, body: undefined, json: parsed, text: undefined }],
    ['headers as a plain object', { ok: true, status: 200, headers: { 'Content-Type': type }, json: parsed }],
    ['a text that is there at once', { ok: true, status: 200, text: () => JSON.stringify(answer) }],
  ])('%s is read', async (_name, response) => {
    await expect(send(() => response as Response).result).resolves.toEqual(answer)
  })

  test.each<[string, object]>([
    ['a json() that gives nothing', { ok: true, status: 200, json: async () => undefined }],
    ['headers that name another type', { ok: true, status: 200, headers: { 'content-type': 'text/html' }, text }],
  ])('%s is no ticket', async (_name, response) => {
    expect(await send(() => response as Response).failure()).toMatchObject({ code: 'bad_response' })
  })

  test('neither text() nor json() is no answer, and no evidence against tickets', async () => {
    const error = await send(() => ({ ok: true, status: 200, data: answer }) as never).failure()
    expect(error).toMatchObject({
      code: 'network',
      cause: { message: expect.stringContaining('neither text() nor json()') },
    })
  })

  test('a refusal is judged by its status, and its wait read from a plain header', async () => {
    const response = {
      ok: false,
      status: 429,
      headers: { 'retry-after': '7' },
      json: async () => ({ detail: 'Later.' }),
    }
    const error = await send(() => response as unknown as Response).failure()
    expect(error).toMatchObject({ code: 'rate_limited', status: 429, retryAfterMs: 7_000 })
  })

  test('a json() that rejects is an answer that broke off', async () => {
    const response = { ok: true, status: 200, json: () => Promise.reject(new SyntaxError('Unexpected end')) }
    expect(await send(() => response as unknown as Response).failure()).toMatchObject({ code: 'network' })
  })

  test('and given up above 64 KiB', async () => {
    const long = JSON.stringify({ ...ticketAnswer(), padding: 'x'.repeat(70_000) })
    expect(await send(() => polyfilled(long)).failure()).toMatchObject({ code: 'bad_response' })
  })

  test('a text that never comes ends at the deadline', async () => {
    const stuck = Object.assign(polyfilled('{}'), { text: () => new Promise<string>(() => {}) })
    const { clock, failure } = send(() => stuck)
    const error = failure()
    await clock.advance(10_000)
    expect((await error).code).toBe('timeout')
  })
})

describe('an answer that is no ticket', () => {
  const good = ticketAnswer()
  test.each<[string, Response]>([
    ['HTML with 200', new Response('<html>Sign in to the WiFi</html>', { headers: { 'content-type': 'text/html' } })],
    [
      'JSON without its content type',
      new Response(JSON.stringify(good), { headers: { 'content-type': 'text/plain' } }),
    ],
    ['broken JSON', new Response('{"ticket_id":', { headers: { 'content-type': 'application/json' } })],
    ['an empty body', new Response('', { headers: { 'content-type': 'application/json' } })],
    ['no content', new Response(null, { status: 204 })],
    ['a status that says nothing to a client', new Response(null, { status: 304 })],
    ['an answer that the page may not read', Object.defineProperties(new Response(), OPAQUE)],
    ['an array', json([good])],
    ['no ticket', json({ ...good, ticket_id: undefined })],
    ['an empty ticket', json({ ...good, ticket_id: '' })],
    [
      'a ticket that would break the URL',
      json({ ...good, ticket_id: 'a&ticket=bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb' }),
    ],
    ['milliseconds for seconds', json({ ...good, expires_at: 1_763_800_300_000 })],
    ['a ttl of zero', json({ ...good, ttl_seconds: 0 })],
    ['a ttl that is text', json({ ...good, ttl_seconds: '300' })],
    ['a subprotocol that would throw in the browser', json({ ...good, subprotocol: 'a b' })],
    ['more than 64 KiB', json({ ...good, padding: 'x'.repeat(70_000) })],
  ])('%s ends in bad_response', async (_name, response) => {
    expect(await send(() => response).failure()).toMatchObject({ code: 'bad_response', retryable: true })
  })
})

test('a body without an end is given up at 64 KiB', async () => {
  let pulled = 0
  const endless = new ReadableStream<Uint8Array>({
    pull(controller) {
      pulled++
      controller.enqueue(new Uint8Array(16 * 1024).fill(32))
    },
  })
  const response = new Response(endless, { headers: { 'content-type': 'application/json' } })
  expect((await send(() => response).failure()).code).toBe('bad_response')
  expect(pulled).toBeLessThan(8)
})

describe('the deadline covers everything', () => {
  test('an endpoint that never answers', async () => {
    const { clock, failure } = send(hanging)
    const error = failure()
    await clock.advance(10_000)
    expect(await error).toMatchObject({ code: 'timeout', retryable: true })
    expect(clock.pending()).toBe(0)
  })

  test('a body that never comes', async () => {
    const stuck = new Response(new ReadableStream({}), { headers: { 'content-type': 'application/json' } })
    const { clock, failure } = send(() => stuck)
    const error = failure()
    await clock.advance(10_000)
    expect((await error).code).toBe('timeout')
  })

  test('a fetch that ignores its signal', async () => {
    const { clock, failure } = send(() => new Promise<Response>(() => {}))
    const error = failure()
    await clock.advance(10_000)
    expect((await error).code).toBe('timeout')
  })
})

describe('what the Content-Security-Policy blocks', () => {
  const failedToFetch = () => Promise.reject(new TypeError('Failed to fetch'))
  const blocked = { url: 'https://api.example.com/websocket/ticket', directive: 'connect-src' }
  const message =
    "The page's Content-Security-Policy blocks https://api.example.com (connect-src). Add https://api.example.com to connect-src."

  test.each([0, 30])('is named when the page reports it %i ms after the rejection', async (ms) => {
    const page = createPolicyPage()
    const { clock, failure } = send(failedToFetch, {}, page)
    const error = failure()
    await clock.advance(ms)
    page.block(blocked)
    await clock.advance(100)
    expect(await error).toMatchObject({ code: 'blocked_by_policy', message })
    expect(page.watchers()).toBe(0)
  })

  test('is no other failure: without the event it is a network error, 100 ms later', async () => {
    const page = createPolicyPage()
    const { clock, failure } = send(failedToFetch, {}, page)
    const error = failure()
    for (const url of ['https://other.example.com/', 'https://api.example.com/', 'https://api.example.com/websocket']) {
      page.block({ url, directive: 'connect-src' })
    }
    page.block({ url: 'https://api.example.com', directive: 'img-src' })
    await clock.advance(100)
    expect(await error).toMatchObject({ code: 'network', cause: { name: 'TypeError' } })
    expect(page.watchers()).toBe(0)
  })
})

test('an unreachable backend is a network error, whose cause holds no credential', async () => {
  const error = await send(() => {
    throw new TypeError(`fetch failed for Bearer ${JWT}`)
  }).failure()
  expect(error).toMatchObject({ code: 'network', cause: { name: 'TypeError' } })
  expect(JSON.stringify(error.cause, Object.getOwnPropertyNames(error.cause))).not.toContain('canary')
})

test('a call whose signal aborts rejects at once, and the request is aborted', async () => {
  const caller = new AbortController()
  const { failure, backend } = send(hanging, { signals: [caller.signal] })
  const error = failure()
  caller.abort()
  expect((await error).code).toBe('aborted')
  expect(backend.requests[0]?.init.signal?.aborted).toBe(true)
})
