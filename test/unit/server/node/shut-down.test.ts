import { type IncomingMessage, request, type Server } from 'node:http'
import { createSecureServer as createHttp2Server, type Http2SecureServer } from 'node:http2'
import { createServer as createSecureServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { Server as SocketServer } from 'socket.io'
import { describe, expect, test } from 'vitest'
import { type ClientOptions, WebSocketServer } from 'ws'
import { AuthTicketManager, createMemoryTicketStore } from '../../../../src/server/index.ts'
import { attachTicketSocket, shutDown } from '../../../../src/server/node/index.ts'
import { createVirtualClock } from '../../../support/virtual-clock.ts'
import { dial, dialRaw, ORIGIN, serve, until } from './serve.ts'

const V1 = 'ticket-socket.v1'

async function arrange() {
  const clock = createVirtualClock()
  const it = await serve({ clock })
  const open = async (protocols: string[]) => {
    const client = dial(it.url(`?ticket=${await it.ticket()}`), protocols)
    await until(() => expect(client.socket.readyState).toBe(1))
    return client
  }
  const outcome = { isOver: false }
  const shut = (options = {}) =>
    shutDown(it.server, it, { clock, ...options }).then((report) => {
      outcome.isOver = true
      return report
    })
  return { ...it, clock, open, outcome, shut }
}

describe('shutDown', () => {
  test('asks the connections to leave, takes none, answers requests meanwhile, and ends when they have gone', async () => {
    const { open, shut, outcome, clock, server, url, http, ticket } = await arrange()
    const client = await open([V1])
    const late = url(`?ticket=${await ticket()}`)
    const over = shut({ drainMs: 8_000 })
    await until(() => expect(client.messages.at(-1)).toEqual({ type: 'ts:going_away', deadline_ms: 8_000 }))
    const refused = dial(late, [V1])
    await until(() => expect(refused.status).toBe(503))
    expect(refused.headers?.['retry-after']).toBe('5')
    expect((await fetch(`${http}/websocket/tickets/status`)).status).toBe(200)
    expect([outcome.isOver, server.listening]).toEqual([false, true])
    client.close()
    expect(await over).toEqual({ requests: 0, otherSockets: 0 })
    expect([server.listening, clock.pending()]).toEqual([false, 0])
  })

  test('closes who stays with 4512, and who cannot be asked with 1012', async () => {
    const { open, shut, clock, server } = await arrange()
    const [stays, plain] = [await open([V1]), await open([])]
    const over = shut({ drainMs: 8_000 })
    await until(() => expect(stays.messages.at(-1)).toMatchObject({ type: 'ts:going_away' }))
    await clock.advance(3_000)
    await until(() => expect(plain.closed).toEqual([1012, 'restart']))
    expect(stays.closed).toBeNull()
    await clock.advance(5_000)
    await until(() => expect(stays.closed).toEqual([4512, 'restart;retry_after_ms=0']))
    await over
    expect([server.listening, clock.pending()]).toEqual([false, 0])
  })

  test('gives a request that is being answered its time, and no more', async () => {
    const { shut, outcome, clock, server, port } = await arrange()
    let isAsked = false
    server.removeAllListeners('request')
    server.on('request', () => {
      isAsked = true
    })
    const slow = request({ port })
    slow.on('error', () => {})
    slow.end()
    await until(() => expect(isAsked).toBe(true))
    const over = shut({ drainMs: 0, requestsMs: 3_000 })
    await clock.settle()
    expect(outcome.isOver).toBe(false)
    await until(() => expect(server.listening).toBe(false))
    await clock.advance(3_000)
    expect(await over).toEqual({ requests: 1, otherSockets: 0 })
    expect(clock.pending()).toBe(0)
  })

  test('moves the connections of every attachTicketSocket of the server', async () => {
    const { shut, clock, server, tickets, port } = await arrange()
    attachTicketSocket(server, { tickets, verifyToken: () => null, allowedOrigins: [ORIGIN], path: '/feed', clock })
    const { ticket_id } = await tickets.generate({ userId: 'alice' })
    const feed = dial(`ws://127.0.0.1:${port}/feed?ticket=${ticket_id}`, [V1])
    await until(() => expect(feed.messages).toHaveLength(1))
    const over = shut({ drainMs: 8_000 })
    await until(() => expect(feed.messages.at(-1)).toEqual({ type: 'ts:going_away', deadline_ms: 8_000 }))
    feed.close()
    expect(await over).toEqual({ requests: 0, otherSockets: 0 })
    expect([server.listening, server.listenerCount('upgrade'), clock.pending()]).toEqual([false, 0, 0])
  })

  test('cuts at its deadline the sockets that others have upgraded, and counts them: socket.io, and an unanswered upgrade', async () => {
    const { shut, outcome, clock, server, port } = await arrange()
    const io = new SocketServer(server, { destroyUpgrade: false, serveClient: false })
    const theirs = dial(`ws://127.0.0.1:${port}/socket.io/?EIO=4&transport=websocket`)
    theirs.socket.removeAllListeners('message') // not JSON
    const nobodys = await dialRaw(
      port,
      'GET /x HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n',
    )
    await until(() => expect(io.engine.clientsCount).toBe(1))
    await until(() => expect(clock.pending()).toBeGreaterThan(0)) // the router waits for somebody to answer
    const over = shut({ drainMs: 0, requestsMs: 3_000 })
    await until(() => expect(server.listening).toBe(false))
    await clock.advance(2_999)
    expect(outcome.isOver).toBe(false)
    await clock.advance(1)
    expect(await over).toEqual({ requests: 0, otherSockets: 2 })
    await until(() => expect([theirs.closed?.[0], nobodys.isClosed]).toEqual([1006, true]))
    await until(() => expect(clock.pending()).toBe(0))
    io.engine.close()
  })

  test('waits for no socket that its owner ended in time', async () => {
    const { shut, server, port } = await arrange()
    const io = new SocketServer(server, { destroyUpgrade: false, serveClient: false })
    const theirs = dial(`ws://127.0.0.1:${port}/socket.io/?EIO=4&transport=websocket`)
    theirs.socket.removeAllListeners('message')
    await until(() => expect(io.engine.clientsCount).toBe(1))
    const over = shut({ drainMs: 0 })
    await until(() => expect(server.listening).toBe(false))
    io.engine.close()
    expect(await over).toEqual({ requests: 0, otherSockets: 0 })
  })

  // Node has no certificate at hand; a key that both ends know needs none.
  const psk = { psk: Buffer.from('0123456789abcdef'), identity: 'test' }
  const encrypted = { ciphers: 'PSK', maxVersion: 'TLSv1.2', pskCallback: () => psk } as const
  const serverSide = { ...encrypted, pskCallback: () => psk.psk } as const
  const clientSide = { ...encrypted, checkServerIdentity: () => undefined } as object as ClientOptions

  test.each<[string, () => Server | Http2SecureServer]>([
    ['HTTPS', () => createSecureServer(serverSide)],
    ['HTTP/2', () => createHttp2Server({ ...serverSide, allowHTTP1: true })],
  ])('over %s it serves, and cuts the sockets of others as well', async (_, create) => {
    const clock = createVirtualClock()
    const server = create()
    const tickets = new AuthTicketManager({ store: createMemoryTicketStore() })
    const attached = attachTicketSocket(server, { tickets, verifyToken: () => null, allowedOrigins: [ORIGIN], clock })
    const theirs = new WebSocketServer({ noServer: true })
    server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      if (request.url === '/theirs') theirs.handleUpgrade(request, socket, head, () => {})
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const url = `wss://127.0.0.1:${(server.address() as AddressInfo).port}`
    const { ticket_id } = await tickets.generate({ userId: 'alice' })
    const ours = dial(`${url}/ws?ticket=${ticket_id}`, [V1], { origin: ORIGIN, ...clientSide })
    const other = dial(`${url}/theirs`, [], clientSide)
    await until(() => expect([ours.messages.length, other.socket.readyState]).toEqual([1, 1]))
    const over = shutDown(server, attached, { clock, drainMs: 1_000, requestsMs: 1_000 })
    await until(() => expect(ours.messages.at(-1)).toMatchObject({ type: 'ts:going_away' }))
    ours.close()
    await until(() => expect(server.listening).toBe(false))
    await clock.advance(1_000)
    expect(await over).toEqual({ requests: 0, otherSockets: 1 })
    await until(() => expect(other.closed?.[0]).toBe(1006))
  })

  test.each([
    [{ drainMs: -1 }, 'drainMs must be a number of at least 0, got -1'],
    [{ requestsMs: Number.NaN }, 'requestsMs must be a number of at least 0, got NaN'],
  ])('refuses %o', async (options, message) => {
    const { shut } = await arrange()
    await expect(shut(options)).rejects.toThrow(new TypeError(message))
  })
})
