// Requests as HTTP/2, a framework's inject() and other people's middleware make them.

import { createServer, type IncomingMessage } from 'node:http'
import {
  type ClientHttp2Stream,
  type ClientSessionOptions,
  connect,
  createServer as createHttp2Server,
  type IncomingHttpHeaders,
} from 'node:http2'
import type { AddressInfo } from 'node:net'
import { gzipSync } from 'node:zlib'
import express, { type RequestHandler } from 'express'
import fastify from 'fastify'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { AuthTicketManager, createMemoryTicketStore, createTicketHandler } from '../../../../src/server/index.ts'
import { toNodeHandler, type WebHandler } from '../../../../src/server/node/index.ts'
import { dialRaw, listen, until } from './serve.ts'

const PATH = '/websocket/ticket'
const ASKS_TO_READ = '{"permissions":["read"]}'
const JSON_HEADERS = { authorization: 'Bearer jwt-a', 'content-type': 'application/json' }

function arrange() {
  const tickets = new AuthTicketManager({ store: createMemoryTicketStore() })
  const identity = { userId: 'alice', permissions: ['read', 'write'], issuedAt: Date.now() }
  const handle = createTicketHandler({ tickets, verifyToken: (jwt) => (jwt === 'jwt-a' ? identity : null) })
  /** What the ticket of this answer may do. */
  const permissionsOf = async (body: unknown) =>
    (await tickets.consume((body as { ticket_id: string }).ticket_id))?.permissions
  return { handle, permissionsOf }
}

/** The lines of the log, and whether they hold this text. */
function watchLog() {
  const spy = vi.spyOn(console, 'error').mockImplementation(() => {})
  onTestFinished(() => spy.mockRestore())
  return spy
}

describe('over HTTP/2', () => {
  async function start(handler: WebHandler) {
    const server = createHttp2Server(toNodeHandler(handler))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const session = connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, {
      strictSingleValueFields: false, // an attacker sends what he likes
    } as ClientSessionOptions)
    onTestFinished(async () => {
      session.destroy()
      await new Promise((resolve) => server.close(resolve))
    })
    const open = (headers: Record<string, string | string[]>, body?: string) => {
      const stream = session.request(
        { ':path': PATH, ':method': 'POST', ...headers },
        { endStream: body === undefined },
      )
      if (body !== undefined) stream.end(body)
      return stream
    }
    return { open, ask: (headers: Record<string, string | string[]>, body?: string) => answerOf(open(headers, body)) }
  }

  async function answerOf(stream: ClientHttp2Stream) {
    const headers = await new Promise<IncomingHttpHeaders & { ':status'?: number }>((resolve, reject) => {
      stream.once('response', resolve)
      stream.once('error', reject)
    })
    let text = ''
    for await (const chunk of stream.setEncoding('utf8')) text += chunk
    return { status: headers[':status'], headers, text, body: text === '' ? null : JSON.parse(text) }
  }

  test('a ticket is issued, with the permissions that the body names', async () => {
    const { handle, permissionsOf } = arrange()
    const { ask } = await start(handle)
    const answer = await ask(JSON_HEADERS, ASKS_TO_READ)
    expect([answer.status, answer.headers['cache-control']]).toEqual([200, 'no-store'])
    expect(await permissionsOf(answer.body)).toEqual(['read'])
  })

  test('a request without a body is an empty one', async () => {
    const { handle, permissionsOf } = arrange()
    const { ask } = await start(handle)
    expect(await permissionsOf((await ask(JSON_HEADERS)).body)).toEqual(['read', 'write'])
    expect(await permissionsOf((await ask(JSON_HEADERS, '')).body)).toEqual(['read', 'write'])
  })

  test('two Authorization headers are no credential', async () => {
    const { handle } = arrange()
    const { ask } = await start(handle)
    const answer = await ask({ ...JSON_HEADERS, authorization: ['Bearer jwt-a', 'Bearer jwt-b'] })
    expect(answer.status).toBe(401)
  })

  test('a body that is too long gets its 413, although it is not read', async () => {
    const warned = vi.spyOn(process, 'emitWarning')
    onTestFinished(() => warned.mockRestore())
    const { handle } = arrange()
    const { ask } = await start(handle)
    expect((await ask({ ...JSON_HEADERS, 'content-length': '20000' }, ' '.repeat(20_000))).status).toBe(413)
    expect((await ask(JSON_HEADERS, ' '.repeat(20_000))).status).toBe(413)
    expect(warned).not.toHaveBeenCalled()
  })

  test('the method, path, headers and address arrive, and no pseudo-header', async () => {
    const { ask } = await start(async (request, context) =>
      Response.json({ url: request.url, headers: Object.fromEntries(request.headers), address: context?.address }),
    )
    expect((await ask({ 'x-one': 'two' })).body).toEqual({
      url: `http://localhost${PATH}`,
      headers: { 'x-one': 'two' },
      address: '127.0.0.1',
    })
  })

  test('a client that cancels while it is served harms nobody', async () => {
    const log = watchLog()
    const served: (() => void)[] = []
    const { open, ask } = await start(async (request) => {
      if (request.headers.has('x-slow')) await new Promise<void>((resolve) => served.push(resolve))
      return new Response('{}')
    })
    const cancelled = open({ 'x-slow': '1' })
    cancelled.on('error', () => {})
    await until(() => expect(served).toHaveLength(1))
    cancelled.close(8)
    await new Promise((resolve) => cancelled.once('close', resolve))
    expect((await ask({})).status).toBe(200) // the server has seen the end of the first by now
    served[0]?.()
    expect((await ask({})).status).toBe(200)
    expect(log).not.toHaveBeenCalled()
  })
})

