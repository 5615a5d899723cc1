// What docs/running-beside.md says, in the real packages.

import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { GraphQLObjectType, GraphQLSchema, GraphQLString } from 'graphql/index.js'
import { makeServer } from 'graphql-ws'
import { Server as SocketServer } from 'socket.io'
import { createServer as createViteServer, type ViteDevServer } from 'vite'
import { describe, expect, onTestFinished, test } from 'vitest'
import { WebSocketServer } from 'ws'
import { AuthTicketManager, createMemoryTicketStore } from '../../../../src/server/index.ts'
import {
  type AttachTicketSocketOptions,
  attachTicketSocket,
  createTicketSocketServer,
} from '../../../../src/server/node/index.ts'
import { dial, listen, ORIGIN, until } from './serve.ts'

const V1 = 'ticket-socket.v1'

function arrange(options: Partial<AttachTicketSocketOptions> = {}) {
  const tickets = new AuthTicketManager({ store: createMemoryTicketStore() })
  const ticket = async () => (await tickets.generate({ userId: 'alice' })).ticket_id
  return { ticket, shared: { tickets, verifyToken: () => null, allowedOrigins: [ORIGIN], ...options } }
}

/** Opens a connection of ours, and hands back its client once it is open. */
async function openOurs(port: number | string, ticket: string) {
  const client = dial(`ws://127.0.0.1:${port}/ws?ticket=${ticket}`, [V1])
  await until(() => expect(client.messages[0]).toMatchObject({ type: 'ts:connection_established' }))
  return client
}

describe('socket.io on the same server', () => {
  /** A client that speaks as much of Engine.IO as is needed to connect. */
  async function openTheirs(io: SocketServer, port: number) {
    const client = dial(`ws://127.0.0.1:${port}/socket.io/?EIO=4&transport=websocket`)
    client.socket.removeAllListeners('message') // not JSON
    const connected = new Promise((resolve) => io.once('connection', resolve))
    client.socket.on('message', (data) => String(data).startsWith('0') && client.sendRaw('40'))
    await connected
    return client
  }

  test('both are served, in either order of attachment', async () => {
    for (const isFirst of [true, false]) {
      const { shared, ticket } = arrange()
      const server = createServer()
      const attach = () => attachTicketSocket(server, shared)
      const first = isFirst ? attach() : null
      const io = new SocketServer(server, { destroyUpgrade: false, serveClient: false })
      onTestFinished(() => void io.engine.close())
      const ours = first ?? attach()
      onTestFinished(() => ours.close())
      const port = await listen(server)
      await openTheirs(io, port)
      await openOurs(port, await ticket())
    }
  })

  test('by default it cuts an upgrade that is not decided within its second: destroyUpgrade must be false', async () => {
    const answers: (() => void)[] = []
    const verifyToken = () => new Promise<null>((resolve) => answers.push(() => resolve(null)))
    const ask = async (destroyUpgrade: boolean) => {
      const { shared } = arrange({ verifyToken })
      const server = createServer()
      const ours = attachTicketSocket(server, shared)
      const io = new SocketServer(server, { destroyUpgrade, destroyUpgradeTimeout: 20, serveClient: false })
      onTestFinished(() => void io.engine.close())
      onTestFinished(() => ours.close())
      const before = answers.length
      const jwt = `jwt.${Buffer.from('a').toString('base64url')}`
      const client = dial(`ws://127.0.0.1:${await listen(server)}/ws`, [jwt, V1])
      await until(() => expect(answers).toHaveLength(before + 1))
      return client
    }
    const kept = await ask(false)
    const cut = await ask(true) // later, so that its timer is the last one
    await until(() => expect(cut.closed?.[0]).toBe(1006))
    expect(kept.closed).toBeNull()
    for (const answer of answers) answer()
    await until(() => expect(kept.closed).toEqual([4401, 'jwt_invalid']))
  })
})

