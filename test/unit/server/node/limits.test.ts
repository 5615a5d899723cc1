// What a server does not take more of, on real sockets: connections, upgrades, bytes.

import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { createOpenSockets } from '../../../../src/server/open-sockets.ts'
import type { ServerEvent } from '../../../../src/server/server-events.ts'
import { dial, dialRaw, ORIGIN, serve, until } from './serve.ts'

const V1 = 'ticket-socket.v1'
const UPGRADE = `GET /ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nOrigin: ${ORIGIN}\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n`

const watchEvents = () => {
  const told: ServerEvent[] = []
  return { told, observe: (event: ServerEvent) => void told.push(event) }
}

test('one connection too many of a user is closed with 4429 and a wait; another user’s is not', async () => {
  const { url, ticket, connections } = await serve({ maxConnectionsPerUser: 2 })
  const open = async (userId?: string) => dial(url(`?ticket=${await ticket(userId)}`), [V1])
  const clients = [await open(), await open()]
  await until(() => expect(clients.map(({ messages }) => messages.length)).toEqual([1, 1]))
  const third = await open()
  await until(() => expect(third.closed).toEqual([4429, 'too_many;retry_after_ms=5000']))
  expect(third.messages).toEqual([])
  const bob = await open('bob')
  await until(() => expect(bob.messages).toHaveLength(1))
  clients[0]?.close()
  await until(() => expect(clients[0]?.closed).not.toBeNull())
  const again = await open()
  await until(() => expect(again.messages).toHaveLength(1))
  expect(connections).toHaveLength(4)
})

describe('connections from one address', () => {
  test('above the limit are answered with HTTP 429 without a question to the store, until one has closed', async () => {
    const { told, observe } = watchEvents()
    const { url, ticket, watch } = await serve({ maxConnectionsPerAddress: 2, observe })
    const addresses = [url(`?ticket=${await ticket()}`), url(`?ticket=${await ticket()}`)]
    const clients = addresses.map((address) => dial(address, [V1]))
    await until(() => expect(clients.map(({ messages }) => messages.length)).toEqual([1, 1]))
    const third = url(`?ticket=${await ticket()}`)
    watch.calls.length = 0
    const refused = dial(third, [V1])
    await until(() => expect(refused.status).toBe(429))
    expect(refused.headers?.['retry-after']).toBe('5')
    expect(watch.calls).toEqual([])
    expect(told.at(-1)).toMatchObject({ kind: 'upgrade_refused', reason: 'too_many', status: 429 })
    clients[0]?.close()
    await until(async () => {
      const next = dial(third, [V1])
      await until(() => expect(next.messages.length + (next.status ?? 0)).toBeGreaterThan(0))
      expect(next.messages).toHaveLength(1)
    })
  })

  test('count while they are decided about, and no longer when they were refused', async () => {
    const asked: (() => void)[] = []
    const verifyToken = () => new Promise<null>((resolve) => asked.push(() => resolve(null)))
    const { url, port } = await serve({ verifyToken, maxConnectionsPerAddress: 1 })
    const waiting = await dialRaw(port, `${UPGRADE}Authorization: Bearer a\r\n\r\n`)
    await until(() => expect(asked).toHaveLength(1))
    const second = dial(url())
    await until(() => expect(second.status).toBe(429))
    asked[0]?.()
    await until(() => expect(waiting.answer).toContain('jwt_invalid'))
    waiting.socket.destroy()
    await until(async () => {
      const next = dial(url())
      await until(() => expect(next.closed ?? next.status).not.toBeNull())
      expect(next.closed).toEqual([4401, 'unauthenticated'])
    })
  })

  test('are counted by what the owner reads as their address', async () => {
    const { url } = await serve({
      maxConnectionsPerAddress: 1,
      allowAnonymous: true,
      clientAddress: ({ headers }) => headers['x-forwarded-for'] as string | undefined,
    })
    const from = (address: string) => dial(url(), [V1], { origin: ORIGIN, headers: { 'x-forwarded-for': address } })
    const clients = [from('192.0.2.1'), from('192.0.2.2')]
    await until(() => expect(clients.map(({ messages }) => messages.length)).toEqual([1, 1]))
    const more = from('192.0.2.1:4711')
    await until(() => expect(more.status).toBe(429))
  })

  test('count as the peer’s where the owner reads none, and that is warned about once', async () => {
    const warned = vi.spyOn(console, 'warn').mockImplementation(() => {})
    onTestFinished(() => warned.mockRestore())
    const { url } = await serve({
      maxConnectionsPerAddress: 1,
      allowAnonymous: true,
      clientAddress: ({ headers }) => headers['x-real-ip'] as string,
    })
    const from = (headers = {}) => dial(url(), [V1], { origin: ORIGIN, headers })
    const first = from()
    await until(() => expect(first.messages).toHaveLength(1))
    const others = [from(), from({ 'x-real-ip': ' ' }), from({ 'x-real-ip': 'unknown' })]
    await until(() => expect(others.map(({ status }) => status)).toEqual([429, 429, 429]))
    const list = from({ 'x-real-ip': '192.0.2.1, 192.0.2.2' })
    await until(() => expect(list.status).toBe(429))
    expect(warned.mock.calls).toEqual([[expect.stringMatching(/^ticket-socket: clientAddress returned no IP address/)]])
  })

  test('leave nothing behind when they are gone', () => {
    const sockets = createOpenSockets(2)
    const leave = [sockets.enter('a'), sockets.enter('a')]
    expect(sockets.enter('a')).toBeNull()
    for (const one of leave) one?.()
    expect([sockets.enter('a'), sockets.enter('a'), sockets.enter('a')].map(Boolean)).toEqual([true, true, false])
  })

  test('count a whole IPv6 network as one', () => {
    const sockets = createOpenSockets(1)
    const leave = sockets.enter('2001:db8:1:2::1')
    expect(sockets.enter('2001:db8:1:2::2')).toBeNull()
    expect(sockets.enter('2001:db8:1:3::1')).not.toBeNull()
    leave?.()
    expect(sockets.enter('2001:db8:1:2::2')).not.toBeNull()
  })

  test('are sixteen times as many from a /48, and leave nothing of that behind either', () => {
    const sockets = createOpenSockets(1)
    const from = (n: number) => sockets.enter(`2001:db8:1:${n.toString(16)}::1`)
    const leave = Array.from({ length: 20 }, (_, n) => from(n))
    expect(leave.filter(Boolean)).toHaveLength(16)
    expect(sockets.enter('2001:db8:2::1')).not.toBeNull()
    for (const one of leave) one?.()
    expect(Array.from({ length: 20 }, (_, n) => from(n)).filter(Boolean)).toHaveLength(16)
  })
})

