// The primary of Redis dies and its replica is promoted: for how long new connections are refused, and what becomes of the others.

import { randomUUID } from 'node:crypto'
import { SignJWT } from 'jose'
import { WebSocket } from 'ws'
import { row, seconds, spread, whole } from './figures.ts'
import type { Clients, Server } from './processes.ts'
import { DOWN_AFTER_MS, type ReplicatedRedis } from './sentinel.ts'

/** Somebody new asks for a ticket and connects with it, so often. */
const PROBE_EVERY_MS = 50
const AFTERWARDS_MS = 5_000

/** Whether a new user gets a ticket and a connection now. */
async function probe(port: number, key: Uint8Array): Promise<boolean> {
  const jwt = await new SignJWT({})
    .setProtectedHeader({ alg: 'HS256' })
    .setSubject(randomUUID())
    .setIssuedAt()
    .setExpirationTime('1h')
    .sign(key)
  const answer = await fetch(`http://127.0.0.1:${port}/websocket/ticket`, {
    method: 'POST',
    headers: { authorization: `Bearer ${jwt}` },
  })
  if (!answer.ok) return false
  const { ticket_id } = (await answer.json()) as { ticket_id: string }
  const socket = new WebSocket(`ws://127.0.0.1:${port}/ws?ticket=${ticket_id}`, ['ticket-socket.v1'])
  return new Promise((resolve) => {
    socket.once('message', () => resolve(true)).once('close', () => resolve(false))
    socket.once('error', () => resolve(false))
  }).finally(() => socket.terminate()) as Promise<boolean>
}

/** Probes until it is stopped; then the moments of the last failure and the first success after it, since the beginning. */
function startProbing(port: number, key: Uint8Array) {
  const beganAtMs = performance.now()
  const outcomes: { atMs: number; isGood: boolean }[] = []
  const pending = new Set<Promise<void>>()
  const timer = setInterval(() => {
    const atMs = performance.now() - beganAtMs
    const one = probe(port, key)
      .catch(() => false)
      .then((isGood) => void outcomes.push({ atMs, isGood }))
    pending.add(one)
    void one.finally(() => pending.delete(one))
  }, PROBE_EVERY_MS)
  return {
    async stop() {
      clearInterval(timer)
      await Promise.all(pending)
      return outcomes.toSorted((a, b) => a.atMs - b.atMs)
    },
    hasRecovered: () => outcomes.some(({ isGood }) => !isGood) && outcomes.at(-1)?.isGood === true,
  }
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

const WHAT = { SIGKILL: 'is killed', SIGSTOP: 'is frozen, like a machine that is gone' } as const

export interface Failover {
  server: Server
  clients: Clients
  redis: ReplicatedRedis
  secret: string
  total: number
  signal: keyof typeof WHAT
}

export async function measureFailover({ server, clients, redis, secret, total, signal }: Failover) {
  const arriving = Math.max(10, Math.round(total / 100))
  await clients.report() // forgets what was lost before
  const probing = startProbing(server.port, new TextEncoder().encode(secret))
  redis.strikePrimary(signal)
  // As people come to the page while it lasts.
  const arrived = clients.add(arriving, { withinMs: DOWN_AFTER_MS })
  const deadline = performance.now() + 120_000
  while (!probing.hasRecovered() && performance.now() < deadline) await pause(100)
  await pause(AFTERWARDS_MS)
  const outcomes = await probing.stop()
  const refused = outcomes.filter(({ isGood }) => !isGood)
  const last = refused.at(-1)
  const recovered = outcomes.find(({ atMs, isGood }) => isGood && atMs > (last?.atMs ?? 0))
  if (!last || !recovered)
    throw new Error('the fail-over was not seen: nothing was refused, or nothing was served after it')
  const { lost } = await clients.report()
  const openMs = await arrived
  row(
    `Redis' primary ${WHAT[signal]}; Sentinel waits ${seconds(DOWN_AFTER_MS, 0)} before it promotes the replica`,
    `new connections are refused for ${seconds(recovered.atMs)}; live connections that closed: ${whole(lost)}; ` +
      `clients that arrive meanwhile are open after ${spread(openMs)}`,
    `${whole(total)} clients, ${whole(arriving)} that arrive`,
  )
}
