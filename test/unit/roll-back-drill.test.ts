// A roll-out that is rolled back and tried again, on real sockets: open pages, and servers of every kind behind them.

import { randomBytes } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { SignJWT } from 'jose'
import PartySocket from 'partysocket/ws'
import { expect, onTestFinished, test, vi } from 'vitest'
import { WebSocketServer } from 'ws'
import { createTicketSocket, ticketWebSocket, UnifiedAuthService } from '../../src/index.ts'
import {
  AuthTicketManager,
  type Connection,
  createMemoryTicketStore,
  createTicketHandler,
  jwtVerifier,
} from '../../src/server/index.ts'
import { attachTicketSocket, toNodeHandler } from '../../src/server/node/index.ts'
import { closeForRestart } from '../../src/server/restart.ts'

const secret = randomBytes(32)
const jwtOf = (user: string) =>
  new SignJWT().setProtectedHeader({ alg: 'HS256' }).setSubject(user).setIssuedAt().setExpirationTime('1h').sign(secret)

async function listen(prepare: (http: ReturnType<typeof createServer>) => () => Promise<void>) {
  const http = createServer()
  const stop = prepare(http)
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  onTestFinished(async () => {
    await stop()
    http.closeAllConnections()
    await new Promise((resolve) => http.close(resolve))
  })
  return `127.0.0.1:${(http.address() as AddressInfo).port}`
}

/** This library's server, whose owner can switch tickets off. */
async function ourServer(isEnabled: () => boolean) {
  const connections = new Set<Connection>()
  let ticketRequests = 0
  const host = await listen((http) => {
    const tickets = new AuthTicketManager({ store: createMemoryTicketStore(), enabled: isEnabled })
    const shared = { tickets, verifyToken: jwtVerifier({ secret }) }
    const handle = toNodeHandler(createTicketHandler(shared))
    http.on('request', (request, response) => {
      if (request.method === 'POST') ticketRequests++
      handle(request, response)
    })
    const endpoint = attachTicketSocket(http, {
      ...shared,
      path: '/ws',
      onConnection(connection) {
        connections.add(connection)
        connection.onClose(() => connections.delete(connection))
        connection.onMessage((message) => connection.send(message))
      },
    })
    return () => endpoint.close()
  })
  return {
    host,
    ticketRequests: () => ticketRequests,
    /** A deployment: everybody has to connect again. */
    restart() {
      for (const connection of connections) closeForRestart(connection)
    },
  }
}

/** A server from before tickets: a JWT in the subprotocol, JSON frames, no ticket endpoints. */
async function plainServer() {
  const host = await listen((http) => {
    http.on('request', (_, response) => response.writeHead(404).end())
    const sockets = new WebSocketServer({ server: http })
    sockets.on('connection', (socket) => socket.on('message', (data) => socket.send(String(data))))
    return () => new Promise((resolve) => sockets.close(() => resolve()))
  })
  return { host }
}

/** A page that counts with its server: each number is sent when the one before has come back. */
async function openPage(host: string, ticketAuth: () => boolean | Promise<boolean>) {
  const jwt = await jwtOf('alice')
  // No wait is longer than it has to be.
  const platform = { random: () => 0 }
  const auth = new UnifiedAuthService({ httpUrl: `http://${host}`, getToken: () => jwt, ticketAuth, platform })
  const socket = createTicketSocket({ url: `ws://${host}/ws`, auth, platform })
  const ended: string[] = []
  const numbers: number[] = []
  socket.on('lost', ({ error }) => void ended.push(error.code))
  socket.on('failed', ({ error }) => void ended.push(`failed: ${error.code}`))
  socket.onMessage('count', ({ n }) => void numbers.push(n as number))
  socket.connect()
  onTestFinished(() => socket.dispose())
  await vi.waitUntil(() => socket.store.getState().status === 'open')
  return {
    auth,
    ended,
    method: () => socket.store.getState().method,
    isOpen: () => socket.store.getState().status === 'open',
    /** Ten more numbers, there and back. Sent while it reconnects, one waits and arrives later. */
    async count() {
      for (let more = 0; more < 10; more++) {
        const n = numbers.length
        socket.send({ type: 'count', n })
        await vi.waitUntil(() => numbers.length > n, { interval: 2, timeout: 5_000 })
      }
      expect(numbers).toEqual(Array.from({ length: numbers.length }, (_, n) => n))
    },
  }
}

