// Who serves which upgrade: several of ours on one server, other libraries beside them, apps that route by themselves.

import { createServer, type Server } from 'node:http'
import type { Duplex } from 'node:stream'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { WebSocketServer } from 'ws'
import { AuthTicketManager, createMemoryTicketStore } from '../../../../src/server/index.ts'
import {
  type AttachTicketSocketOptions,
  attachTicketSocket,
  createTicketSocketServer,
} from '../../../../src/server/node/index.ts'
import { createVirtualClock } from '../../../support/virtual-clock.ts'
import { dial, dialRaw, listen, ORIGIN, until } from './serve.ts'

const V1 = 'ticket-socket.v1'
const UPGRADE = 'Host: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n'

/** The type of the message that greets whoever is served here. */
const greets = (type: string) => ({
  onConnection: (connection: { send(message: object): void }) => connection.send({ type }),
})

function arrange() {
  const tickets = new AuthTicketManager({ store: createMemoryTicketStore() })
  const shared = { tickets, verifyToken: () => null, allowedOrigins: [ORIGIN] }
  const server = createServer()
  const attach = (options: Partial<AttachTicketSocketOptions> = {}) => {
    const attached = attachTicketSocket(server, { ...shared, ...options })
    onTestFinished(() => attached.close())
    return attached
  }
  const start = async () => {
    const port = await listen(server)
    const open = async (path: string) => {
      const { ticket_id } = await tickets.generate({ userId: 'alice' })
      return dial(`ws://127.0.0.1:${port}${path}?ticket=${ticket_id}`, [V1])
    }
    /** What the client was greeted by, after our own first frame. */
    const greeting = async (path: string) => {
      const client = await open(path)
      await until(() => expect(client.messages).toHaveLength(2))
      return client.messages[1]?.type
    }
    return { port, open, greeting }
  }
  return { shared, server, attach, start, tickets }
}

const ask = (port: number, path: string) => dialRaw(port, `GET ${path} HTTP/1.1\r\n${UPGRADE}`)

/** Takes upgrades of this path and says nothing about others. */
function listenBeside(server: Server, path: string) {
  const seen: Duplex[] = []
  const other = new WebSocketServer({ noServer: true })
  server.on('upgrade', (request, socket, head) => {
    if (request.url === path)
      other.handleUpgrade(request, socket, head, (webSocket) => webSocket.send('{"type":"theirs"}'))
    else seen.push(socket)
  })
  return seen
}

describe('several on one server', () => {
  test('each serves its paths, also with a slash at the end', async () => {
    const { attach, start } = arrange()
    attach({ path: ['/chat', '/api/chat/'], ...greets('chat') })
    attach({ path: '/feed', ...greets('feed') })
    const { greeting } = await start()
    const paths = ['/chat', '/chat/', '/api/chat', '/api/chat/', '/feed', '/feed/']
    expect(await Promise.all(paths.map(greeting))).toEqual(['chat', 'chat', 'chat', 'chat', 'feed', 'feed'])
  })

  test('the root is a path as well', async () => {
    const { attach, start } = arrange()
    attach({ path: '/', ...greets('root') })
    const { greeting, port } = await start()
    expect(await greeting('/')).toBe('root')
    const other = await ask(port, '/ws')
    await until(() => expect(other.answer).toMatch(/^HTTP\/1\.1 404 /))
  })

  test('a path of none of them is answered with 404 at once', async () => {
    const { attach, start } = arrange()
    attach({ path: '/chat' })
    attach({ path: '/feed' })
    const { port } = await start()
    const clients = await Promise.all(Array.from({ length: 100 }, () => ask(port, '/other')))
    await until(() => expect(clients.filter(({ isClosed }) => isClosed)).toHaveLength(100))
    expect(clients[0]?.answer).toMatch(/^HTTP\/1\.1 404 .*Vary: Origin/is)
  })

  test('one that closes leaves the others, and gives its paths back', async () => {
    const { attach, start, server } = arrange()
    const first = attach({ path: '/chat' })
    attach({ path: '/feed', ...greets('feed') })
    const { greeting, port } = await start()
    await first.close()
    expect(await greeting('/feed')).toBe('feed')
    const gone = await ask(port, '/chat')
    await until(() => expect(gone.answer).toMatch(/^HTTP\/1\.1 404 /))
    attach({ path: '/chat', ...greets('again') })
    expect(await greeting('/chat')).toBe('again')
    expect(server.listenerCount('upgrade')).toBe(1)
  })

  test.each([
    ['/chat', '/chat', '/chat'],
    ['/chat', '/chat/', '/chat'],
    ['/chat/', ['/feed', '/chat'], '/chat'],
    ['/', '/', '/'],
  ])('%o and %o name one path, and are refused', async (first, second, path) => {
    const { attach, tickets } = arrange()
    attach({ path: first })
    const listens = vi.spyOn(tickets, 'onRevokeAll')
    expect(() => attach({ path: second })).toThrow(
      new TypeError(`path must be another one: another attachTicketSocket of this server serves ${path}`),
    )
    expect(listens).not.toHaveBeenCalled()
  })
})