describe('graphql-ws on the same server', () => {
  const schema = new GraphQLSchema({
    query: new GraphQLObjectType({ name: 'Query', fields: { unused: { type: GraphQLString } } }),
  })
  const ACK = { type: 'connection_ack' }

  test('beside another WebSocketServer, both are routed by hand', async () => {
    const { shared, ticket } = arrange()
    const ours = createTicketSocketServer(shared)
    onTestFinished(() => ours.close())
    const theirs = new WebSocketServer({ noServer: true, handleProtocols: () => 'graphql-transport-ws' })
    const graphql = makeServer({ schema })
    const server = createServer().on('upgrade', (request, socket, head) => {
      if (!request.url?.startsWith('/graphql')) return ours.handleUpgrade(request, socket, head)
      theirs.handleUpgrade(request, socket, head, (webSocket) => {
        const closed = graphql.opened(
          {
            protocol: webSocket.protocol,
            send: (data) =>
              new Promise((resolve, reject) => webSocket.send(data, (error) => (error ? reject(error) : resolve()))),
            close: (code, reason) => webSocket.close(code, reason),
            onMessage: (listener) => void webSocket.on('message', (data) => listener(String(data))),
          },
          {},
        )
        webSocket.once('close', (code, reason) => closed(code, String(reason)))
      })
    })
    const port = await listen(server)
    const client = dial(`ws://127.0.0.1:${port}/graphql`, ['graphql-transport-ws'])
    await until(() => expect(client.protocol).toBe('graphql-transport-ws'))
    client.send({ type: 'connection_init' })
    await until(() => expect(client.messages).toEqual([ACK]))
    await openOurs(port, await ticket())
    client.close()
  })

  test('on a connection of ours, its frames pass by sendText and onText', async () => {
    const graphql = makeServer<Record<string, unknown>, { user: string | undefined }>({
      schema,
      onConnect: ({ extra }) => ({ you: extra.user }),
    })
    const { shared, ticket } = arrange()
    const server = createServer()
    const ours = attachTicketSocket(server, {
      ...shared,
      path: '/graphql',
      onConnection(connection, { socket }) {
        const closed = graphql.opened(
          {
            protocol: socket.protocol,
            send: (data) => connection.sendText(data),
            close: (code, reason) => connection.close(code, reason),
            onMessage: (listener) => void connection.onText((text) => listener(text)),
          },
          { user: connection.identity?.userId },
        )
        connection.onClose((code, reason) => void closed(code, reason))
      },
    })
    onTestFinished(() => ours.close())
    const port = await listen(server)
    const client = dial(`ws://127.0.0.1:${port}/graphql?ticket=${await ticket()}`, ['graphql-transport-ws'])
    await until(() => expect(client.protocol).toBe('graphql-transport-ws'))
    client.send({ type: 'connection_init' })
    await until(() => expect(client.messages).toEqual([{ ...ACK, payload: { you: 'alice' } }]))
  })
})

describe('Vite', () => {
  const inMiddleware = (server: ReturnType<typeof createServer>) =>
    createViteServer({
      root: tmpdir(),
      configFile: false,
      logLevel: 'silent',
      server: { middlewareMode: true, hmr: { server }, watch: null },
      optimizeDeps: { noDiscovery: true },
    })

  /** Connects as a page's HMR client does. */
  const openHmr = (vite: ViteDevServer, port: number) => {
    const { webSocketToken } = vite.config as unknown as { webSocketToken: string }
    return dial(`ws://127.0.0.1:${port}/?token=${webSocketToken}`, ['vite-hmr'])
  }

  test('as a middleware, with its HMR on the same server, leaves our path alone', async () => {
    const { shared, ticket } = arrange()
    const server = createServer()
    const ours = attachTicketSocket(server, shared)
    onTestFinished(() => ours.close())
    const vite = await inMiddleware(server)
    onTestFinished(() => vite.close())
    const port = await listen(server)
    const hmr = openHmr(vite, port)
    await until(() => expect(hmr.messages[0]).toEqual({ type: 'connected' }))
    await openOurs(port, await ticket())
  })

  test('as a proxy in front of us, with ws: true, passes everything on', async () => {
    const { shared, ticket } = arrange()
    const backend = createServer()
    const ours = attachTicketSocket(backend, shared)
    onTestFinished(() => ours.close())
    const backendPort = await listen(backend)
    const vite = await createViteServer({
      root: tmpdir(),
      configFile: false,
      logLevel: 'silent',
      server: {
        port: 0,
        host: '127.0.0.1',
        watch: null,
        proxy: { '/ws': { target: `ws://127.0.0.1:${backendPort}`, ws: true } },
      },
      optimizeDeps: { noDiscovery: true },
    })
    await vite.listen()
    onTestFinished(() => vite.close())
    const { port } = new URL(vite.resolvedUrls?.local[0] ?? '')
    const client = await openOurs(port, await ticket())
    client.send({ type: 'ts:ping', timestamp: 1 })
    await until(() => expect(client.messages.at(-1)).toEqual({ type: 'ts:pong', timestamp: 1 }))
    client.close()
  })
})
