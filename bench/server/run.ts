// How much a connection costs a server, and how long its clients are away when it leaves or dies: real clients, two servers in
// processes of their own, and a real Redis. `npm run bench:server -- 2000` names the number of clients.

import { type ChildProcess, fork } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { join } from 'node:path'
import { SignJWT } from 'jose'
import { startRedis } from '../../demo/cluster/redis.ts'
import { createTicketSocket, type TicketSocket, UnifiedAuthService } from '../../src/index.ts'
import type { Report } from './server-process.ts'

const CLIENTS = Number(process.argv[2] ?? 1_000)
const DRAIN_MS = 20_000
/** Dials that wait for their server at the same moment. */
const AT_ONCE = 50

if (!Number.isSafeInteger(CLIENTS) || CLIENTS < 10) {
  throw new TypeError(`the number of clients must be a whole number of at least 10, got ${process.argv[2]}`)
}

const redis = await startRedis()
const secret = randomBytes(32).toString('base64url')
const key = new TextEncoder().encode(secret)

async function startServer() {
  const settings = JSON.stringify({ redisSocket: redis.socket, secret })
  const child: ChildProcess = fork(join(import.meta.dirname, 'server-process.ts'), [settings], {
    execArgv: ['--expose-gc'],
  })
  const answer = async <Kind extends Report['kind']>(kind: Kind) => {
    const [report] = (await once(child, 'message')) as [Report]
    if (report.kind !== kind) throw new Error(`a server said ${report.kind}, not ${kind}`)
    return report as Extract<Report, { kind: Kind }>
  }
  const { port } = await answer('listening')
  return {
    child,
    port,
    report() {
      child.send({ kind: 'report' })
      return answer('report')
    },
  }
}
type Server = Awaited<ReturnType<typeof startServer>>

/** Where clients dial and ask for tickets now. */
let target: Server

interface Client {
  socket: TicketSocket
  /** Since when it has no connection; null while it has one. */
  lostAtMs: number | null
  /** How long it had none before the last `open`. */
  awayMs: number
}

async function createClient(userId: string): Promise<Client> {
  const jwt = await new SignJWT({ permissions: ['chat'] })
    .setProtectedHeader({ alg: 'HS256' })
    .setSubject(userId)
    .setIssuedAt()
    .setExpirationTime('1h')
    .sign(key)
  const auth = new UnifiedAuthService({
    httpUrl: `http://127.0.0.1:${target.port}`,
    getToken: () => jwt,
    ticketAuth: true,
    // As a load balancer would: to the server that serves.
    platform: { fetch: (url, init) => fetch(url.replace(/:\d+\//, `:${target.port}/`), init) },
  })
  const socket = createTicketSocket({ url: () => `ws://127.0.0.1:${target.port}/ws`, auth })
  const client: Client = { socket, lostAtMs: null, awayMs: 0 }
  socket.on('lost', () => {
    client.lostAtMs ??= performance.now()
  })
  socket.on('open', () => {
    client.awayMs = client.lostAtMs === null ? 0 : performance.now() - client.lostAtMs
    client.lostAtMs = null
  })
  return client
}

const connect = ({ socket }: Client) =>
  new Promise<void>((resolve) => {
    const off = socket.on('open', () => {
      off()
      resolve()
    })
    socket.connect()
  })

const sorted = (values: number[]) => values.toSorted((a, b) => a - b)
const at = (share: number, values: number[]) => sorted(values)[Math.floor((values.length - 1) * share)] ?? Number.NaN
const seconds = (ms: number) => `${(ms / 1_000).toFixed(2)} s`
/** Of moments, the most within one second. */
function busiest(moments: number[]): number {
  const ordered = sorted(moments)
  let from = 0
  return ordered.reduce((most, moment, index) => {
    while (moment - (ordered[from] ?? moment) > 1_000) from++
    return Math.max(most, index - from + 1)
  }, 0)
}

/** Waits until this server has everybody. */
async function untilAllAreAt(server: Server): Promise<number[]> {
  const openedAtMs: number[] = []
  const deadline = performance.now() + 5 * 60_000
  while (performance.now() < deadline) {
    const report = await server.report()
    openedAtMs.push(...report.openedAtMs)
    if (report.connections >= CLIENTS) return openedAtMs
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  throw new Error(`after five minutes not all of ${CLIENTS} clients were back`)
}

const awayOf = (clients: Client[]) => clients.map(({ awayMs }) => awayMs)
const row = (what: string, value: string) => console.log(`| ${what} | ${value} |`)

let leaving = await startServer()
let staying = await startServer()
target = leaving
const clients = await Promise.all(Array.from({ length: CLIENTS }, (_, index) => createClient(`user-${index}`)))

console.log(`| ${CLIENTS.toLocaleString('en')} clients | |\n| --- | --- |`)
const took: number[] = []
async function connectAll(waiting: Client[]) {
  const next = async () => {
    for (let client = waiting.pop(); client; client = waiting.pop()) {
      const dialledAtMs = performance.now()
      await connect(client)
      took.push(performance.now() - dialledAtMs)
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, next))
}

const startedAtMs = performance.now()
const half = Math.floor(CLIENTS / 2)
await connectAll(clients.slice(0, half))
// The second half: with the first one, a server also grows by what it keeps for itself.
const before = await leaving.report()
await connectAll(clients.slice(half))
const perSecond = CLIENTS / ((performance.now() - startedAtMs) / 1_000)
const after = await leaving.report()
const bytesEach = (after.residentBytes - before.residentBytes) / (CLIENTS - half)
row(
  `opened, ${AT_ONCE} at once`,
  `${Math.round(perSecond)} a second; p50 ${at(0.5, took).toFixed(0)} ms, p99 ${at(0.99, took).toFixed(0)} ms`,
)
row('memory of the server', `${(bytesEach / 1_024).toFixed(0)} KiB for each connection`)

// A deployment: the clients of one server move to the other one.
target = staying
const drainedAtMs = performance.now()
const drained = once(leaving.child, 'exit')
leaving.child.send({ kind: 'drain', drainMs: DRAIN_MS })
const moved = await untilAllAreAt(staying)
const drainTook = performance.now() - drainedAtMs
await drained
row(
  `drained in ${DRAIN_MS / 1_000} s`,
  `all moved after ${seconds(drainTook)}; without a connection: p50 ${seconds(at(0.5, awayOf(clients)))}, ` +
    `p99 ${seconds(at(0.99, awayOf(clients)))}; at most ${busiest(moved)} a second`,
)

// A crash: all clients of a server lose it at the same moment.
leaving = staying
staying = await startServer()
target = staying
const killedAtMs = performance.now()
leaving.child.kill('SIGKILL')
const back = await untilAllAreAt(staying)
row(
  'killed',
  `all back after ${seconds(performance.now() - killedAtMs)}; without a connection: p50 ${seconds(at(0.5, awayOf(clients)))}, ` +
    `p99 ${seconds(at(0.99, awayOf(clients)))}; at most ${busiest(back)} a second`,
)

for (const { socket } of clients) socket.dispose()
staying.child.kill()
await redis.stop()
process.exit(0)
