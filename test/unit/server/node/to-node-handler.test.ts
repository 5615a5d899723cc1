import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { connect } from 'node:net'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { type NodeHandlerOptions, toNodeHandler, type WebHandler } from '../../../../src/server/node/to-node-handler.ts'
import { dialRaw, listen, serve, until } from './serve.ts'

interface Mount {
  options?: NodeHandlerOptions
  /** What stands before the handler, as a framework would. */
  before?: (request: IncomingMessage & { body?: unknown; originalUrl?: string }) => Promise<void> | void
}

/** Answers with what it was asked. */
const mirror: WebHandler = async (request, context) =>
  Response.json({
    method: request.method,
    url: request.url,
    headers: Object.fromEntries(request.headers),
    body: await request.text(),
    address: context?.address ?? null,
  })

async function mount(handler: WebHandler, { options, before }: Mount = {}) {
  const handle = toNodeHandler(handler, options)
  const port = await listen(
    createServer(async (request, response) => {
      await before?.(request)
      handle(request, response)
    }),
  )
  return { port, http: `http://127.0.0.1:${port}` }
}

const bodyOf = async (request: IncomingMessage) => {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}

test('hands over method, path, query, headers, body and address', async () => {
  const { http } = await mount(mirror)
  const headers = { 'content-type': 'text/plain', 'x-one': 'two' }
  const answer = await fetch(`${http}/a%20b/c?d=e&d=f`, { method: 'POST', headers, body: 'Grüße' })
  expect(await answer.json()).toMatchObject({
    method: 'POST',
    url: 'http://localhost/a%20b/c?d=e&d=f',
    headers,
    body: 'Grüße',
    address: '127.0.0.1',
  })
})

test('believes neither the host nor a forwarded address, unless the owner does', async () => {
  const headers = { host: 'evil.example', 'x-forwarded-for': '203.0.113.9', 'x-forwarded-host': 'evil.example' }
  const ask = async (port: number) => {
    const seen = await dialRaw(
      port,
      `GET / HTTP/1.1\r\n${Object.entries(headers)
        .map((pair) => pair.join(': '))
        .join('\r\n')}\r\n\r\n`,
    )
    await until(() => expect(seen.answer).toMatch(/\}$/))
    return JSON.parse(seen.answer.split('\r\n\r\n')[1] ?? '') as { url: string; address: string }
  }
  const plain = await mount(mirror)
  expect(await ask(plain.port)).toMatchObject({ url: 'http://localhost/', address: '127.0.0.1' })
  const clientAddress = (request: IncomingMessage) => String(request.headers['x-forwarded-for'])
  const behindProxy = await mount(mirror, { options: { clientAddress } })
  expect(await ask(behindProxy.port)).toMatchObject({ address: '203.0.113.9' })
})

test('counts the peer where the owner reads no address, warns once, and leaves out ports, blanks and brackets', async () => {
  const warned = vi.spyOn(console, 'warn').mockImplementation(() => {})
  onTestFinished(() => warned.mockRestore())
  const { http } = await mount(mirror, {
    options: { clientAddress: ({ headers }) => headers['x-real-ip'] as string | undefined },
  })
  const ask = async (header?: string) => {
    const answer = await fetch(http, { headers: header === undefined ? {} : { 'x-real-ip': header } })
    return ((await answer.json()) as { address: string }).address
  }
  expect(await ask(' 203.0.113.9:4711 ')).toBe('203.0.113.9')
  expect(await ask('[2001:DB8::1]:4711')).toBe('2001:db8::1')
  expect(warned).not.toHaveBeenCalled()
  expect([await ask(), await ask(''), await ask('203.0.113.9, 198.51.100.1')]).toEqual(Array(3).fill('127.0.0.1'))
  expect(warned).toHaveBeenCalledTimes(1)
})

test('hands back status, headers and body', async () => {
  const handler: WebHandler = async () =>
    new Response('no', {
      status: 418,
      headers: [
        ['x-a', '1'],
        ['vary', 'Origin'],
      ],
    })
  const { http } = await mount(handler)
  const answer = await fetch(http)
  expect([answer.status, answer.headers.get('x-a'), answer.headers.get('vary'), await answer.text()]).toEqual([
    418,
    '1',
    'Origin',
    'no',
  ])
})

