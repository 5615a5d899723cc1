// A real server on a free port as the conformance rules see it: node:http, ws, JWTs signed by jose, any store.

import { randomBytes } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { SignJWT } from 'jose'
import type { ConformanceTarget } from '../../src/mock/conformance/index.ts'
import { createFaultyStore } from '../../src/mock/faulty-store.ts'
import type { Clock } from '../../src/platform/platform.ts'
import { systemClock } from '../../src/platform/system-platform.ts'
import {
  AuthTicketManager,
  createTicketHandler,
  type HttpLimits,
  jwtVerifier,
  type TicketStore,
} from '../../src/server/index.ts'
import { attachTicketSocket, toNodeHandler } from '../../src/server/node/index.ts'

const ORIGIN = 'https://app.example'

interface RealServerOptions {
  clock?: Clock
  /** Whether JWTs count whole seconds, as those of most issuers do. */
  wholeSeconds?: boolean
  limits?: HttpLimits
  maxConnectionsPerUser?: number
}

export async function realTarget(
  given: TicketStore,
  {
    clock = systemClock,
    wholeSeconds = false,
    limits = {},
    maxConnectionsPerUser = 50,
    ...options
  }: RealServerOptions & Partial<ConformanceTarget> = {},
): Promise<{ target: ConformanceTarget; close(): Promise<void> }> {
  const secret = randomBytes(32)
  const { store, breakStore } = createFaultyStore(given, clock)
  const shared = {
    tickets: new AuthTicketManager({ store, clock }),
    verifyToken: jwtVerifier({ secret }),
    allowedOrigins: [ORIGIN],
    clock,
  }
  const http = createServer()
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  const { port } = http.address() as AddressInfo
  const wsUrl = `ws://127.0.0.1:${port}/ws`
  const sockets = attachTicketSocket(http, { ...shared, limit: false, maxConnectionsPerUser })
  http.on(
    'request',
    toNodeHandler(createTicketHandler({ ...shared, sessions: sockets.sessions, websocketUrl: wsUrl, limits })),
  )

  const sign = (userId: string) =>
    new SignJWT({ permissions: ['chat'] })
      .setProtectedHeader({ alg: 'HS256' })
      .setSubject(userId)
      // To the millisecond, so that one issued right after a revoke-all is newer; or as most issuers do.
      .setIssuedAt(wholeSeconds ? Math.floor(clock.wallNow() / 1_000) : clock.wallNow() / 1_000)
      .setExpirationTime(Math.floor(clock.wallNow() / 1_000) + 1_800)
      .sign(secret)
  const [alice, bob] = [`alice-${port}`, `bob-${port}`]
  let token = await sign(alice)

  return {
    target: {
      httpUrl: `http://127.0.0.1:${port}`,
      wsUrl,
      token: () => token,
      otherToken: await sign(bob),
      async renewToken() {
        token = await sign(alice)
        return token
      },
      breakStore,
      restart: () => sockets.drain(100),
      origin: ORIGIN,
      foreignOrigin: 'https://evil.example',
      libraryLimits: true,
      ...options,
    },
    async close() {
      await sockets.close()
      http.closeAllConnections()
      await new Promise((resolve) => http.close(resolve))
    },
  }
}