/** A page whose library owns the connection. */
async function openLibraryPage(host: string, ticketAuth: () => boolean) {
  const jwt = await jwtOf('bob')
  const auth = new UnifiedAuthService({ httpUrl: `http://${host}`, getToken: () => jwt, ticketAuth })
  const socket = new PartySocket(`ws://${host}/ws`, [], {
    WebSocket: ticketWebSocket(auth),
    minReconnectionDelay: 10,
    maxReconnectionDelay: 20,
  })
  const closes: number[] = []
  const echoes: string[] = []
  socket.addEventListener('close', ({ code }) => void closes.push(code))
  socket.addEventListener('message', ({ data }) => void echoes.push(String(data)))
  onTestFinished(() => socket.close())
  await vi.waitUntil(() => socket.readyState === 1)
  return {
    closes,
    isOpen: () => socket.readyState === 1,
    async say(text: string) {
      socket.send(JSON.stringify({ type: 'said', text }))
      await vi.waitUntil(() => echoes.some((echo) => echo.includes(text)))
    },
  }
}

const WAIT = { timeout: 15_000 }

test('a flag that goes on, off and on again loses no connection, whatever serves it', WAIT, async () => {
  let isOn = true
  const forms = [() => isOn, async () => isOn]
  const current = await ourServer(() => true)
  const switchedOff = await ourServer(() => false)
  const old = await plainServer()
  const openAll = async (host: string) => Promise.all(forms.map((form) => openPage(host, form)))
  const methodsOf = (pages: { method: () => unknown }[]) => pages.map((page) => page.method())

  const onCurrent = await openAll(current.host)
  const elsewhere = [...(await openAll(switchedOff.host)), ...(await openAll(old.host))]
  const library = await openLibraryPage(current.host, () => isOn)
  const countAll = () => Promise.all([...onCurrent, ...elsewhere].map((page) => page.count()))
  expect(methodsOf(onCurrent)).toEqual(['ticket', 'ticket'])
  expect(methodsOf(elsewhere)).toEqual(['jwt', 'jwt', 'jwt', 'jwt'])
  await countAll()
  await library.say('with tickets')

  // Off: who is there stays; who comes, or comes back, connects with the JWT and requests no ticket.
  isOn = false
  const requestsWhenOff = current.ticketRequests()
  await countAll()
  expect(methodsOf(await openAll(current.host))).toEqual(['jwt', 'jwt'])
  expect([...onCurrent, ...elsewhere].flatMap((page) => page.ended)).toEqual([])
  expect(library.closes).toEqual([])
  current.restart()
  await vi.waitUntil(() => methodsOf(onCurrent).join() === 'jwt,jwt' && onCurrent.every((page) => page.isOpen()))
  await vi.waitUntil(() => library.closes.length === 1 && library.isOpen())
  await library.say('without tickets')
  expect(current.ticketRequests()).toBe(requestsWhenOff)

  // On again: nobody has reverted, and whoever connects does so with a ticket.
  isOn = true
  await countAll()
  expect(methodsOf(await openAll(current.host))).toEqual(['ticket', 'ticket'])
  current.restart()
  await vi.waitUntil(() => methodsOf(onCurrent).join() === 'ticket,ticket' && onCurrent.every((page) => page.isOpen()))
  await countAll()
  await vi.waitUntil(() => library.closes.length === 2 && library.isOpen())
  await library.say('with tickets again')

  expect(onCurrent.map((page) => page.ended)).toEqual([
    ['connection_lost', 'connection_lost'],
    ['connection_lost', 'connection_lost'],
  ])
  expect(elsewhere.flatMap((page) => page.ended)).toEqual([])
  expect(onCurrent.map((page) => page.auth.store.getState().reverted)).toEqual([false, false])
})

test(
  'tickets that the server’s owner switches off and on lose no connection, and open pages keep their tickets',
  WAIT,
  async () => {
    let isEnabled = true
    const server = await ourServer(() => isEnabled)
    const before = await openPage(server.host, () => true)
    expect(before.method()).toBe('ticket')

    isEnabled = false
    await before.count()
    const during = await openPage(server.host, () => true)
    expect(during.method()).toBe('jwt')

    isEnabled = true
    await Promise.all([before.count(), during.count()])
    const after = await openPage(server.host, () => true)
    expect(after.method()).toBe('ticket')
    expect([before, during, after].flatMap((page) => page.ended)).toEqual([])
    // A page that met the switched-off endpoint (501) stays with the JWT until it is told otherwise.
    expect(during.auth.store.getState().reverted).toBe(true)
    during.auth.resetTicketFailures()
    server.restart()
    await vi.waitUntil(() => during.method() === 'ticket' && during.isOpen())
  },
)