describe('beside another listener', () => {
  test('a path that is not ours is left to it', async () => {
    const { attach, start, server } = arrange()
    attach(greets('ours'))
    listenBeside(server, '/theirs')
    const { greeting, port } = await start()
    const theirs = dial(`ws://127.0.0.1:${port}/theirs`)
    await until(() => expect(theirs.messages).toEqual([{ type: 'theirs' }]))
    expect(await greeting('/ws')).toBe('ours')
  })

  test('an upgrade without an answer gets a 404 after 10 s, and an answered one stays', async () => {
    const clock = createVirtualClock()
    const { attach, start, server } = arrange()
    attach({ clock })
    attach({ clock, path: '/feed' })
    listenBeside(server, '/theirs')
    const { port } = await start()
    const [theirs, nobodys] = [dial(`ws://127.0.0.1:${port}/theirs`), await ask(port, '/nobodys')]
    await until(() => expect(theirs.messages).toHaveLength(1))
    await until(() => expect(clock.pending()).toBe(2))
    await clock.advance(9_999)
    expect(nobodys.answer).toBe('')
    await clock.advance(1)
    await until(() => expect(nobodys.answer).toMatch(/^HTTP\/1\.1 404 /))
    await until(() => expect(nobodys.isClosed).toBe(true))
    theirs.send({ type: 'still here' })
    expect(theirs.closed).toBeNull()
    await until(() => expect(clock.pending()).toBe(0))
  })

  test('a peer that resets an upgrade without an answer does not end the process', async () => {
    const { attach, start, server } = arrange()
    attach(greets('ours'))
    const seen = listenBeside(server, '/theirs')
    const { port, greeting } = await start()
    const reset = await ask(port, '/nobodys')
    await until(() => expect(seen).toHaveLength(1))
    reset.socket.resetAndDestroy()
    await until(() => expect(seen[0]?.destroyed).toBe(true))
    expect(await greeting('/ws')).toBe('ours')
  })

  test('a listener that also answers our path costs that upgrade, with one warning for the developers', async () => {
    const warned = vi.spyOn(console, 'warn').mockImplementation(() => {})
    onTestFinished(() => warned.mockRestore())
    const { attach, start, server } = arrange()
    const { sessions } = attach()
    // As of `new WebSocketServer({ server, path })`: it answers every other path with 400.
    const theirs = new WebSocketServer({ server, path: '/graphql' })
    onTestFinished(() => theirs.close())
    const { open } = await start()
    for (const client of [await open('/ws'), await open('/ws')]) await until(() => expect(client.status).toBe(400))
    await until(() => expect(warned).toHaveBeenCalled())
    expect(warned.mock.calls).toEqual([
      [
        "ticket-socket: another 'upgrade' listener of the HTTP server answered /ws before ticket-socket had decided. " +
          'Let that library answer its own paths only, or route upgrades yourself by handleUpgrade().',
      ],
    ])
    expect(sessions.connections()).toEqual([])
  })
})

describe('an app that routes upgrades itself', () => {
  test('hands them over, whatever their path, beside another library', async () => {
    const { shared, server, start } = arrange()
    const ours = createTicketSocketServer({ ...shared, ...greets('ours') })
    onTestFinished(() => ours.close())
    const theirs = new WebSocketServer({ noServer: true })
    server.on('upgrade', (request, socket, head) => {
      if (request.url?.startsWith('/tenants/')) ours.handleUpgrade(request, socket, head)
      else theirs.handleUpgrade(request, socket, head, (webSocket) => webSocket.send('{"type":"theirs"}'))
    })
    const { greeting, port } = await start()
    expect(await greeting('/tenants/7/ws')).toBe('ours')
    const client = dial(`ws://127.0.0.1:${port}/graphql`)
    await until(() => expect(client.messages).toEqual([{ type: 'theirs' }]))
    await ours.close()
    const late = await ask(port, '/tenants/7/ws')
    await until(() => expect(late.answer).toMatch(/^HTTP\/1\.1 503 .*Retry-After: 5/is))
  })

  test('a header that its middleware set is read, and an origin that came twice is none', async () => {
    const { shared, server, start } = arrange()
    const ours = createTicketSocketServer({
      ...shared,
      verifyToken: (jwt) => (jwt === 'from-the-session' ? { userId: 'alice', issuedAt: Date.now() } : null),
      ...greets('ours'),
    })
    onTestFinished(() => ours.close())
    server.on('upgrade', (request, socket, head) => {
      request.headers.authorization = 'Bearer from-the-session'
      ours.handleUpgrade(request, socket, head)
    })
    const { port } = await start()
    const client = dial(`ws://127.0.0.1:${port}/`)
    await until(() => expect(client.messages).toEqual([{ type: 'ours' }]))
    const key = 'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n'
    const twice = await dialRaw(port, `GET / HTTP/1.1\r\n${`Origin: ${ORIGIN}\r\n`.repeat(2)}${key}${UPGRADE}`)
    await until(() => expect(twice.answer).toContain('origin'))
  })
})
