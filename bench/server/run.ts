// What a connection costs a server, and how long its clients are away when it leaves or dies, or when Redis fails over: real clients
// in processes of their own, two servers, and a real Redis. It prints the rows of the table in docs/operations.md.
//
//   npm run bench:server -- 2000           with so many clients
//   npm run bench:server -- 2000 frozen    Redis' primary is not killed but silent, like a machine that is gone

import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { measureFailover } from './failover.ts'
import { busiest, row, seconds, spread, table, whole } from './figures.ts'
import { type Server, startClients, startServer } from './processes.ts'
import { NAME, startReplicatedRedis } from './sentinel.ts'

const CLIENTS = Number(process.argv[2] ?? 1_000)
const SIGNAL = process.argv[3] === 'frozen' ? 'SIGSTOP' : 'SIGKILL'
/** Clients of one process: more would make each other late. */
const CLIENTS_PER_PROCESS = 2_500
/** 500 connections move a second at the most; see docs/operations.md. */
const DRAIN_MS = Math.max(20_000, CLIENTS * 6)
/** Dials that wait for their server at the same moment. */
const AT_ONCE = 50

if (!Number.isSafeInteger(CLIENTS) || CLIENTS < 10) {
  throw new TypeError(`the number of clients must be a whole number of at least 10, got ${process.argv[2]}`)
}
checkMachine()

/** A connection takes an open file at the server, and a port of 127.0.0.1; a ticket request may take another of both. */
function checkMachine() {
  const needed = Math.ceil(CLIENTS * 1.5) + 200
  const files = execFileSync('sh', ['-c', 'ulimit -Hn'], { encoding: 'utf8' }).trim()
  if (files !== 'unlimited' && Number(files) < needed) {
    throw new Error(
      `${CLIENTS} clients need ${needed} open files (ulimit -Hn says ${files}). Raise the limit, or take fewer.`,
    )
  }
  const range = '/proc/sys/net/ipv4/ip_local_port_range'
  const [first = 0, last = 0] = process.platform === 'linux' ? readFileSync(range, 'utf8').split(/\s+/).map(Number) : []
  if (last > 0 && last - first < needed) {
    throw new Error(
      `${CLIENTS} clients need ${needed} ports (${range} has ${last - first}). Widen the range, or take fewer.`,
    )
  }
}

const redis = await startReplicatedRedis()
// Nothing is left running, however it ends; the other processes end with this one.
process.once('exit', redis.stop)
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1))
const secret = randomBytes(32).toString('base64url')
const newServer = () => startServer({ redis: { sentinels: redis.sentinels, name: NAME }, secret })
const clients = startClients(Math.ceil(CLIENTS / CLIENTS_PER_PROCESS), secret)
const using = `${whole(CLIENTS)} clients`

/** Waits until this server has everybody: the moments at which connections opened there. */
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

let [serving, next] = await Promise.all([newServer(), newServer()])

await clients.setTarget(serving)
const startedAtMs = performance.now()
const half = Math.floor(CLIENTS / 2)
const took = await clients.add(half, { atOnce: AT_ONCE })
// The second half: with the first one, a server also grows by what it keeps for itself.
const before = await serving.report({ collect: true })
took.push(...(await clients.add(CLIENTS - half, { atOnce: AT_ONCE })))
const perSecond = CLIENTS / ((performance.now() - startedAtMs) / 1_000)
const after = await serving.report({ collect: true })
const bytesEach = (after.residentBytes - before.residentBytes) / (CLIENTS - half)
row(`connections open, ${AT_ONCE} at once`, `${whole(perSecond)} a second; each after ${spread(took)}`, using)
row('memory of a server, for each connection', `${whole(bytesEach / 1_024)} KiB`, `${using}, the second half`)

// A deployment: the clients of one server move to the other one.
await clients.setTarget(next)
const drainedAtMs = performance.now()
const drained = once(serving.child, 'exit')
serving.order({ kind: 'drain', drainMs: DRAIN_MS })
const moved = await untilAllAreAt(next)
const drainTook = performance.now() - drainedAtMs
await drained
row(
  `a deployment: a server drains in ${DRAIN_MS / 1_000} s`,
  `all moved after ${seconds(drainTook)}; without a connection for ${spread((await clients.report()).awayMs)}; ` +
    `at most ${whole(busiest(moved))} connections a second`,
  using,
)

// A crash: all clients of a server lose it at the same moment.
const crashing = next
next = await newServer()
serving = next
await clients.setTarget(serving)
const killedAtMs = performance.now()
crashing.child.kill('SIGKILL')
const back = await untilAllAreAt(serving)
const backAfter = performance.now() - killedAtMs
row(
  'a server is killed',
  `all back after ${seconds(backAfter)}; without a connection for ${spread((await clients.report()).awayMs)}; ` +
    `at most ${whole(busiest(back))} connections a second`,
  using,
)

await measureFailover({ server: serving, clients, redis, secret, total: CLIENTS, signal: SIGNAL })

console.log(table())
process.exit(0)
