import * as msw3 from 'msw'
import * as msw3Node from 'msw/node'
import * as msw2 from 'msw2'
import * as msw2Node from 'msw2/node'
import { describe, expect, onTestFinished, test } from 'vitest'
import { createMockBackend, type MockBackend, scenarios } from '../../../src/mock/index.ts'

const JWT = 'jwt-of-alice'

const OTHER = 'https://api.example.test/v1/other'
const other = () => new Response('mine')

/** Both majors. An unhandled request is a failure, rather than one that leaves this machine; each calls that differently. */
const MSW = {
  'msw 2': (backend: MockBackend) => {
    const { http } = msw2
    const server = msw2Node.setupServer(...backend.mswHandlers({ http }), http.get(OTHER, other))
    server.listen({ onUnhandledRequest: 'error' })
    return server
  },
  'msw 3': (backend: MockBackend) => {
    const { http } = msw3
    const server = msw3Node.setupServer(...backend.mswHandlers({ http }), http.get(OTHER, other))
    server.listen({ onUnhandledFrame: 'error' })
    return server
  },
}

function arrange(version: keyof typeof MSW) {
  const backend = createMockBackend({ users: { alice: { token: JWT } }, httpUrl: 'https://api.example.test/v1' })
  const server = MSW[version](backend)
  onTestFinished(() => {
    server.close()
    backend.dispose()
  })
  const buy = (init: RequestInit = {}) =>
    fetch('https://api.example.test/v1/websocket/ticket', {
      method: 'POST',
      headers: { authorization: `Bearer ${JWT}`, 'content-type': 'application/json' },
      body: JSON.stringify({ ttl_seconds: 60 }),
      ...init,
    })
  return { backend, buy }
}

describe.each(Object.keys(MSW) as (keyof typeof MSW)[])('%s', (version) => {
  test('the global fetch gets a ticket through msw, which opens a connection', async () => {
    const { backend, buy } = arrange(version)
    const response = await buy()
    expect(response.headers.get('cache-control')).toBe('no-store')
    const { ticket_id, ttl_seconds } = await response.json()
    expect(ttl_seconds).toBe(60)
    const socket = new backend.WebSocket(`wss://mock.test/ws?ticket=${ticket_id}`, 'ticket-socket.v1')
    const first = await new Promise<MessageEvent>((resolve) => {
      socket.onmessage = resolve
    })
    expect(JSON.parse(first.data)).toMatchObject({ type: 'ts:connection_established', user_id: 'alice' })
  })

  test('every method and every path below the base reaches the backend', async () => {
    const { backend, buy } = arrange(version)
    const { ticket_handle } = await (await buy()).json()
    const headers = { authorization: `Bearer ${JWT}` }
    const base = 'https://api.example.test/v1/websocket'
    const validation = await fetch(`${base}/ticket/${ticket_handle}/validate`, { headers })
    expect(await validation.json()).toMatchObject({ valid: true, user_id: 'alice' })
    expect((await fetch(`${base}/ticket/${ticket_handle}`, { method: 'DELETE', headers })).status).toBe(200)
    expect((await fetch(`${base}/tickets/status`)).status).toBe(200)
    expect(backend.journal.of('http').map(({ method, status }) => `${method} ${status}`)).toEqual([
      'POST 200',
      'GET 200',
      'DELETE 200',
      'GET 200',
    ])
  })

  test('scenarios show through msw', async () => {
    const { backend, buy } = arrange(version)
    const heal = backend.use(scenarios.rateLimited({ retryAfterSeconds: 3 }))
    const refused = await buy()
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '3'])
    heal()
    expect((await buy()).status).toBe(200)
  })

  test('a backend that goes away shows as a failed network', async () => {
    const { backend, buy } = arrange(version)
    backend.use(scenarios.ticketEndpointHangs)
    backend.journal.subscribe(() => backend.dispose())
    await expect(buy()).rejects.toThrow(TypeError)
  })

  test('a hanging endpoint can be given up', async () => {
    const { backend, buy } = arrange(version)
    backend.use(scenarios.ticketEndpointHangs)
    const controller = new AbortController()
    const answer = buy({ signal: controller.signal })
    const rejected = expect(answer).rejects.toThrow(expect.objectContaining({ name: 'AbortError' }))
    const stop = backend.journal.subscribe(() => controller.abort())
    await rejected
    stop()
    expect(backend.journal.of('http').map(({ status }) => status)).toEqual([null])
  })

  test('what is not below the base is left to other handlers', async () => {
    arrange(version)
    expect(await (await fetch(OTHER)).text()).toBe('mine')
  })
})