describe('in fastify.inject()', () => {
  const start = (options: { raw?: boolean } = {}) => {
    const { handle, permissionsOf } = arrange()
    const app = fastify()
    app.register(async (scope) => {
      if (options.raw) {
        scope.removeAllContentTypeParsers()
        scope.addContentTypeParser('*', (_request, _payload, done) => done(null))
      }
      scope.all('/websocket/*', toNodeHandler(handle))
    })
    onTestFinished(() => app.close())
    return { app, permissionsOf }
  }

  test.each([{ raw: false }, { raw: true }])('a ticket is issued, with what the body names: %o', async (options) => {
    const { app, permissionsOf } = start(options)
    const answer = await app.inject({ method: 'POST', url: PATH, headers: JSON_HEADERS, payload: ASKS_TO_READ })
    expect([answer.statusCode, await permissionsOf(answer.json())]).toEqual([200, ['read']])
    const empty = await app.inject({ method: 'POST', url: PATH, headers: { authorization: 'Bearer jwt-a' } })
    expect([empty.statusCode, await permissionsOf(empty.json())]).toEqual([200, ['read', 'write']])
  })

  test('a header that no network could carry is a bad request, and stands in no log', async () => {
    const log = watchLog()
    const { app } = start()
    const headers = { authorization: 'Bearer €-secret' }
    expect((await app.inject({ method: 'POST', url: PATH, headers })).statusCode).toBe(400)
    expect(log).not.toHaveBeenCalled()
  })
})

