// Requests as HTTP/2, a framework's inject() and other people's middleware make them.

import { createServer, type IncomingMessage } from 'node:http'
import {
  type ClientHttp2Stream,
  type ClientSessionOptions,
  connect,
  createServer as createHttp2Server,
  type Http2ServerRequest,
  type IncomingHttpHeaders,
} from 'node:http2'
import type { AddressInfo } from 'node:net'
import { gzipSync } from 'node:zlib'
import express, { type RequestHandler } from 'express'
import fastify from 'fastify'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import {
  AuthTicketManager,
  createMemoryTicketStore,
  createTicketHandler,
  type TicketHandlerOptions,
} from '../../../../src/server/index.ts'
import { toNodeHandler, type WebHandler } from '../../../../src/server/node/index.ts'
import { dialRaw, listen, until } from './serve.ts'

const PATH = '/websocket/ticket'
const ASKS_TO_READ = '{"permissions":["read"]}'
const JSON_HEADERS = { authorization: 'Bearer jwt-a', 'content-type': 'application/json' }

function arrange(options: Partial<TicketHandlerOptions> = {}) {
  const tickets = new AuthTicketManager({ store: createMemoryTicketStore() })
  const identity = { userId: 'alice', permissions: ['read', 'write'], issuedAt: Date.now() }
  const handle = createTicketHandler({ tickets, verifyToken: (jwt) => (jwt === 'jwt-a' ? identity : null), ...options })
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
  async function start(handler: WebHandler, before?: (request: Http2ServerRequest) => Promise<void>) {
    const handle = toNodeHandler(handler)
    const server = createHttp2Server(async (request, response) => {
      await before?.(request)
      handle(request, response)
    })
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

  test('what a middleware left of a body without Content-Length is taken where it is more than an empty object', async () => {
    const warned = vi.spyOn(console, 'warn').mockImplementation(() => {})
    const log = watchLog()
    onTestFinished(() => warned.mockRestore())
    const { handle, permissionsOf } = arrange()
    const left: unknown[] = []
    const { ask } = await start(handle, async (request) => {
      for await (const _ of request);
      Object.assign(request, { body: left.shift() })
    })
    const asked = { permissions: ['read'] }
    left.push(asked, {}, undefined, {}, {})
    expect(await permissionsOf((await ask(JSON_HEADERS, ASKS_TO_READ)).body)).toEqual(['read'])
    const doubtful = await ask(JSON_HEADERS, ASKS_TO_READ)
    expect([doubtful.status, doubtful.body.detail]).toEqual([400, expect.stringContaining('from an empty one (400)')])
    expect((await ask(JSON_HEADERS, ASKS_TO_READ)).status).toBe(500)
    expect(await permissionsOf((await ask({ ...JSON_HEADERS, 'content-length': '2' }, '{}')).body)).toEqual([
      'read',
      'write',
    ])
    expect(await permissionsOf((await ask(JSON_HEADERS, '')).body)).toEqual(['read', 'write'])
    expect([warned.mock.calls.length, log.mock.calls.length]).toEqual([1, 0])
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

  test('a client that cancels while it is served affects no other request', async () => {
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

  test('an empty object is what Fastify has parsed, also without a Content-Length', async () => {
    const warned = vi.spyOn(console, 'warn').mockImplementation(() => {})
    onTestFinished(() => warned.mockRestore())
    const { app, permissionsOf } = start()
    const port = Number(new URL(await app.listen({ port: 0, host: '127.0.0.1' })).port)
    const lines = Object.entries(JSON_HEADERS).map(([name, value]) => `${name}: ${value}\r\n`)
    const head = `POST ${PATH} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n${lines.join('')}`
    const seen = await dialRaw(port, `${head}\r\n2\r\n{}\r\n0\r\n\r\n`)
    await until(() => expect(seen.isClosed).toBe(true))
    expect(seen.answer).toMatch(/^HTTP\/1\.1 200 /)
    expect(await permissionsOf(JSON.parse(seen.answer.split('\r\n\r\n')[1] ?? ''))).toEqual(['read', 'write'])
    expect(warned).not.toHaveBeenCalled()
  })

  test.each([
    ['JSON', 'application/json', '""'],
    ['a parser of the app', 'text/plain', JSON.stringify({ permissions: ['read'] })],
  ])('an empty text that is left by %s is a 500, never an empty body', async (_, type, payload) => {
    const warned = vi.spyOn(console, 'warn').mockImplementation(() => {})
    onTestFinished(() => warned.mockRestore())
    const { app } = start()
    app.addContentTypeParser('text/plain', { parseAs: 'string' }, (_request, _text, done) => done(null, ''))
    const headers = { ...JSON_HEADERS, 'content-type': type }
    const answer = await app.inject({ method: 'POST', url: PATH, headers, payload })
    expect([answer.statusCode, answer.json().detail]).toEqual([500, expect.stringContaining('is lost (500)')])
  })

  test('a body that a hook has read and dropped is a 500, never an empty one', async () => {
    const warned = vi.spyOn(console, 'warn').mockImplementation(() => {})
    const log = watchLog()
    onTestFinished(() => warned.mockRestore())
    const { app } = start({ raw: true })
    app.addHook('onRequest', async ({ raw }) => {
      for await (const _ of raw);
    })
    const answer = await app.inject({ method: 'POST', url: PATH, headers: JSON_HEADERS, payload: ASKS_TO_READ })
    expect([answer.statusCode, answer.json().detail]).toEqual([500, expect.stringContaining('is lost (500)')])
    expect([warned.mock.calls.length, log.mock.calls.length]).toEqual([1, 0])
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

  const LOST =
    'The request body is lost (500): a middleware read it and did not leave all of it in request.body. Mount toNodeHandler ' +
    'before that middleware.'
  const LOST_OR_BLANK =
    'The request body is lost (500): a middleware read it and left an empty object, and Content-Length says that more was sent. ' +
    'Mount toNodeHandler before that middleware, or send an empty object as {}, without blanks.'
  const UNKNOWN =
    'The request body cannot be told from an empty one (400): a middleware read it and left an empty object or text, and no ' +
    'Content-Length of the plain body says how much was sent. Send Content-Length and no Content-Encoding, or no body, or ' +
    'mount toNodeHandler before that middleware.'

  /** A body without `Content-Length`. */
  async function askChunked(port: number, sent: string, headers: Record<string, string> = JSON_HEADERS) {
    const all = { Host: 'x', Connection: 'close', 'Transfer-Encoding': 'chunked', ...headers }
    const head = Object.entries(all).map((pair) => pair.join(': '))
    const chunk = sent === '' ? '' : `${sent.length.toString(16)}\r\n${sent}\r\n`
    const seen = await dialRaw(port, [`POST ${PATH} HTTP/1.1`, ...head, '', `${chunk}0\r\n\r\n`].join('\r\n'))
    await until(() => expect(seen.isClosed).toBe(true))
    const [head1 = '', body = ''] = seen.answer.split('\r\n\r\n')
    return { status: Number(head1.split(' ')[1]), body: body === '' ? null : JSON.parse(body) }
  }

  /** The console: nothing of it is a stack trace, and each handler says once what is wrong. */
  function expectOneWarning(text: string) {
    const errors = watchLog()
    const warned = vi.spyOn(console, 'warn').mockImplementation(() => {})
    onTestFinished(() => {
      const lines = [...warned.mock.calls]
      warned.mockRestore()
      expect([errors.mock.calls, lines]).toEqual([[], [[`ticket-socket: ${text}`]]])
    })
  }

  test.each<[string, RequestHandler[]]>([
    ['read whole', [swallow]],
    ['read in part', [peek]],
    ['read, and an empty text left in its place', [swallow, leave('')]],
    ['read, and empty bytes left in its place', [swallow, leave(Buffer.alloc(0))]],
    ['read, and a function left in its place', [swallow, leave(() => {})]],
    ['read, and what is no JSON left in its place', [swallow, leave({ metadata: { id: 1n } })]],
  ])('a body that was %s is a 500 with a remedy, never an empty body', async (_, before) => {
    expectOneWarning(LOST)
    const { ask } = await start(...before)
    const answer = { status: 500, body: { title: 'Internal Server Error', detail: LOST } }
    expect(await ask(JSON_HEADERS, ASKS_TO_READ)).toMatchObject(answer)
    expect(await ask(JSON_HEADERS, ASKS_TO_READ)).toMatchObject(answer)
  })

  test.each<[string, string, RequestHandler[]]>([
    ['was read, and an empty object left in its place', ASKS_TO_READ, [swallow, leave({})]],
    ['is an empty object with blanks, which its parser takes out', '{      }', [express.json()]],
  ])('a body that %s is a 500 that says what to send instead', async (_, sent, before) => {
    expectOneWarning(LOST_OR_BLANK)
    const { ask } = await start(...before)
    const answer = { status: 500, body: { title: 'Internal Server Error', detail: LOST_OR_BLANK } }
    expect(await ask(JSON_HEADERS, sent)).toMatchObject(answer)
  })

  test('a lost body is reported only to a client with a JWT that is below its limit', async () => {
    expectOneWarning(LOST)
    const { handle } = arrange({ limits: { address: { burst: 2, perMinute: 1 } } })
    const app = express().use(swallow, toNodeHandler(handle))
    const port = await listen(createServer(app))
    const ask = async (headers: Record<string, string>) =>
      (await fetch(`http://127.0.0.1:${port}${PATH}`, { method: 'POST', headers, body: ASKS_TO_READ })).status
    expect(await ask({ 'content-type': 'application/json' })).toBe(401)
    expect([await ask(JSON_HEADERS), await ask(JSON_HEADERS)]).toEqual([500, 429])
  })

  test.each<[string, number, RequestHandler[]]>([
    ['an empty object', 400, [swallow, leave({})]],
    ['an empty object by its parser', 400, [express.json()]],
    ['an empty text', 500, [swallow, leave('')]],
    ['nothing', 500, [swallow]],
  ])(
    'a body of unknown length that was read, and left as %s, is a %i that says what to do',
    async (_, status, before) => {
      const detail = status === 400 ? UNKNOWN : LOST
      expectOneWarning(detail)
      const { port } = await start(...before)
      const sent = before.length === 1 && status === 400 ? '{}' : ASKS_TO_READ
      expect(await askChunked(port, sent)).toMatchObject({ status, body: { detail } })
      expect(await askChunked(port, sent, { 'Content-Type': 'application/json' })).toMatchObject({ status: 401 })
    },
  )

  test('a compressed body of which an empty object is left is a 400', async () => {
    expectOneWarning(UNKNOWN)
    const { ask } = await start(express.json())
    const headers = { ...JSON_HEADERS, 'content-encoding': 'gzip' }
    expect(await ask(headers, gzipSync('{}'))).toMatchObject({ status: 400, body: { detail: UNKNOWN } })
  })

  test.each(['{}', '{}\n', '{ }', '{\r\n}'])(
    '%j, too short for an object with a member, is what its parser left',
    async (sent) => {
      const { ask, permissionsOf } = await start(express.json())
      expect(await permissionsOf((await ask(JSON_HEADERS, sent)).body)).toEqual(['read', 'write'])
    },
  )

  test('thousands of brackets that a parser has taken are a 422', async () => {
    const log = watchLog()
    const sent = `{"metadata":${'['.repeat(20_000)}${']'.repeat(20_000)}}`
    const { ask } = await start(express.json())
    expect(await ask(JSON_HEADERS, sent)).toMatchObject({
      status: 422,
      body: { detail: 'The request is nested too deeply.' },
    })
    expect((await ask({ 'content-type': 'application/json' }, sent)).status).toBe(401)
    expect(log).not.toHaveBeenCalled()
  })

  test('an empty request that it read is one, also without Content-Length', async () => {
    const { ask, port, permissionsOf } = await start(swallow, leave({}))
    expect(await permissionsOf((await ask(JSON_HEADERS)).body)).toEqual(['read', 'write'])
    const chunked = await askChunked(port, '')
    expect([chunked.status, await permissionsOf(chunked.body)]).toEqual([200, ['read', 'write']])
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
