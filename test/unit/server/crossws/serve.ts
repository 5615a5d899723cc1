// The crossws adapter behind real servers, and hooks as other runtimes call them.

import { createServer } from 'node:http'
import nodeAdapter from 'crossws/adapters/node'
import { plugin } from 'crossws/server'
import { defineWebSocketHandler, H3, serve } from 'h3'
import { onTestFinished } from 'vitest'
import {
  type CrosswsPeer,
  type CrosswsSocketOptions,
  createCrosswsSocket,
} from '../../../../src/server/crossws/index.ts'
import {
  AuthTicketManager,
  type Connection,
  createMemoryTicketStore,
  createTicketHandler,
} from '../../../../src/server/index.ts'
import { createVirtualClock } from '../../../support/virtual-clock.ts'
import { listen, ORIGIN } from '../node/serve.ts'

export const V1 = 'ticket-socket.v1'
export const base64url = (text: string) => Buffer.from(text).toString('base64url')

export function arrange(options: Partial<CrosswsSocketOptions> = {}) {
  const tickets = new AuthTicketManager({ store: createMemoryTicketStore() })
  const verifyToken = (jwt: string) => (jwt === 'jwt-a' ? { userId: 'alice', issuedAt: Date.now() } : null)
  const shared = { tickets, verifyToken, allowedOrigins: [ORIGIN] }
  const connections: Connection[] = []
  const socket = createCrosswsSocket({
    ...shared,
    onConnection(connection) {
      connections.push(connection)
      connection.onMessage((message) => connection.send({ type: 'echo', of: message }))
      connection.onBinary((data) => connection.sendBinary(data))
    },
    ...options,
  })
  onTestFinished(() => socket.close())
  const ticket = async (userId = 'alice') =>
    (await tickets.generate({ userId }, { metadata: { room: 'lobby' } })).ticket_id
  return { ...socket, shared, ticket, connections }
}

/** The hooks behind a server, and where it is. */
export type Start = (made: ReturnType<typeof arrange>) => Promise<number>

/** With options of the app for its `ws`. */
export const byAdapterWith =
  (serverOptions: object): Start =>
  async ({ hooks }) => {
    const server = createServer()
    const { handleUpgrade } = nodeAdapter({ hooks, serverOptions })
    server.on('upgrade', (request, socket, head) => void handleUpgrade(request, socket, head))
    return listen(server)
  }

export const byAdapter = byAdapterWith({})

export const byH3: Start = async ({ hooks, shared }) => {
  const handle = createTicketHandler(shared)
  const app = new H3()
    .get('/ws', defineWebSocketHandler(hooks))
    .all('/websocket/**', (event) => handle(event.req, { address: event.req.ip }))
  const server = serve(app, { port: 0, hostname: '127.0.0.1', silent: true, plugins: [plugin({})] })
  onTestFinished(() => server.close(true))
  await server.ready()
  return Number(new URL(server.url ?? '').port)
}

/** A peer as an adapter makes it, which writes down what is done to it. */
export function createPeer(request: Request, context: Record<string, unknown> = {}) {
  const done: unknown[][] = []
  const peer: CrosswsPeer = {
    request,
    context,
    send: (data) => void done.push(['send', data]),
    close: (code, reason) => void done.push(['close', code, reason]),
    terminate: () => void done.push(['terminate']),
  }
  return { peer, done }
}
export const text = (rawData: string) => ({ rawData, uint8Array: () => new TextEncoder().encode(rawData) })
export const bytes = (...data: number[]) => ({
  rawData: new Uint8Array(data).buffer,
  uint8Array: () => new Uint8Array(data),
})

export async function arrangeHooks(options: Partial<CrosswsSocketOptions> = {}) {
  const clock = createVirtualClock()
  const made = arrange({ clock, pingIntervalMs: 1_000_000, ...options })
  const request = async () =>
    new Request(`https://api.example.com/ws?ticket=${await made.ticket()}`, { headers: { origin: ORIGIN } })
  return { ...made, clock, request }
}