describe('behind a middleware', () => {
  async function start(...before: RequestHandler[]) {
    const { handle, permissionsOf } = arrange()
    const app = express()
    for (const middleware of before) app.use(middleware)
    app.use(toNodeHandler(handle))
    const port = await listen(createServer(app))
    const ask = async (headers: Record<string, string>, sent: BodyInit | null = null) => {
      const answer = await fetch(`http://127.0.0.1:${port}${PATH}`, { method: 'POST', headers, body: sent })
      const text = await answer.text()
      const body = text === '' || text.startsWith('<') ? null : JSON.parse(text)
      return { status: answer.status, headers: answer.headers, body }
    }
    return { port, ask, permissionsOf }
  }

  const withJwt =
    (jwt: string): RequestHandler =>
    (request, _response, next) => {
      request.headers.authorization = `Bearer ${jwt}`
      next()
    }

  test('a header that it set is read, also in the place of one that was sent', async () => {
    const { ask } = await start(withJwt('jwt-a'))
    expect((await ask({})).status).toBe(200)
    expect((await ask({ authorization: 'Basic c3RhZ2luZw==' })).status).toBe(200)
  })

  test('a header that it removed is not read', async () => {
    const { ask } = await start((request, _response, next) => {
      delete request.headers.authorization
      next()
    })
    expect((await ask(JSON_HEADERS)).status).toBe(401)
  })

  test.each(['authorization', 'Authorization'])(
    'two credentials are none, though it set one of them as %s',
    async (name) => {
      const { port } = await start((request, _response, next) => {
        if (name === 'Authorization') request.headers[name] = 'Bearer jwt-a'
        next()
      })
      const sent = ['Bearer jwt-a', ...(name === 'authorization' ? ['Bearer jwt-b'] : [])]
      const lines = sent.map((value) => `Authorization: ${value}\r\n`).join('')
      const seen = await dialRaw(port, `POST ${PATH} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${lines}\r\n`)
      await until(() => expect(seen.answer).toMatch(/^HTTP\/1\.1 401 /))
    },
  )

  const swallow: RequestHandler = async (request, _response, next) => {
    for await (const _ of request);
    next()
  }
  const peek: RequestHandler = (request, _response, next) => void request.once('data', () => next())
  const leave =
    (body: unknown): RequestHandler =>
    (request, _response, next) => {
      request.body = body
      next()
    }

  test.each<[string, RequestHandler[]]>([
    ['read whole', [swallow]],
    ['read in part', [peek]],
    ['read, and an empty object left in its place', [swallow, leave({})]],
    ['read, and an empty text left in its place', [swallow, leave('')]],
    ['read, and empty bytes left in its place', [swallow, leave(Buffer.alloc(0))]],
    ['read, and a function left in its place', [swallow, leave(() => {})]],
  ])('a body that was %s is a 500 that says what to do, never an empty body', async (_, before) => {
    const log = watchLog()
    const { ask } = await start(...before)
    expect(await ask(JSON_HEADERS, ASKS_TO_READ)).toMatchObject({ status: 500, body: null })
    expect(log).toHaveBeenCalledOnce()
    expect(String(log.mock.calls[0]?.[0])).toBe(
      'LostBodyError: The request body was read before toNodeHandler and is not in request.body. Mount toNodeHandler before ' +
        'the middleware that reads it, or leave the parsed body in request.body.',
    )
  })

  test.each<[string, RequestHandler[]]>([
    ['an empty object', [swallow, leave({})]],
    ['an empty text', [swallow, leave('')]],
  ])('a body of unknown length that was read, and left as %s, is a 500 as well', async (_, before) => {
    const log = watchLog()
    const { port } = await start(...before)
    const head = `POST ${PATH} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer jwt-a\r\n`
    const chunk = `${ASKS_TO_READ.length.toString(16)}\r\n${ASKS_TO_READ}\r\n0\r\n\r\n`
    const seen = await dialRaw(
      port,
      `${head}Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n${chunk}`,
    )
    await until(() => expect(seen.answer).toMatch(/^HTTP\/1\.1 500 /))
    expect(log).toHaveBeenCalledOnce()
  })

  test('an empty request that it read is one', async () => {
    const { ask, permissionsOf } = await start(swallow)
    expect(await permissionsOf((await ask(JSON_HEADERS)).body)).toEqual(['read', 'write'])
  })

  test.each<[string, RequestHandler[]]>([
    ['parsed to an object', [express.json()]],
    ['kept as bytes', [express.raw({ type: '*/*' })]],
    ['kept as text', [express.text({ type: '*/*' })]],
    // As the parsers of Express 4 do for a type that is not theirs.
    ['left unread beside an empty object', [express.urlencoded(), leave({})]],
  ])('a body that was %s is taken as it was sent', async (_, before) => {
    const { ask, permissionsOf } = await start(...before)
    expect(await permissionsOf((await ask(JSON_HEADERS, ASKS_TO_READ)).body)).toEqual(['read'])
    expect(await permissionsOf((await ask(JSON_HEADERS, '{}')).body)).toEqual(['read', 'write'])
    expect((await ask(JSON_HEADERS, 'null')).status).toBeGreaterThanOrEqual(400)
    expect((await ask({ ...JSON_HEADERS, 'content-type': 'text/plain' }, ASKS_TO_READ)).status).toBe(415)
  })

  test('a compressed body is taken where a parser unpacked it, and refused where none did', async () => {
    const headers = { ...JSON_HEADERS, 'content-encoding': 'gzip' }
    const body = gzipSync(ASKS_TO_READ)
    const parsed = await start(express.json())
    expect(await parsed.permissionsOf((await parsed.ask(headers, body)).body)).toEqual(['read'])
    const plain = await start()
    const refused = await plain.ask(headers, body)
    expect([refused.status, refused.headers.get('accept-encoding')]).toEqual([415, 'identity'])
    const identity = await plain.ask({ ...JSON_HEADERS, 'content-encoding': 'identity' }, ASKS_TO_READ)
    expect(await plain.permissionsOf(identity.body)).toEqual(['read'])
  })

  test('a form that was parsed to an object is still no JSON', async () => {
    const { ask } = await start(express.urlencoded())
    const headers = { ...JSON_HEADERS, 'content-type': 'application/x-www-form-urlencoded' }
    expect((await ask(headers, 'permissions=read')).status).toBe(415)
  })

  test('cookies that it set stay', async () => {
    const app = express()
    app.use((_request, response, next) => {
      response.setHeader('set-cookie', 'session=1')
      next()
    })
    app.use(toNodeHandler(async () => new Response(null, { headers: [['set-cookie', 'a=1']] })))
    const port = await listen(createServer(app))
    expect((await fetch(`http://127.0.0.1:${port}/`)).headers.getSetCookie()).toEqual(['session=1', 'a=1'])
  })

  test('what else the answer depends on stays in Vary', async () => {
    const { ask } = await start((_request, response, next) => {
      response.vary('Accept-Encoding')
      next()
    })
    expect((await ask(JSON_HEADERS)).headers.get('vary')).toBe('Accept-Encoding, Origin')
  })

  test('a client that went away before it was done is not served, and in no log', async () => {
    const log = watchLog()
    const handler = vi.fn(async () => new Response())
    const waiting: { request: IncomingMessage; next(): void }[] = []
    const handle = toNodeHandler(async (request) => {
      await request.text().catch(() => 'cut off')
      return handler()
    })
    const port = await listen(
      createServer((request, response) => {
        waiting.push({ request, next: () => handle(request, response) })
      }),
    )
    const seen = await dialRaw(port, 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{')
    await until(() => expect(waiting).toHaveLength(1))
    seen.socket.resetAndDestroy()
    await until(() => expect(waiting[0]?.request.readableAborted).toBe(true))
    waiting[0]?.next()
    await until(() => expect(handler).toHaveBeenCalledOnce())
    expect(log).not.toHaveBeenCalled()
  })
})
