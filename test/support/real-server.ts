// A real server on a free port: node:http, ws, JWTs signed by jose, and whatever store the test brings. It serves two
// endpoints, and names a third in `websocket_url`, where nobody answers.

import { randomBytes } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { SignJWT } from 'jose'
import { onTestFinished } from 'vitest'
import {
  AuthTicketManager,
  type Connection,
  createTicketHandler,
  jwtVerifier,
  type TicketStore,
} from '../../src/server/index.ts'
import { attachTicketSocket, type NodeConnectionContext, toNodeHandler } from '../../src/server/node/index.ts'

export interface RealServer {
  httpUrl: string
  wsUrl: string
  /** Another endpoint of the same origin. */
  feedUrl: string
  /** What arrived, as it arrived. */
  requests: { method: string; url: string }[]
  upgrades: { url: string; protocols: string }[]
  /** Handles of tickets that opened a connection. */
  connections: () => readonly Connection[]
  issueJwt(userId: string, seconds?: number, claims?: Readonly<Record<string, unknown>>): Promise<string>
  /** The ticket endpoints answer 503 while true. */
  breakTickets(broken: boolean): void
  onConnection: (connection: Connection, context: NodeConnectionContext) => void
}

export interface RealServerOptions {
  /** Files for a browser, by their paths. */
  files?: Readonly<Record<string, { type: string; body: string }>>
  maxPayload?: number
  /** @default none: clients of the tests send no `Origin` */
  allowedOrigins?: (origin: string) => boolean
}

export async function startRealServer(store: TicketStore, options: RealServerOptions = {}): Promise<RealServer> {
  const { files = {}, maxPayload, allowedOrigins } = options
  const secret = randomBytes(32)
  const shared = {
    tickets: new AuthTicketManager({ store }),
    verifyToken: jwtVerifier({ secret }),
    ...(allowedOrigins && { allowedOrigins }),
  }
  const http = createServer()
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  const { port } = http.address() as AddressInfo
  const origin = `ws://127.0.0.1:${port}`

  const requests: RealServer['requests'] = []
  const upgrades: RealServer['upgrades'] = []
  let areTicketsBroken = false
  const server: RealServer = {
    httpUrl: `http://127.0.0.1:${port}`,
    wsUrl: `${origin}/ws`,
    feedUrl: `${origin}/feed`,
    requests,
    upgrades,
    connections: () => endpoints.flatMap(({ sessions }) => sessions.connections()),
    issueJwt: (userId, seconds = 300, claims = {}) =>
      new SignJWT({ permissions: ['chat'], ...claims })
        .setProtectedHeader({ alg: 'HS256' })
        .setSubject(userId)
        .setJti(randomBytes(8).toString('hex'))
        .setIssuedAt()
        .setExpirationTime(`${seconds}s`)
        .sign(secret),
    breakTickets: (broken) => {
      areTicketsBroken = broken
    },
    onConnection: () => {},
  }
  const endpoints = ['/ws', '/feed'].map((path) =>
    attachTicketSocket(http, {
      ...shared,
      ...(maxPayload !== undefined && { maxPayload }),
      path,
      onConnection: (connection, context) => server.onConnection(connection, context),
    }),
  )
  const handle = toNodeHandler(createTicketHandler({ ...shared, websocketUrl: `${origin}/elsewhere` }))
  http.on('upgrade', (request) =>
    upgrades.push({ url: request.url ?? '', protocols: request.headers['sec-websocket-protocol'] ?? '' }),
  )
  http.on('request', (request, response) => {
    const file = files[request.url ?? '']
    if (file) return void response.writeHead(200, { 'content-type': file.type }).end(file.body)
    requests.push({ method: request.method ?? '', url: request.url ?? '' })
    if (areTicketsBroken) response.writeHead(503, { 'content-type': 'application/problem+json' }).end('{}')
    else handle(request, response)
  })
  onTestFinished(async () => {
    await Promise.all(endpoints.map((endpoint) => endpoint.close()))
    http.closeAllConnections()
    await new Promise((resolve) => http.close(resolve))
  })
  return server
}
