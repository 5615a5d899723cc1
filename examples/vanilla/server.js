import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { extname } from 'node:path'
import { SignJWT } from 'jose'
import { AuthTicketManager, createMemoryTicketStore, createTicketHandler, jwtVerifier } from 'ticket-socket/server'
import { attachTicketSocket, toNodeHandler } from 'ticket-socket/server/node'

const server = createServer()
await new Promise((resolve) => server.listen(Number(process.env.PORT ?? 3000), 'localhost', resolve))
const host = `localhost:${server.address().port}`

// Who holds the secret can sign anybody in. Here it lives as long as the process.
const secret = randomBytes(32)
const tickets = new AuthTicketManager({ store: createMemoryTicketStore() })
const shared = { tickets, verifyToken: jwtVerifier({ secret }), allowedOrigins: [`http://${host}`] }

const { sessions } = attachTicketSocket(server, {
  ...shared,
  onConnection(connection) {
    const from = connection.identity.userId
    connection.send({ type: 'chat', from: 'server', text: `Hello, ${from}` })
    connection.onMessage((message) => {
      if (message.type !== 'chat') return
      for (const each of sessions.connections()) each.send({ type: 'chat', from, text: String(message.text) })
    })
  },
})
const ticketEndpoints = toNodeHandler(createTicketHandler({ ...shared, sessions }))

/** In place of your sign-in: everybody is a guest. */
async function signIn(response) {
  const jwt = await new SignJWT()
    .setProtectedHeader({ alg: 'HS256' })
    .setSubject(`guest-${randomBytes(3).toString('hex')}`)
    .setIssuedAt()
    .setExpirationTime('1h')
    .sign(secret)
  response.writeHead(200, { 'content-type': 'application/json', 'cache-control': 'no-store' })
  response.end(JSON.stringify({ jwt }))
}

const PUBLIC = /^\/(index\.html|app\.js|node_modules\/(ticket-socket|zustand)\/[\w./-]+\.m?js)$/

async function serveFile(path, response) {
  try {
    if (!PUBLIC.test(path) || path.includes('..')) throw new Error('not public')
    const body = await readFile(new URL(`.${path}`, import.meta.url))
    response.writeHead(200, { 'content-type': extname(path) === '.html' ? 'text/html' : 'text/javascript' }).end(body)
  } catch {
    response.writeHead(404).end()
  }
}

server.on('request', (request, response) => {
  const { pathname } = new URL(request.url, `http://${host}`)
  if (request.method === 'POST' && pathname === '/login') return signIn(response)
  if (request.method === 'GET' && !pathname.startsWith('/websocket')) {
    return serveFile(pathname === '/' ? '/index.html' : pathname, response)
  }
  ticketEndpoints(request, response)
})
console.log(`http://${host}`)
