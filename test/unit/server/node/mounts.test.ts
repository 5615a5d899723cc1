// Every way to mount the handler that a recipe shows, in the real package.

import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { getRequestListener, serve } from '@hono/node-server'
import { getConnInfo } from '@hono/node-server/conninfo'
import express from 'express'
import fastify from 'fastify'
import { Hono } from 'hono'
import { expect, onTestFinished, test } from 'vitest'
import { AuthTicketManager, createMemoryTicketStore, createTicketHandler } from '../../../../src/server/index.ts'
import { toNodeHandler } from '../../../../src/server/node/index.ts'
import { httpMount, type Mounted } from '../../../suites/http-mount.ts'

async function listen(server: Server): Promise<Mounted> {
  if (!server.listening) await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

httpMount('node:http', (handle) => {
  const serveTickets = toNodeHandler(handle)
  const theirs: RequestListener = (request, response) => {
    if (request.url !== '/app') response.statusCode = 404
    response.end('theirs')
  }
  return listen(createServer((request, response) => serveTickets(request, response, () => theirs(request, response))))
})

httpMount('Express 5', (handle) => {
  const app = express()
  app.use(toNodeHandler(handle))
  app.use(express.json())
  app.get('/app', (_request, response) => void response.send('theirs'))
  return listen(createServer(app))
})

httpMount('Fastify 5', async (handle) => {
  const app = fastify()
  app.register(async (scope) => {
    // The handler reads bodies itself, and says in its own words what is wrong with them.
    scope.removeAllContentTypeParsers()
    scope.addContentTypeParser('*', (_request, _payload, done) => done(null))
    scope.all('/websocket/*', toNodeHandler(handle))
  })
  app.get('/app', async () => 'theirs')
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  return {
    url,
    async close() {
      app.server.closeAllConnections()
      await app.close()
    },
  }
})

httpMount('Hono', async (handle) => {
  const app = new Hono()
  app.all('/websocket/*', (c) => handle(c.req.raw, { address: getConnInfo(c).remote.address }))
  app.get('/app', (c) => c.text('theirs'))
  const server = serve({ fetch: app.fetch, hostname: '127.0.0.1', port: 0 }) as Server
  if (!server.listening) await new Promise<void>((resolve) => server.once('listening', resolve))
  return listen(server)
})

// Next.js calls the function that is exported under the method's name, and answers 405 where there is none.
httpMount('the shape of a Next.js route', (handle) => {
  const route = (request: Request) => handle(request, { address: request.headers.get('x-real-ip') ?? undefined })
  const exported: Record<string, (request: Request) => Promise<Response>> = {
    DELETE: route,
    GET: route,
    OPTIONS: route,
    POST: route,
  }
  const next = async (request: Request) => {
    const { pathname } = new URL(request.url)
    if (pathname === '/app') return new Response('theirs')
    if (!pathname.startsWith('/websocket/')) return new Response(null, { status: 404 })
    return exported[request.method]?.(request) ?? new Response(null, { status: 405 })
  }
  return listen(createServer(getRequestListener(next)))
})

const tickets = () => ({
  tickets: new AuthTicketManager({ store: createMemoryTicketStore() }),
  verifyToken: () => ({ userId: 'alice', issuedAt: Date.now() }),
  websocketUrl: 'wss://api.example.com/ws',
})

async function buyFrom({ url, close }: Mounted, path: string) {
  onTestFinished(close)
  const headers = { authorization: 'Bearer jwt-a', 'content-type': 'application/json' }
  return fetch(`${url}${path}`, { method: 'POST', headers, body: '{"ttl_seconds":60}' })
}

test('in Express, a body that express.json() has read before is taken as it is', async () => {
  const app = express()
  app.use(express.json())
  app.use(toNodeHandler(createTicketHandler(tickets())))
  const answer = await buyFrom(await listen(createServer(app)), '/websocket/ticket')
  expect(await answer.json()).toMatchObject({ ttl_seconds: 60 })
})

test('in Express, below a router, the base path is the whole path', async () => {
  const app = express()
  const router = express.Router()
  router.use(toNodeHandler(createTicketHandler({ ...tickets(), basePath: '/api/v1/websocket' })))
  app.use('/api/v1', router)
  const answer = await buyFrom(await listen(createServer(app)), '/api/v1/websocket/ticket')
  expect(await answer.json()).toMatchObject({ ttl_seconds: 60 })
})

test('in Fastify, with its own parsers left in place, good bodies are taken', async () => {
  const app = fastify()
  app.all('/websocket/*', toNodeHandler(createTicketHandler(tickets())))
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  const answer = await buyFrom({ url, close: () => app.close() }, '/websocket/ticket')
  expect(await answer.json()).toMatchObject({ ttl_seconds: 60 })
})
