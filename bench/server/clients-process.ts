// A share of the clients, as in an app: each with its ticket, its heartbeat and its backoff. Several such processes share the work.

import { SignJWT } from 'jose'
import { createTicketSocket, type TicketSocket, UnifiedAuthService } from '../../src/index.ts'

const { secret, name } = JSON.parse(process.argv[2] ?? '{}') as { secret: string; name: string }
const key = new TextEncoder().encode(secret)

export type ClientsOrder =
  /** Where clients dial and ask for tickets from now on. */
  | { kind: 'target'; port: number }
  /** Connects so many more clients: so many at the same moment, or each at a random moment of a time. */
  | { kind: 'add'; count: number; atOnce: number; withinMs: number }
  | { kind: 'report' }

export type ClientsReport =
  /** How long each client took to open. */
  | { kind: 'added'; tookMs: number[] }
  /** Losses since the last report, and how long each client was without a connection before its last `open`. */
  | { kind: 'report'; lost: number; awayMs: number[] }
  | { kind: 'targeted' }

interface Client {
  socket: TicketSocket
  isOpen: boolean
  lostAtMs: number
  awayMs: number
}

const clients: Client[] = []
let port = 0
let lost = 0

async function createClient(): Promise<Client> {
  const jwt = await new SignJWT({ permissions: ['chat'] })
    .setProtectedHeader({ alg: 'HS256' })
    .setSubject(`${name}-${clients.length}`)
    .setIssuedAt()
    .setExpirationTime('2h')
    .sign(key)
  const auth = new UnifiedAuthService({
    httpUrl: `http://127.0.0.1:${port}`,
    getToken: () => jwt,
    ticketAuth: true,
    // As a load balancer would: to the server that serves.
    platform: { fetch: (url, init) => fetch(url.replace(/:\d+\//, `:${port}/`), init) },
  })
  const socket = createTicketSocket({ url: () => `ws://127.0.0.1:${port}/ws`, auth })
  const client: Client = { socket, isOpen: false, lostAtMs: 0, awayMs: 0 }
  clients.push(client)
  socket.on('lost', () => {
    if (!client.isOpen) return // it was closed before it was ready
    client.isOpen = false
    lost++
    client.lostAtMs = performance.now()
  })
  socket.on('open', () => {
    client.isOpen = true
    client.awayMs = client.lostAtMs === 0 ? 0 : performance.now() - client.lostAtMs
  })
  return client
}

async function connectOne(): Promise<number> {
  const { socket } = await createClient()
  const dialledAtMs = performance.now()
  await new Promise<void>((resolve) => {
    const off = socket.on('open', () => {
      off()
      resolve()
    })
    socket.connect()
  })
  return performance.now() - dialledAtMs
}

async function add(count: number, atOnce: number, withinMs: number): Promise<number[]> {
  const tookMs: number[] = []
  let left = count
  const next = async () => {
    while (left-- > 0) {
      await new Promise((resolve) => setTimeout(resolve, Math.random() * withinMs))
      tookMs.push(await connectOne())
    }
  }
  await Promise.all(Array.from({ length: Math.min(count, atOnce) }, next))
  return tookMs
}

const say = (report: ClientsReport) => process.send?.(report)

process.on('message', async (order: ClientsOrder) => {
  if (order.kind === 'target') {
    port = order.port
    say({ kind: 'targeted' })
  } else if (order.kind === 'add') {
    say({ kind: 'added', tookMs: await add(order.count, order.atOnce, order.withinMs) })
  } else {
    say({ kind: 'report', lost, awayMs: clients.map(({ awayMs }) => awayMs) })
    lost = 0
  }
})
process.once('disconnect', () => process.exit(0))
