// PR-27: no redirect of a ticket endpoint is followed, and the JWT goes nowhere else.

import { once } from 'node:events'
import { createServer, type IncomingMessage, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, onTestFinished, test } from 'vitest'
import { type TicketSocketError, UnifiedAuthService } from '../../../src/index.ts'
import { scenarios } from '../../../src/mock/index.ts'
import { arrange } from '../../support/arrange.ts'
import { createScriptedFetch, json, ticketAnswer } from '../../support/scripted-fetch.ts'

const JWT = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhbGljZSJ9.canary-signature'
const HANDLE = 'h'.repeat(43)
const API = 'https://api.example.com'
const ELSEWHERE = 'https://login.example.com'

const failureOf = (work: Promise<unknown>) =>
  work.then(
    () => expect.unreachable(),
    (error: TicketSocketError) => error,
  )

/** Every request that the service makes for its callers. */
const CALLS: [string, (auth: UnifiedAuthService) => Promise<TicketSocketError>][] = [
  [
    'a ticket request',
    async (auth) => {
      const result = await auth.requestWebSocketTicket()
      return result.success ? expect.unreachable() : (result.error as TicketSocketError)
    },
  ],
  ['validateTicket', (auth) => failureOf(auth.validateTicket(HANDLE))],
  ['revokeTicket', (auth) => failureOf(auth.revokeTicket(HANDLE))],
  ['revokeAllTickets', (auth) => failureOf(auth.revokeAllTickets())],
  ['getTicketSystemStatus', (auth) => failureOf(auth.getTicketSystemStatus())],
]

/** A response as the environment's `fetch` makes it; the constructor lets nobody set these. */
function shown(response: Response, as: { type?: ResponseType; url?: string; redirected?: boolean; status?: number }) {
  for (const [name, value] of Object.entries(as)) Object.defineProperty(response, name, { value })
  return response
}

/** As browsers show a redirect; `body` is what WebKit has there. */
const opaque = (body: BodyInit | null = null) =>
  shown(new Response(body), { type: 'opaqueredirect', url: `${API}/websocket/ticket`, status: 0 })

const serviceOn = (answer: () => Response) => {
  const http = createScriptedFetch(answer)
  const auth = new UnifiedAuthService({
    httpUrl: API,
    getToken: () => JWT,
    ticketAuth: true,
    platform: { fetch: http.fetch },
  })
  return { auth, http }
}

describe.each(CALLS)('PR-27: %s', (_name, call) => {
  test.each([301, 302, 303, 307, 308])('that Node shows as a redirect (%d) ends in redirected', async (status) => {
    const { auth, http } = serviceOn(
      () => new Response(null, { status, headers: { location: `${ELSEWHERE}/?t=${JWT}` } }),
    )
    const error = await call(auth)
    expect(error).toMatchObject({ code: 'redirected', status, retryable: true })
    expect(error.message).toContain(`a redirect (${status}) to ${ELSEWHERE}, which is not followed. Check httpUrl`)
    expect(error.message).not.toContain('canary')
    expect(http.requests).toHaveLength(1)
  })

  test.each([
    ['without a body', null],
    ['with a body, as in WebKit', 'not read'],
  ])('that a browser shows opaquely %s ends in redirected', async (_name, body) => {
    const { auth, http } = serviceOn(() => opaque(body))
    const error = await call(auth)
    expect(error).toMatchObject({ code: 'redirected', status: undefined, retryable: true })
    expect(http.requests).toHaveLength(1)
  })

  test('that fetch followed to another origin ends in redirected, and the error names that origin', async () => {
    const { auth } = serviceOn(() => shown(json(ticketAnswer()), { url: `${ELSEWHERE}/callback?code=canary` }))
    const error = await call(auth)
    expect(error).toMatchObject({ code: 'redirected' })
    expect(error.message).toContain(`to ${ELSEWHERE}, and fetch followed: the JWT may have been sent there.`)
    expect(error.message).not.toContain('canary')
  })
})