test('hands back every cookie', async () => {
  const { http } = await mount(
    async () =>
      new Response(null, {
        headers: [
          ['set-cookie', 'a=1'],
          ['set-cookie', 'b=2'],
        ],
      }),
  )
  expect((await fetch(http)).headers.getSetCookie()).toEqual(['a=1', 'b=2'])
})

test('keeps the connection for the next request', async () => {
  const { http } = await mount(mirror)
  expect((await fetch(http, { method: 'POST', body: 'x' })).headers.get('connection')).toBe('keep-alive')
})

describe('a body that another handler parsed before', () => {
  test.each<[string, (body: Buffer) => unknown]>([
    ['as an object', (body) => JSON.parse(String(body))],
    ['as text', String],
    ['as bytes', (body) => body],
  ])('%s is taken as it is', async (_, parse) => {
    const { http } = await mount(mirror, {
      before: async (request) => {
        request.body = parse(await bodyOf(request))
      },
    })
    const answer = await fetch(http, { method: 'POST', body: '{"ttl_seconds":60}' })
    expect(((await answer.json()) as { body: string }).body).toBe('{"ttl_seconds":60}')
  })

  test('where there was none, is none: some parsers leave an empty object', async () => {
    const { http } = await mount(mirror, {
      before: (request) => {
        request.body = {}
      },
    })
    expect(((await (await fetch(http, { method: 'POST' })).json()) as { body: string }).body).toBe('')
  })
})

describe('in Express', () => {
  const matching = (matches: (pathname: string) => boolean): WebHandler =>
    Object.assign((request: Request) => mirror(request), { matches })

  test('the whole path counts, also below a mount point', async () => {
    const { http } = await mount(mirror, {
      before: (request) => {
        request.originalUrl = `/api${request.url}`
      },
    })
    expect(await (await fetch(`${http}/websocket/ticket?a=b`)).json()).toMatchObject({
      url: 'http://localhost/api/websocket/ticket?a=b',
    })
  })

  test('what is not the handler’s goes on to the next one', async () => {
    const next = vi.fn((_request: IncomingMessage, response: ServerResponse) => response.end('theirs'))
    const handle = toNodeHandler(matching((pathname) => pathname === '/ours'))
    const port = await listen(
      createServer((request, response) => handle(request, response, () => next(request, response))),
    )
    expect(await (await fetch(`http://127.0.0.1:${port}/other?x=/ours`)).text()).toBe('theirs')
    expect(await (await fetch(`http://127.0.0.1:${port}/ours`)).json()).toMatchObject({ method: 'GET' })
    expect(next).toHaveBeenCalledOnce()
  })
})

test('in Fastify, the raw halves and the parsed body are found', async () => {
  const hijack = vi.fn()
  const handle = toNodeHandler(mirror)
  const port = await listen(
    createServer(async (raw, response) => {
      const body: unknown = JSON.parse(String(await bodyOf(raw)))
      handle({ raw, body }, { raw: response, hijack })
    }),
  )
  const answer = await fetch(`http://127.0.0.1:${port}/websocket/ticket`, { method: 'POST', body: '{"a":1}' })
  expect(await answer.json()).toMatchObject({ url: 'http://localhost/websocket/ticket', body: '{"a":1}' })
  expect(hijack).toHaveBeenCalledOnce()
})

