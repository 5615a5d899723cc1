// A real server per test on a free port, and clients that write down what they see.

import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { onTestFinished, vi } from 'vitest'
import WebSocket, { type ClientOptions } from 'ws'
import type { Message } from '../../../../src/contract/wire.ts'
import { systemClock } from '../../../../src/platform/system-platform.ts'
import { createTicketHandler } from '../../../../src/server/http.ts'
import type { Identity } from '../../../../src/server/identity.ts'
import { createMemoryTicketStore } from '../../../../src/server/memory-store.ts'
import { type AttachTicketSocketOptions, attachTicketSocket } from '../../../../src/server/node/attach-ticket-socket.ts'
import { toNodeHandler } from '../../../../src/server/node/to-node-handler.ts'
import type { Connection } from '../../../../src/server/sessions.ts'
import { AuthTicketManager } from '../../../../src/server/ticket-manager.ts'
import { watchStore } from '../arrange.ts'

export const ORIGIN = 'https://app.example.com'

export async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
  return (server.address() as AddressInfo).port
}

export async function serve(options: Partial<AttachTicketSocketOptions> = {}) {
  const { watch, watched } = watchStore(createMemoryTicketStore())
  const tickets = new AuthTicketManager({ store: watched })
  const identities = new Map<string, Identity>()
  const verified: string[] = []
  function verifyToken(jwt: string) {
    verified.push(jwt)
    return identities.get(jwt) ?? null
  }
  const shared = { tickets, verifyToken, allowedOrigins: [ORIGIN] }
  const connections: Connection[] = []
  const requests: IncomingMessage[] = []
  const server = createServer()
  const attached = attachTicketSocket(server, {
    ...shared,
    onConnection(connection, { request }) {
      connections.push(connection)
      requests.push(request)
      connection.onMessage((message) => connection.send({ type: 'echo', of: message }))
      connection.onBinary((data) => connection.sendBinary(data))
    },
    ...options,
  })
  const handle = createTicketHandler({
    ...shared,
    sessions: attached.sessions,
    websocketUrl: 'wss://api.example.com/ws',
  })
  server.on('request', toNodeHandler(handle) as RequestListener)
  const port = await listen(server)
  onTestFinished(() => attached.close())
  const sign = (userId: string, token = `jwt-of-${userId}`) => {
    identities.set(token, { userId, permissions: ['chat'], issuedAt: systemClock.wallNow() })
    return token
  }
  const ticket = async (userId = 'alice') => (await tickets.generate({ userId })).ticket_id
  const url = (query = '') => `ws://127.0.0.1:${port}/ws${query}`
  return {
    verified,
    ...attached,
    server,
    port,
    url,
    http: `http://127.0.0.1:${port}`,
    tickets,
    watch,
    sign,
    ticket,
    connections,
    requests,
  }
}

export interface Seen {
  protocol: string
  messages: Message[]
  closed: [code: number, reason: string] | null
  send(message: object): void
  sendRaw(data: string | Uint8Array): void
  close(): void
}

/** Dials with `ws`, from the page of `ORIGIN` unless told otherwise. */
export function dial(url: string, protocols: string[] = [], options: ClientOptions = { origin: ORIGIN }) {
  const socket = new WebSocket(url, protocols, options)
  onTestFinished(() => socket.terminate())
  const seen: Seen & {
    status: number | null
    headers: IncomingMessage['headers'] | null
    socket: WebSocket
    binary: Buffer[]
  } = {
    protocol: '',
    messages: [],
    binary: [],
    closed: null,
    status: null,
    headers: null,
    socket,
    send: (message) => socket.send(JSON.stringify(message)),
    sendRaw: (data) => socket.send(data),
    close: () => socket.close(1000),
  }
  socket.on('upgrade', (response) => {
    seen.headers = response.headers
  })
  socket.on('unexpected-response', (request, response) => {
    seen.status = response.statusCode ?? 0
    seen.headers = response.headers
    request.destroy()
  })
  socket.on('open', () => {
    seen.protocol = socket.protocol
  })
  socket.on('message', (data, isBinary) => {
    if (isBinary) seen.binary.push(data as Buffer)
    else seen.messages.push(JSON.parse(String(data)) as Message)
  })
  socket.on('close', (code, reason) => {
    seen.closed = [code, String(reason)]
  })
  socket.on('error', () => {})
  return seen
}

/** Dials as a browser does, with Node's own WebSocket. It can set no header but the subprotocols. */
export function dialAsBrowser(url: string, protocols: string[] = []): Seen {
  const socket = new globalThis.WebSocket(url, protocols)
  onTestFinished(() => socket.close())
  const seen: Seen = {
    protocol: '',
    messages: [],
    closed: null,
    send: (message) => socket.send(JSON.stringify(message)),
    sendRaw: (data) => socket.send(data as string),
    close: () => socket.close(1000),
  }
  socket.onopen = () => {
    seen.protocol = socket.protocol
  }
  socket.onmessage = ({ data }) => seen.messages.push(JSON.parse(String(data)) as Message)
  socket.onclose = ({ code, reason }) => {
    seen.closed = [code, reason]
  }
  return seen
}

/** Bytes over TCP, for what no well-behaved client would send. */
export async function dialRaw(port: number, text: string) {
  const socket = connect(port, '127.0.0.1')
  onTestFinished(() => void socket.destroy())
  const seen = { answer: '', isClosed: false, socket }
  socket.on('data', (chunk: Buffer) => {
    seen.answer += chunk.toString('latin1')
  })
  socket.on('close', () => {
    seen.isClosed = true
  })
  socket.on('error', () => {})
  await new Promise<void>((resolve) => socket.once('connect', resolve))
  socket.write(text)
  return seen
}

export const until = (check: () => unknown) => vi.waitFor(async () => await check(), { timeout: 3_000, interval: 5 })