test('a client that does not read is closed with 4508 and dropped, and the others are served', async () => {
  const { told, observe } = watchEvents()
  const { url, port, ticket, connections } = await serve({ observe, maxBufferedBytes: 64 * 1024 })
  const slow = await dialRaw(port, UPGRADE.replace('/ws', `/ws?ticket=${await ticket()}`).concat('\r\n'))
  await until(() => expect(connections).toHaveLength(1))
  slow.socket.pause()
  const reader = dial(url(`?ticket=${await ticket('bob')}`), [V1])
  await until(() => expect(reader.messages).toHaveLength(1))
  const news = { type: 'news', text: 'x'.repeat(60_000) }
  // The kernel's own buffers take some megabytes first.
  for (let n = 0; n < 500 && told.every(({ kind }) => kind !== 'connection_closed'); n++) {
    connections[0]?.send(news)
    await new Promise((resolve) => setImmediate(resolve))
  }
  reader.send({ type: 'chat' })
  await until(() => expect(reader.messages.at(-1)).toMatchObject({ type: 'echo' }))
  slow.socket.destroy()
  await until(() => expect(told).toContainEqual(expect.objectContaining({ kind: 'connection_closed', code: 4508 })))
})

describe('with reject: http', () => {
  test('a refusal is a status with a problem, which a client that is no browser can read', async () => {
    const { url, port, sign } = await serve({ reject: 'http', allowMissingOrigin: true })
    for (const [request, status, reason] of [
      [`${UPGRADE}\r\n`, '401 Unauthorized', 'unauthenticated'],
      [`${UPGRADE}Authorization: Bearer wrong\r\n\r\n`, '401 Unauthorized', 'jwt_invalid'],
      [`${UPGRADE.replace(ORIGIN, 'https://evil.example')}\r\n`, '403 Forbidden', 'origin'],
      [`${UPGRADE.replace('/ws', '/ws?ticket=a&ticket=b')}\r\n`, '400 Bad Request', 'bad_request'],
    ] as const) {
      const seen = await dialRaw(port, request)
      await until(() => expect(seen.isClosed).toBe(true))
      const [head = '', body = ''] = seen.answer.split('\r\n\r\n')
      expect(head).toMatch(new RegExp(`^HTTP/1.1 ${status}\r\n`))
      expect(head.includes('WWW-Authenticate: Bearer')).toBe(status.startsWith('401'))
      expect(head).toContain('Content-Type: application/problem+json')
      expect(JSON.parse(body)).toEqual({
        type: 'about:blank',
        title: status.slice(4),
        status: Number(status.slice(0, 3)),
        detail: reason,
      })
    }
    const accepted = dial(url(), [V1], { headers: { authorization: `Bearer ${sign('alice')}` } })
    await until(() => expect(accepted.messages).toHaveLength(1))
  })
})

test('compression is not offered back, so that a small frame cannot become a large one', async () => {
  const { url, ticket } = await serve()
  const client = dial(url(`?ticket=${await ticket()}`), [V1], { origin: ORIGIN, perMessageDeflate: true })
  await until(() => expect(client.headers).not.toBeNull())
  expect(client.headers?.['sec-websocket-extensions']).toBeUndefined()
  expect(client.socket.extensions).toBe('')
})
