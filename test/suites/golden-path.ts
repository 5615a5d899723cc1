// The client against a server on real sockets, whatever store the server keeps its tickets in.

import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { createTicketSocket, type SocketEvents, type TicketSocket, UnifiedAuthService } from '../../src/index.ts'
import { systemClock } from '../../src/platform/system-platform.ts'
import type { TicketStore } from '../../src/server/index.ts'
import { type RealServer, startRealServer } from '../support/real-server.ts'

/** Short waits: here time is real. */
const retry = { maxRetries: 1, baseDelayMs: 5, maxDelayMs: 10 }
const reconnect = { baseDelayMs: 5, maxDelayMs: 20 }

async function signIn(server: RealServer, userId: string, ticketAuth: boolean | (() => boolean) = true) {
  const session: { jwt: string | null } = { jwt: await server.issueJwt(userId) }
  const refreshToken = async () => {
    session.jwt = await server.issueJwt(userId)
    return session.jwt
  }
  const auth = new UnifiedAuthService({
    httpUrl: server.httpUrl,
    getToken: () => session.jwt,
    refreshToken,
    ticketAuth,
    retry,
  })
  const socket = createTicketSocket({ url: server.wsUrl, auth, reconnect })
  onTestFinished(() => socket.dispose())
  return { auth, socket, session }
}

const next = <Name extends keyof SocketEvents>(socket: TicketSocket, name: Name) =>
  new Promise<SocketEvents[Name]>((resolve) => {
    const off = socket.on(name, (payload) => {
      off()
      resolve(payload)
    })
  })

async function connect(socket: TicketSocket) {
  const opened = next(socket, 'open')
  socket.connect()
  return opened
}

const ticketsIn = (server: RealServer) =>
  server.upgrades
    .map(({ url }) => new URL(url, 'ws://x').searchParams.get('ticket'))
    .filter((ticket) => ticket !== null)

export function goldenPath(name: string, makeStore: () => TicketStore | Promise<TicketStore>): void {
  describe(`the golden path on ${name}`, () => {
    test('connects by ticket, talks both ways, and puts no JWT into a URL', async () => {
      const server = await startRealServer(await makeStore())
      server.onConnection = (connection) =>
        connection.onMessage((message) => connection.send({ type: 'answer', to: message.text }))
      const { socket, session } = await signIn(server, 'alice')
      const answer = new Promise((resolve) => socket.onMessage('answer', resolve))
      expect(await connect(socket)).toMatchObject({ method: 'ticket', session: { userId: 'alice' } })
      expect(socket.send({ type: 'ask', text: 'why' })).toEqual({ status: 'sent' })
      expect(await answer).toEqual({ type: 'answer', to: 'why' })
      expect(ticketsIn(server)).toHaveLength(1)
      expect(JSON.stringify([server.requests, server.upgrades])).not.toContain(session.jwt)
    })

    test('comes back after a drop, each time with a ticket of its own', async () => {
      const server = await startRealServer(await makeStore())
      const { socket } = await signIn(server, 'alice')
      await connect(socket)
      for (let i = 0; i < 5; i++) {
        const opened = next(socket, 'open')
        server.connections()[0]?.terminate()
        await opened
      }
      const tickets = ticketsIn(server)
      expect(tickets).toHaveLength(6)
      expect(new Set(tickets).size).toBe(6)
    })

    test('reverts to JWT after three failures, and asks for no ticket from then on', async () => {
      const server = await startRealServer(await makeStore())
      const { socket, auth } = await signIn(server, 'alice')
      const reverted = new Promise((resolve) => auth.on('reverted', resolve))
      server.breakTickets(true)
      expect(await connect(socket)).toMatchObject({ method: 'jwt' })
      for (let i = 0; i < 2; i++) {
        const opened = next(socket, 'open')
        server.connections()[0]?.terminate()
        await opened
      }
      await reverted
      server.breakTickets(false)
      const asked = server.requests.length
      const opened = next(socket, 'open')
      server.connections()[0]?.terminate()
      expect(await opened).toMatchObject({ method: 'jwt' })
      expect(server.requests).toHaveLength(asked)
      expect(ticketsIn(server)).toEqual([])
    })

    test('with the flag off it is JWT, and not one ticket request', async () => {
      const server = await startRealServer(await makeStore())
      const { socket } = await signIn(server, 'alice', false)
      expect(await connect(socket)).toMatchObject({ method: 'jwt', session: { userId: 'alice' } })
      expect(server.requests).toEqual([])
    })

    test('an expired JWT is refreshed once, and the ticket is bought with the new one', async () => {
      const server = await startRealServer(await makeStore())
      const { socket, session } = await signIn(server, 'alice')
      session.jwt = await server.issueJwt('alice', -60)
      expect(await connect(socket)).toMatchObject({ method: 'ticket' })
    })

    test('a log-out closes the socket on the server, and revokes the unspent ticket', async () => {
      const server = await startRealServer(await makeStore())
      const { socket, auth } = await signIn(server, 'alice')
      await connect(socket)
      await vi.waitUntil(() => auth.store.getState().spare !== null)
      const handle = auth.store.getState().spare?.handle
      const closed = new Promise((resolve) => server.connections()[0]?.onClose(resolve))
      auth.handleLogout()
      await closed
      expect(socket.store.getState().status).toBe('closed')
      await vi.waitUntil(() => server.requests.some(({ method }) => method === 'DELETE'))
      expect(server.requests.at(-1)).toEqual({ method: 'DELETE', url: `/websocket/ticket/${handle}` })
    })

    test('revoking everything ends the live socket with 4410, for good', async () => {
      const server = await startRealServer(await makeStore())
      const { socket, auth } = await signIn(server, 'alice')
      const other = await signIn(server, 'bob')
      await connect(socket)
      await connect(other.socket)
      const failed = next(socket, 'failed')
      await auth.revokeAllTickets()
      expect((await failed).error.code).toBe('revoked')
      expect(other.socket.store.getState().status).toBe('open')
    })

    test('PR-19: who signs out of all sessions and in again within the second is connected soon, and not asked to sign in', async () => {
      const server = await startRealServer(await makeStore())
      const { socket, auth, session } = await signIn(server, 'alice')
      await connect(socket)
      const revoked = next(socket, 'failed')
      // JWTs count whole seconds: all of this happens in one.
      await vi.waitUntil(() => systemClock.wallNow() % 1_000 < 400, { interval: 10 })
      await auth.revokeAllTickets()
      await revoked
      const startedAt = systemClock.now()
      auth.handleLogout()
      const failures: unknown[] = []
      socket.on('failed', (failure) => failures.push(failure))
      session.jwt = await server.issueJwt('alice')
      const refused = session.jwt
      auth.signedIn()
      await connect(socket)
      expect(systemClock.now() - startedAt).toBeLessThan(2_500)
      expect(failures).toEqual([])
      expect(session.jwt).not.toBe(refused)
    })
  })
}
