// `npm run bench:memory [-- sockets]`: what an open socket that is idle holds in memory, and its timers, of a page that has one
// already; and the same of an auth service. On the mock's own backend in memory, by the real clock. Node's garbage is collected
// before each look at the heap.

import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { createTicketSocket, UnifiedAuthService } from '../../src/index.ts'
import { createSource, createWire, quietPage } from '../queue/page.ts'

const count = Number(process.argv[2] ?? 500)
if (!Number.isInteger(count) || count < 1) throw new TypeError(`sockets must be a whole number, got ${process.argv[2]}`)

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

async function heapBytes(): Promise<number> {
  for (let round = 0; round < 4; round++) {
    await new Promise((resolve) => setTimeout(resolve, 5))
    collect()
  }
  return process.memoryUsage().heapUsed
}

const timers = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length

/** Bytes and timers of each thing that `make` makes. What it returns is kept. */
async function measure(name: string, make: () => Promise<unknown>) {
  const kept: unknown[] = []
  // The first ones compile code and fill caches.
  for (let n = 0; n < 50; n++) kept.push(await make())
  const before = [await heapBytes(), timers()] as const
  for (let n = 0; n < count; n++) kept.push(await make())
  const [bytes, timersEach] = [(await heapBytes()) - before[0], timers() - before[1]].map((sum) => sum / count)
  console.log(`| ${name} | ${((bytes as number) / 1_000).toFixed(1)} kB | ${(timersEach as number).toFixed(2)} |`)
  return kept
}

async function openSocket() {
  const { wire, WebSocket } = createWire(SPEAKING)
  const socket = createTicketSocket({
    url: 'wss://api.example.com/ws',
    auth: source,
    platform: { WebSocket, page: quietPage },
  })
  socket.connect()
  for (let turn = 0; turn < 20; turn++) await Promise.resolve()
  wire.open()
  if (socket.store.getState().status !== 'open') throw new Error('the socket is not open')
  return [socket, wire]
}

/** The same double, without a socket of ours around it. */
async function rawSocket() {
  const { wire, WebSocket } = createWire()
  const socket = new WebSocket('wss://api.example.com/ws')
  return [socket, wire]
}

/** Of a server that speaks the protocol, with a session of an hour. */
const SPEAKING = {
  protocol: 'ticket-socket.v1',
  greeting: JSON.stringify({
    type: 'ts:connection_established',
    session_id: 'session-1',
    user_id: null,
    auth_method: 'none',
    server_time: Date.now() / 1_000,
    expires_at: Date.now() / 1_000 + 3_600,
    expires_in: 3_600,
    capabilities: ['refresh'],
  }),
}

const source = createSource()
const auth = async () =>
  new UnifiedAuthService({
    httpUrl: 'https://api.example.com',
    getToken: () => 'jwt',
    ticketAuth: true,
    platform: { page: quietPage },
  })

console.log(`| of ${count} | heap, each | timers, each |\n| --- | --- | --- |`)
const all = [
  await measure('a WebSocket double', rawSocket),
  await measure('a socket, open and idle, with its double', openSocket),
  await measure('an auth service that has done nothing', auth),
]
process.exit(all.length === 3 ? 0 : 1)
