// The crossws adapter on Bun or Deno, whichever runs this file: it serves on a free port, prints it, and echoes.

import { createCrosswsSocket } from '../../src/server/crossws/index.ts'
import { AuthTicketManager, createMemoryTicketStore, createTicketHandler } from '../../src/server/index.ts'

interface Runtime {
  Bun?: {
    serve(options: object): { port: number }
  }
  Deno?: {
    serve(options: object, handle: (request: Request, info: unknown) => Promise<Response>): { addr: { port: number } }
  }
}
const { Bun, Deno } = globalThis as Runtime

const MAX_PAYLOAD = 1_000
const shared = {
  tickets: new AuthTicketManager({ store: createMemoryTicketStore() }),
  verifyToken: (jwt: string) => ({ userId: jwt, issuedAt: Date.now() }),
  allowedOrigins: ['https://app.example.com'],
}
const { hooks, sessions } = createCrosswsSocket({
  ...shared,
  maxPayload: MAX_PAYLOAD,
  pingIntervalMs: 200,
  onConnection: (connection) => {
    connection.onMessage((message) => connection.send({ type: 'echo', of: message }))
    connection.onBinary((data) => connection.sendBinary(data))
    connection.onClose((code, reason) => console.log(`closed ${code} ${reason}`))
  },
})
const handle = createTicketHandler(shared)
const isUpgrade = ({ headers }: Request) => headers.get('upgrade') === 'websocket'
const answer = async (request: Request) => {
  if (new URL(request.url).pathname === '/connections') return Response.json(sessions.connections().length)
  return handle(request)
}

if (Bun) {
  const { default: adapter } = await import('crossws/adapters/bun')
  const { handleUpgrade, websocket } = adapter({ hooks })
  const { port } = Bun.serve({
    port: 0,
    hostname: '127.0.0.1',
    // By default 16 MiB of each connection.
    websocket: { ...websocket, maxPayloadLength: MAX_PAYLOAD + 1 },
    fetch: (request: Request, server: never) => (isUpgrade(request) ? handleUpgrade(request, server) : answer(request)),
  })
  console.log(`port ${port}`)
} else if (Deno) {
  const { default: adapter } = await import('crossws/adapters/deno')
  const { handleUpgrade } = adapter({ hooks })
  const { addr } = Deno.serve({ port: 0, hostname: '127.0.0.1', onListen: () => {} }, (request, info) =>
    isUpgrade(request) ? handleUpgrade(request, info as never) : answer(request),
  )
  console.log(`port ${addr.port}`)
}