describe('where fetch ignores redirect: manual', () => {
  const ask = async (answer: () => Response) => {
    const result = await serviceOn(answer).auth.requestWebSocketTicket()
    return result.success ? 'a ticket' : result.error.code
  }

  test.each([
    ['the same address', { url: `${API}/websocket/ticket` }],
    ['the same origin by another spelling', { url: 'HTTPS://API.example.com:443/websocket/ticket' }],
    ['no address, as of a Response that a mock has made', {}],
    ['an address that cannot be read', { url: 'http://' }],
    ['a path', { url: '/websocket/ticket' }],
  ])('an answer from %s is taken', async (_name, as) => {
    expect(await ask(() => shown(json(ticketAnswer()), as))).toBe('a ticket')
  })

  test.each([
    ['another port', { url: 'https://api.example.com:8443/websocket/ticket' }],
    ['http', { url: 'http://api.example.com/websocket/ticket' }],
    ['a subdomain', { url: 'https://eu.api.example.com/websocket/ticket' }],
    ['an opaque origin', { url: 'data:application/json,{}' }],
    ['the same origin after a redirect that may have left it', { url: `${API}/websocket/ticket/`, redirected: true }],
  ])('an answer from %s is refused', async (_name, as) => {
    expect(await ask(() => shown(json(ticketAnswer()), as))).toBe('redirected')
  })

  test('a POST that became a GET is no missing endpoint: tickets are not given up at once', async () => {
    const answer = () =>
      shown(new Response(null, { status: 405 }), { url: `${API}/websocket/ticket/`, redirected: true })
    const { auth } = serviceOn(answer)
    await auth.requestWebSocketTicket()
    expect(auth.store.getState()).toMatchObject({ ticketFailures: 1, reverted: false })
  })
})

test.each([300, 304])('%d names no other place: a malformed answer', async (status) => {
  const { auth } = serviceOn(() => new Response(null, { status }))
  expect(await auth.requestWebSocketTicket()).toMatchObject({ error: { code: 'bad_response', status } })
})

describe('PR-83: a redirect counts like a malformed answer', () => {
  test('one request, the JWT at once, and one failure when that connection is accepted', async () => {
    const page = arrange()
    page.backend.use(scenarios.ticketEndpointRedirects)
    page.socket.connect()
    await page.clock.advance(50)
    expect(page.state()).toMatchObject({ status: 'open', method: 'jwt' })
    expect(page.ticketRequests()).toBe(1)
    expect(page.auth.store.getState()).toMatchObject({ ticketFailures: 1, lastError: { code: 'redirected' } })
  })

  test('three connections by JWT revert', async () => {
    const page = arrange()
    page.backend.use(scenarios.ticketEndpointRedirects)
    await page.connect()
    for (let i = 0; i < 2; i++) {
      page.backend.dropConnections()
      await page.clock.advance(30_000)
    }
    expect(page.auth.store.getState()).toMatchObject({ ticketFailures: 3, reverted: true })
  })

  test('a strict chain goes on trying: a captive portal passes', async () => {
    const page = arrange({ auth: { chain: ['ticket'] } })
    const heal = page.backend.use(scenarios.ticketEndpointRedirects)
    await page.connect()
    await page.clock.advance(60_000)
    expect(page.state().status).toBe('reconnecting')
    heal()
    await page.clock.advance(60_000)
    expect(page.state()).toMatchObject({ status: 'open', method: 'ticket' })
  })
})

describe('over a real fetch', () => {
  async function listen(answer: RequestListener) {
    const seen: Pick<IncomingMessage, 'url' | 'headers'>[] = []
    const server = createServer((request, response) => {
      seen.push({ url: request.url, headers: request.headers })
      answer(request, response)
    })
    await once(server.listen(0, '127.0.0.1'), 'listening')
    onTestFinished(() => void server.close())
    return { origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, seen, server }
  }

  test.each(CALLS)('%s sends the JWT to no other origin', async (_name, call) => {
    const elsewhere = await listen((_request, response) => response.end('{}'))
    const api = await listen((_request, response) => {
      response.writeHead(307, { location: `${elsewhere.origin}/login` }).end('x'.repeat(100_000))
    })
    const auth = new UnifiedAuthService({ httpUrl: api.origin, getToken: () => JWT, ticketAuth: true })
    expect((await call(auth)).message).toContain(`(307) to ${elsewhere.origin}`)
    expect(api.seen).toHaveLength(1)
    expect(elsewhere.seen).toEqual([])
  })

  test('an unread body does not keep the connection', async () => {
    const api = await listen((_request, response) => {
      // It has no end.
      response.writeHead(302, { location: '/login' }).write('<html>')
    })
    const auth = new UnifiedAuthService({ httpUrl: api.origin, getToken: () => JWT, ticketAuth: true })
    await auth.requestWebSocketTicket()
    const connections = () => new Promise((resolve) => api.server.getConnections((_error, count) => resolve(count)))
    await expect.poll(connections).toBe(0)
  })
})