test.each([
  ['GET http://[ HTTP/1.1', 400],
  ['GET * HTTP/1.1', 400],
  ['TRACE / HTTP/1.1', 405],
  ['GET http://elsewhere.example/x HTTP/1.1', 200],
  ['GET //elsewhere.example/x HTTP/1.1', 200],
])('answers the request line %j with %i', async (line, status) => {
  const { port } = await mount(mirror)
  const seen = await dialRaw(port, `${line}\r\nHost: x\r\nConnection: close\r\n\r\n`)
  await until(() => expect(seen.isClosed).toBe(true))
  expect(seen.answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `))
})

test('a handler that rejects is a 500, and the next request is served', async () => {
  const reported = vi.spyOn(console, 'error').mockImplementation(() => {})
  const { http } = await mount(async (request) => {
    if (request.url.endsWith('/bad')) throw new Error('mine')
    return new Response('good')
  })
  const bad = await fetch(`${http}/bad`)
  const detail = 'The server failed. Try again later.'
  expect([bad.status, await bad.json()]).toMatchObject([500, { status: 500, detail }])
  expect(await (await fetch(`${http}/good`)).text()).toBe('good')
  expect(reported).toHaveBeenCalledOnce()
  reported.mockRestore()
})

test('what it refuses by itself is a problem with the headers of every answer', async () => {
  const { port } = await mount(mirror)
  for (const line of ['GET * HTTP/1.1', 'TRACE / HTTP/1.1']) {
    const seen = await dialRaw(port, `${line}\r\nHost: x\r\nConnection: close\r\n\r\n`)
    await until(() => expect(seen.isClosed).toBe(true))
    for (const header of [
      'content-type: application/problem+json',
      'cache-control: no-store',
      'nosniff',
      'no-referrer',
    ])
      expect(seen.answer).toContain(header)
  }
})

test('a handler of the app’s own that reads a lost body answers with what is wrong; one that does not read it is served', async () => {
  const warned = vi.spyOn(console, 'warn').mockImplementation(() => {})
  const reported = vi.spyOn(console, 'error').mockImplementation(() => {})
  onTestFinished(() => void vi.restoreAllMocks())
  const handler: WebHandler = async (request) =>
    new Response(request.url.endsWith('/read') ? await request.text() : 'served')
  const { http } = await mount(handler, { before: async (request) => void (await bodyOf(request)) })
  const lost = await fetch(`${http}/read`, { method: 'POST', body: '{"a":1}' })
  expect([lost.status, await lost.json()]).toMatchObject([500, { detail: expect.stringContaining('is lost (500)') }])
  const unread = await fetch(http, { method: 'POST', body: '{"a":1}' })
  expect([unread.status, await unread.text()]).toEqual([200, 'served'])
  expect([warned.mock.calls.length, reported.mock.calls.length]).toEqual([1, 0])
})

describe('with the ticket endpoints behind it', () => {
  test('a ticket is issued over HTTP and opens a connection', async () => {
    const { http, sign, tickets } = await serve()
    const headers = { authorization: `Bearer ${sign('alice')}`, 'content-type': 'application/json' }
    const answer = await fetch(`${http}/websocket/ticket`, { method: 'POST', headers, body: '{"ttl_seconds":60}' })
    expect([answer.status, answer.headers.get('cache-control')]).toEqual([200, 'no-store'])
    const { ticket_id } = (await answer.json()) as { ticket_id: string }
    expect(await tickets.consume(ticket_id)).toMatchObject({ userId: 'alice' })
  })

  test('a body that is too long gets its 413, although it is not read', async () => {
    const { port, sign } = await serve()
    const head = `POST /websocket/ticket HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${sign('alice')}\r\nContent-Type: application/json\r\n`
    const announced = await dialRaw(port, `${head}Content-Length: 100000000\r\n\r\n{`)
    const streamed = await dialRaw(port, `${head}Transfer-Encoding: chunked\r\n\r\n8000\r\n${' '.repeat(0x8000)}\r\n`)
    for (const seen of [announced, streamed]) {
      await until(() => expect(seen.answer).toMatch(/^HTTP\/1\.1 413 .*connection: close/is))
      await until(() => expect(seen.isClosed).toBe(true))
    }
  })

  test('a client that disconnects in the middle of its body affects no other request', async () => {
    const { port, http, sign, verified, watch } = await serve()
    const socket = connect(port, '127.0.0.1')
    socket.on('error', () => {})
    const head = `POST /websocket/ticket HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${sign('alice')}\r\nContent-Type: application/json\r\n`
    await new Promise<void>((resolve) => socket.write(`${head}Content-Length: 100\r\n\r\n{"ttl`, () => resolve()))
    await until(() => expect(verified).toHaveLength(1)) // it is being served
    socket.resetAndDestroy()
    const answer = await fetch(`${http}/websocket/tickets/status`)
    expect(answer.status).toBe(200)
    expect(watch.calls).not.toContain('put')
  })

  test('two Authorization headers are no credential', async () => {
    const { port, sign } = await serve()
    const seen = await dialRaw(
      port,
      `POST /websocket/ticket HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer ${sign('alice')}\r\nAuthorization: Bearer ${sign('bob')}\r\n\r\n`,
    )
    await until(() => expect(seen.answer).toMatch(/^HTTP\/1\.1 401 /))
  })
})

test('refuses a handler that is none', () => {
  expect(() => toNodeHandler(undefined as never)).toThrow(new TypeError('handler must be a function, got undefined'))
  expect(() => toNodeHandler(mirror, { clientAddress: 7 as never })).toThrow(
    new TypeError('clientAddress must be a function, got 7'),
  )
})
