import { randomBytes } from 'node:crypto'
import { SignJWT } from 'jose'
import { startProxy } from './proxy.ts'
import { startRedis } from './redis.ts'
import { type RunningServer, startServer } from './servers.ts'
import { createSightings } from './sightings.ts'
import type { Stage } from './story.ts'

export interface Cluster extends Stage {
  close(): Promise<void>
}

const NAMES = ['A', 'B']

/** Redis, two servers and the proxy before them, all of them processes or sockets of this machine alone. */
export async function startCluster(print: (line: string) => void): Promise<Cluster> {
  const redis = await startRedis()
  const proxy = await startProxy()
  const secret = randomBytes(32).toString('base64url')
  const address = `127.0.0.1:${proxy.port}`
  const [httpUrl, wsUrl] = [`http://${address}`, `ws://${address}/ws`]
  const sightings = createSightings(print)
  const settings = { redisSocket: redis.socket, secret }
  const servers = await Promise.all(NAMES.map((name) => startServer(name, settings, sightings.add)))
  for (const { name, port } of servers) {
    proxy.add(port)
    print(`server ${name}  http://127.0.0.1:${port}`)
  }
  print(`proxy     ${httpUrl}  (each connection goes to the next server)`)

  const running = new Set<RunningServer>(servers)
  async function stop(server: RunningServer) {
    running.delete(server)
    proxy.remove(server.port)
    await server.stop()
  }

  return {
    httpUrl,
    wsUrl,
    sightings,
    print,
    issueJwt: (userId) =>
      new SignJWT({})
        .setProtectedHeader({ alg: 'HS256' })
        .setSubject(userId)
        .setIssuedAt()
        .setExpirationTime('15m')
        .sign(new TextEncoder().encode(secret)),
    async stopServer(name) {
      const server = [...running].find((one) => one.name === name)
      if (server) await stop(server)
    },
    async close() {
      await Promise.all([...running].map(stop))
      await proxy.close()
      await redis.stop()
    },
  }
}
