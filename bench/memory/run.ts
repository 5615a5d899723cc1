// `npm run bench:memory [-- how many]`: the heap and the timers that one more socket takes, open and idle, on a page that has
// some already; and one more auth service. On a WebSocket class without a network, by the real clock.

import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { createTicketSocket, UnifiedAuthService } from '../../src/index.ts'
import { createSource, createWire, quietPage } from '../page.ts'

const count = Number(process.argv[2] ?? 500)
if (!Number.isInteger(count) || count < 1)
  throw new TypeError(`how many must be a whole number, got ${process.argv[2]}`)

/** The first ones compile code and fill caches. */
const WARM_UP = 50

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
  for (let n = 0; n < WARM_UP; n++) kept.push(await make())
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
const service = async () =>
  new UnifiedAuthService({
    httpUrl: 'https://api.example.com',
    getToken: () => 'jwt',
    ticketAuth: true,
    platform: { page: quietPage },
  })

console.log(`| of ${count} | heap, each | timers, each |\n| --- | --- | --- |`)
const kept = [
  await measure('an auth service that has done nothing', service),
  await measure('the WebSocket class alone', rawSocket),
  await measure('a socket, open and idle, with its WebSocket', openSocket),
]
// Looked at again, so that nothing of it was collected before.
process.exit(kept.flat().length === 3 * (count + WARM_UP) ? 0 : 1)
