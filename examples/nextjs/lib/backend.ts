// What the route handlers and the socket server have in common. Both run it, each in its own process: Redis is where
// they meet.

import { Redis } from 'ioredis'
import { AuthTicketManager, jwtVerifier } from 'ticket-socket/server'
import { createRedisRevocationChannel, createRedisTicketStore } from 'ticket-socket/server/redis'

function required(name: string): string {
  const value = process.env[name]
  if (!value) throw new Error(`${name} is not set`)
  return value
}

export const jwtSecret = () => new TextEncoder().encode(required('JWT_SECRET'))

function createBackend() {
  const redis = new Redis(required('REDIS_URL'))
  return {
    tickets: new AuthTicketManager({
      store: createRedisTicketStore(redis),
      // A "sign out of all sessions" that arrives here closes sockets there.
      revocations: createRedisRevocationChannel(redis),
    }),
    verifyToken: jwtVerifier({ secret: jwtSecret() }),
    allowedOrigins: [required('APP_ORIGIN')],
  }
}

let backend: ReturnType<typeof createBackend> | undefined

/** Made when it is first used: a build has neither secrets nor Redis. */
export const getBackend = () => (backend ??= createBackend())
