// The ticket endpoints on a real socket, in whatever they are mounted in. A framework may read bodies, answer errors and
// preflights by itself, or rewrite addresses; here is what must come through all the same.

import { describe, expect, onTestFinished, test } from 'vitest'
import { ticketGenerationResponse } from '../../src/contract/schemas.ts'
import {
  AuthTicketManager,
  createTicketHandler,
  type Identity,
  type TicketHandler,
  type TicketHandlerOptions,
} from '../../src/server/index.ts'
import { createMemoryTicketStore } from '../../src/server/memory-store.ts'

const ORIGIN = 'https://app.example.com'
const UNKNOWN = 'u'.repeat(43)
const JSON_TYPE = { 'content-type': 'application/json' }

export interface Mounted {
  /** Without a slash at the end. */
  url: string
  close(): Promise<void>
}

/** Mounts the handler beside a route of the app's own: `GET /app` answers `theirs`. */
export type Mount = (handle: TicketHandler) => Mounted | Promise<Mounted>

export function httpMount(name: string, mount: Mount): void {
  async function arrange(options: Partial<TicketHandlerOptions> = {}) {
    const tickets = new AuthTicketManager({ store: createMemoryTicketStore() })
    const users: Record<string, Identity> = {
      'jwt-a': { userId: 'alice', permissions: ['chat'], issuedAt: Date.now() },
      'jwt-b': { userId: 'bob', issuedAt: Date.now() },
    }
    const verifyToken = (jwt: string) => users[jwt] ?? null
    const shared = { tickets, verifyToken, websocketUrl: 'wss://api.example.com/ws', allowedOrigins: [ORIGIN] }
    const { url, close } = await mount(createTicketHandler({ ...shared, ...options }))
    onTestFinished(close)
    const call = (line: string, init: RequestInit & { jwt?: string | null } = {}) => {
      const { jwt = 'jwt-a', headers, ...rest } = init
      const [method = '', path = ''] = line.split(' ')
      // What a proxy in front of the server would say; only a mount that has no other way to know reads it.
      const sent = { 'x-real-ip': '192.0.2.1', ...(jwt !== null && { authorization: `Bearer ${jwt}` }), ...headers }
      return fetch(`${url}${path}`, { method, headers: sent, ...rest })
    }
    const buy = async () => (await (await call('POST /websocket/ticket')).json()) as { ticket_handle: string }
    return { call, buy, tickets }
  }

  describe(`mounted in ${name}`, () => {
    test('a ticket is sold, with the headers that forbid to keep it', async () => {
      const { call, tickets } = await arrange()
      const body = '{"ttl_seconds":60,"metadata":{"name":"Grüße 💥"}}'
      const answer = await call('POST /websocket/ticket', { body, headers: JSON_TYPE })
      expect(answer.status).toBe(200)
      expect(answer.headers.get('content-type')).toMatch(/^application\/json/)
      expect(answer.headers.get('cache-control')).toBe('no-store')
      expect(answer.headers.get('x-content-type-options')).toBe('nosniff')
      expect(answer.headers.get('referrer-policy')).toBe('no-referrer')
      const ticket = ticketGenerationResponse.parse(await answer.json())
      expect(ticket.websocket_url).toBe(`wss://api.example.com/ws?ticket=${ticket.ticket_id}`)
      expect(await tickets.consume(ticket.ticket_id)).toMatchObject({
        userId: 'alice',
        permissions: ['chat'],
        metadata: { name: 'Grüße 💥' },
      })
    })

    test('the other endpoints answer', async () => {
      const { call, buy } = await arrange()
      const { ticket_handle } = await buy()
      const path = `/websocket/ticket/${ticket_handle}`
      expect(await (await call(`GET ${path}/validate`)).json()).toMatchObject({ valid: true, user_id: 'alice' })
      expect((await call(`DELETE ${path}`, { jwt: 'jwt-b' })).status).toBe(403)
      expect(await (await call(`DELETE ${path}`)).json()).toMatchObject({ success: true })
      expect((await call(`DELETE ${path}`)).status).toBe(404)
      await buy()
      expect(await (await call('DELETE /websocket/tickets')).json()).toEqual({ success: true, revoked: 1 })
      expect((await call('POST /websocket/ticket')).status).toBe(401)
      const status = await call('GET /websocket/tickets/status', { jwt: null })
      expect(await status.json()).toMatchObject({ ticket_system_enabled: true })
      const described = await call('GET /websocket/openapi.json', { jwt: null })
      expect(await described.json()).toMatchObject({ openapi: '3.1.0' })
    })

    const chunked = () => new Blob([`{"metadata":{"a":"${'x'.repeat(20_000)}"}}`]).stream()
    const long = `{"metadata":{"a":"${'x'.repeat(20_000)}"}}`
    test.each<[string, number, RequestInit & { jwt?: string | null; duplex?: 'half' }]>([
      ['no body', 200, {}],
      ['an empty body that says it is JSON', 200, { body: '', headers: JSON_TYPE }],
      ['a body in a charset', 200, { body: '{}', headers: { 'content-type': 'application/json; charset=utf-8' } }],
      ['half a body', 400, { body: '{"ttl_seconds":', headers: JSON_TYPE }],
      ['a prototype', 422, { body: '{"__proto__":{"ttl_seconds":60}}', headers: JSON_TYPE }],
      ['a list', 422, { body: '[]', headers: JSON_TYPE }],
      ['a wrong field', 422, { body: '{"ttl_seconds":1}', headers: JSON_TYPE }],
      ['a form', 415, { body: new URLSearchParams({ ttl_seconds: '60' }) }],
      ['text', 415, { body: '{}' }],
      ['too long a body', 413, { body: long, headers: JSON_TYPE }],
      ['too long a body that does not say so', 413, { body: chunked(), headers: JSON_TYPE, duplex: 'half' }],
      ['no JWT', 401, { jwt: null }],
      ['a JWT of nobody', 401, { jwt: 'jwt-x' }],
      ['permissions that the user does not hold', 403, { body: '{"permissions":["admin"]}', headers: JSON_TYPE }],
    ])('%s gets %i, in our words', async (_, status, init) => {
      const { call } = await arrange()
      const answer = await call('POST /websocket/ticket', init)
      const body = (await answer.json()) as { status?: number }
      expect(answer.status).toBe(status)
      expect(answer.headers.get('cache-control')).toBe('no-store')
      if (status === 200) return
      expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/)
      expect(body.status).toBe(status)
      if (status === 401) expect(answer.headers.get('www-authenticate')).toBe('Bearer')
    })

    test('a page on the list may ask, and one that is not may not', async () => {
      const { call } = await arrange()
      const origin = { headers: { origin: ORIGIN } }
      const preflight = await call('OPTIONS /websocket/ticket', { ...origin, jwt: null })
      expect([preflight.status, preflight.headers.get('access-control-allow-origin')]).toEqual([204, ORIGIN])
      expect(preflight.headers.get('access-control-allow-methods')).toBe('POST, OPTIONS')
      expect(preflight.headers.get('access-control-allow-headers')).toBe(
        'Authorization, Content-Type, traceparent, tracestate, baggage, sentry-trace',
      )
      const refused = await call('POST /websocket/ticket', { ...origin, jwt: null })
      expect([refused.status, refused.headers.get('access-control-allow-origin')]).toEqual([401, ORIGIN])
      const foreign = await call('POST /websocket/ticket', {
        headers: { origin: 'https://app.example.com.evil.example' },
      })
      expect([foreign.status, foreign.headers.get('access-control-allow-origin')]).toEqual([403, null])
    })

    test('a method that is not served is told which are', async () => {
      const { call } = await arrange()
      const answer = await call('GET /websocket/ticket')
      expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'POST, OPTIONS'])
    })

    test('addresses are known, and limited', async () => {
      const { call } = await arrange({ limits: { address: { burst: 1, perMinute: 1 } } })
      expect((await call('POST /websocket/ticket')).status).toBe(200)
      const refused = await call('POST /websocket/ticket')
      expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '60'])
    })

    test('a query and a strange name change nothing', async () => {
      const { call } = await arrange()
      expect((await call('POST /websocket/ticket?ticket=x&__proto__=y')).status).toBe(200)
      for (const name of [UNKNOWN, '%00', '%2F', '__proto__', '%F0%9F%92%A5', 'a'.repeat(2_000)]) {
        expect(await (await call(`GET /websocket/ticket/${name}/validate`)).json(), name).toEqual({
          valid: false,
          error: 'The ticket is unknown, expired or already used.',
        })
      }
    })

    test('what is not the handler’s is the app’s', async () => {
      const { call } = await arrange()
      expect(await (await call('GET /app')).text()).toBe('theirs')
      expect((await call('GET /websocketx')).status).toBe(404)
    })
  })
}
