import { describe, expect, test, vi } from 'vitest'
import * as z from 'zod/mini'
import { createRequests, createTicketSocket, messageSchemas } from '../../../src/index.ts'
import { scenarios } from '../../../src/mock/index.ts'
import { sendControlFrame } from '../../../src/server/session.ts'
import type { Connection } from '../../../src/server/sessions.ts'
import { arrange as arrangePage } from '../../support/arrange.ts'

function arrange() {
  const page = arrangePage()
  const requests = createRequests(page.socket, { clock: page.clock })
  /** What became of a promise, without waiting for it. */
  const outcome = (promise: Promise<unknown>) => {
    const seen: { value?: unknown; code?: string } = {}
    promise.then(
      (value) => Object.assign(seen, { value }),
      ({ code }) => Object.assign(seen, { code }),
    )
    return seen
  }
  return { ...page, ...requests, outcome }
}

const ask = { type: 'ask' }

test.each([
  ['a text that was encoded before', '{"type":"ask"}'],
  ['null', null],
  ['nothing', undefined],
])('a request that is %s is refused at once: it could not be answered', async (_name, message) => {
  const page = arrange()
  await page.connect()
  await expect(page.request(message as never)).rejects.toMatchObject({
    code: 'invalid_message',
    message: expect.stringMatching(/^A request must be an object/),
  })
})

test('a request is answered by the frame whose reply_to is its id, in whatever order', async () => {
  const page = arrange()
  const asked: { id: unknown; n: unknown }[] = []
  page.backend.onMessage('ask', (message, connection) => {
    asked.push({ id: message.id, n: message.n })
    if (asked.length < 3) return
    for (const { id, n } of asked.reverse()) connection.send({ type: 'answer', reply_to: id, n })
  })
  await page.connect()
  const answers = Promise.all([1, 2, 3].map((n) => page.request<{ n: number }>({ ...ask, n } as typeof ask)))
  await page.clock.advance(100)
  expect((await answers).map(({ n }) => n)).toEqual([1, 2, 3])
  expect(page.clock.pending()).toBeLessThan(10)
})

test('one that is asked while connecting waits for the connection', async () => {
  const page = arrange()
  page.backend.onMessage('ask', ({ id }, connection) => connection.send({ type: 'answer', reply_to: id }))
  const seen = page.outcome(page.request(ask))
  await page.connect()
  expect(seen.value).toMatchObject({ type: 'answer' })
})

describe('a request that gets no answer ends in a typed error', () => {
  test('after its time', async () => {
    const page = arrange()
    await page.connect()
    const seen = page.outcome(page.request(ask, { timeoutMs: 500 }))
    await page.clock.advance(499)
    expect(seen).toEqual({})
    await page.clock.advance(1)
    expect(seen.code).toBe('timeout')
  })

  test('when its caller leaves', async () => {
    const page = arrange()
    await page.connect()
    const caller = new AbortController()
    const seen = page.outcome(page.request(ask, { signal: caller.signal }))
    caller.abort()
    await page.clock.settle()
    expect(seen.code).toBe('aborted')
    await expect(page.request(ask, { signal: caller.signal })).rejects.toMatchObject({ code: 'aborted' })
  })

  test('when the connection is lost after it was sent, and not when before', async () => {
    const page = arrange()
    await page.connect()
    const sent = page.outcome(page.request(ask))
    page.backend.dropConnections()
    await page.clock.advance(10)
    expect(sent.code).toBe('connection_lost')
    page.backend.onMessage('ask', ({ id }, connection) => connection.send({ type: 'answer', reply_to: id }))
    const queued = page.outcome(page.request(ask))
    await page.clock.advance(9_000)
    expect(queued.value).toMatchObject({ type: 'answer' })
  })

  test('when the user logs out, the socket closes, or requests are stopped', async () => {
    for (const end of ['handleLogout', 'close', 'stop'] as const) {
      const page = arrange()
      await page.connect()
      const seen = page.outcome(page.request(ask))
      if (end === 'handleLogout') page.auth.handleLogout()
      else if (end === 'close') page.socket.close()
      else page.stop()
      await page.clock.settle()
      expect(seen.code).toBe(end === 'stop' ? 'aborted' : 'connection_lost')
    }
  })

  test('when it cannot be sent', async () => {
    const page = arrange()
    await page.connect()
    await expect(page.request({ type: 'ask', n: 1n } as typeof ask)).rejects.toMatchObject({ code: 'invalid_message' })
    page.socket.close()
    await expect(page.request(ask)).rejects.toMatchObject({ code: 'aborted', retryable: false })
  })

  test('when it is cancelled while it waits: then it is not sent at all', async () => {
    const page = arrange()
    const received: unknown[] = []
    page.backend.onMessage('ask', (message) => {
      received.push(message)
    })
    const controller = new AbortController()
    const outcomes = [
      page.outcome(page.request(ask, { signal: controller.signal })),
      page.outcome(page.request(ask, { timeoutMs: 10 })),
    ]
    controller.abort()
    await page.clock.advance(100)
    await page.connect()
    expect(outcomes).toEqual([{ code: 'aborted' }, { code: 'timeout' }])
    expect(received).toEqual([])
  })

  test('when the socket gives up: with the reason for that', async () => {
    const page = arrangePage({ auth: { chain: ['ticket'] }, socket: { reconnect: { maxRetries: 0 } } })
    page.backend.use(scenarios.ticketEndpointDown)
    const { request } = createRequests(page.socket, { clock: page.clock })
    page.socket.connect()
    const outcome = request(ask, { timeoutMs: 60_000 }).catch((error: Error) => error)
    await page.clock.advance(50_000)
    expect(await outcome).toMatchObject({ code: 'retries_exhausted' })
  })

  test('when its session ends, sent or not', async () => {
    const page = arrange()
    await page.connect()
    const seen = page.outcome(page.request(ask))
    page.signIn('bob')
    await page.clock.advance(100)
    expect(seen).toEqual({ code: 'signed_out' })
  })

  test('when the answer is none, by the protocol or by its schema', async () => {
    const incoming = z.object({ type: z.literal('good') })
    for (const messages of [undefined, messageSchemas({ incoming })]) {
      const page = arrangePage({ socket: { ...(messages && { messages: messages as never }) } })
      const { request } = createRequests(page.socket, { clock: page.clock })
      const answer = (connection: Connection, reply_to: unknown) =>
        messages
          ? connection.send({ type: 'strange', reply_to })
          : sendControlFrame(connection, { type: 'ts:error', reply_to } as never)
      page.backend.onMessage('ask', ({ id }, connection) => answer(connection, id))
      await page.connect()
      const outcome = request(ask).catch((error: Error) => error)
      await page.clock.advance(100)
      expect(await outcome).toMatchObject({ code: 'invalid_message' })
    }
  })

  test('when requests were stopped: nothing is asked any more', async () => {
    const page = arrange()
    await page.connect()
    page.stop()
    await expect(page.request(ask)).rejects.toMatchObject({ code: 'aborted' })
  })

  test('in the server’s words without a credential, and on one line', async () => {
    const page = arrange()
    await page.connect()
    const jwt = page.session.jwt as string
    const seen = page.request(ask).catch((error: Error) => error)
    const message = `no\nERROR forged line, Bearer ${jwt}`
    const connection = page.backend.connections()[0] as Connection
    sendControlFrame(connection, { type: 'ts:error', code: 'x', message, reply_to: 'request-1' })
    await page.clock.advance(100)
    const { message: words } = (await seen) as Error
    expect(words).toContain('no ERROR forged line')
    expect(words).not.toContain(jwt)
    expect(JSON.stringify(page.told.find(([name]) => name === 'refused'))).not.toContain(jwt)
  })

  test('when the server refuses the frame', async () => {
    const page = arrange()
    page.backend.onMessage('ask', ({ id }, connection) =>
      sendControlFrame(connection, { type: 'ts:error', code: 'not_allowed', message: 'no', reply_to: id }),
    )
    await page.connect()
    const seen = page.outcome(page.request(ask))
    await page.clock.advance(10)
    expect(seen.code).toBe('invalid_message')
  })
})

test('a wrong deadline is refused by name', async () => {
  const page = arrange()
  expect(() => page.request(ask, { timeoutMs: Number.NaN })).toThrow('timeoutMs must be a positive number, got NaN')
})

test('two of them on one socket do not take each other’s answers', async () => {
  const { socket, backend, clock, connect } = arrange()
  await connect()
  const asked: unknown[] = []
  backend.onMessage('ask', (message) => void asked.push(message.id))
  const answers = [createRequests(socket, { clock }), createRequests(socket, { clock })].map(({ request }) =>
    request({ type: 'ask' }),
  )
  await clock.advance(10)
  for (const [n, id] of asked.entries()) backend.broadcast({ type: 'answer', n, reply_to: id })
  await clock.advance(10)
  expect((await Promise.all(answers)).map(({ n }) => n)).toEqual([0, 1])
})

describe('messages as an async iterable', () => {
  test('arrive in order, wait for a slow reader, and survive a reconnect', async () => {
    const { socket, backend, clock, connect } = arrange()
    await connect()
    const stream = socket.messages('tick')
    const first = stream.next()
    for (const n of [1, 2, 3]) backend.broadcast({ type: 'tick', n })
    await clock.advance(10)
    expect(await first).toMatchObject({ value: { n: 1 } })
    backend.dropConnections()
    await clock.advance(30_000)
    backend.broadcast({ type: 'tick', n: 4 })
    await clock.advance(10)
    const rest = [await stream.next(), await stream.next(), await stream.next()]
    expect(rest.map(({ value }) => value.n)).toEqual([2, 3, 4])
  })

  test('end when the loop is left, and when the socket is disposed of', async () => {
    const { socket, backend, clock, connect } = arrange()
    await connect()
    const left: unknown[] = []
    const loop = (async () => {
      for await (const message of socket.messages('tick')) {
        left.push(message.n)
        if (left.length === 2) break
      }
    })()
    await clock.settle()
    for (const n of [1, 2, 3]) backend.broadcast({ type: 'tick', n })
    await clock.advance(10)
    await loop
    expect(left).toEqual([1, 2])

    const waiting = socket.messages('tick').next()
    socket.dispose()
    expect(await waiting).toEqual({ value: undefined, done: true })
  })
})

describe('a request that cannot be sent says why', () => {
  const failure = (promise: Promise<unknown>) =>
    promise.then(
      () => expect.unreachable(),
      (error: unknown) => error,
    )

  test('in the words of its schema, and with the issues as the cause', async () => {
    const schema = z.object({ type: z.literal('ask'), list: z.array(z.object({ n: z.number() })), id: z.string() })
    const page = arrangePage()
    const socket = createTicketSocket({
      url: page.backend.wsUrl,
      auth: page.auth,
      platform: page.platform,
      messages: messageSchemas({ outgoing: schema }),
    })
    socket.connect()
    await page.clock.advance(1_000)
    const { request } = createRequests(socket, { clock: page.clock })
    const error = await failure(request({ type: 'ask', list: [{ n: 'one' }] } as never))
    expect(error).toMatchObject({
      code: 'invalid_message',
      message: expect.stringMatching(/^It was not sent: .* at list\.0\.n\. /),
      cause: [{ path: ['list', 0, 'n'], message: expect.any(String) }],
    })
    socket.dispose()
  })

  test('in the words of a schema that takes its time', async () => {
    const isFree = z.refine(async () => false, 'the name is taken')
    const page = arrangePage({ socket: { messages: messageSchemas({ outgoing: z.looseObject({}).check(isFree) }) } })
    await page.connect()
    const { request } = createRequests(page.socket, { clock: page.clock })
    const error = failure(request(ask))
    await page.clock.advance(10)
    expect(await error).toMatchObject({
      code: 'invalid_message',
      message: expect.stringMatching(/^It was not sent: the name is taken\. /),
      cause: [{ message: 'the name is taken' }],
    })
  })

  test('in words of its own where it cannot be serialised', async () => {
    const page = arrange()
    const error = await failure(page.request({ type: 'ask', n: 1n } as never))
    expect(error).toMatchObject({ code: 'invalid_message', message: expect.stringMatching(/BigInt.*\. [A-Z].*\.$/) })
  })
})

describe('a close with 1009', () => {
  test('rejects the largest request that was sent as message_too_large, and those beside it as lost', async () => {
    const page = arrange()
    await page.connect()
    const small = page.outcome(page.request(ask))
    const large = page.outcome(page.request({ ...ask, text: 'x'.repeat(500) } as typeof ask))
    const queued = page.outcome(page.request(ask, { timeoutMs: 60_000 }))
    page.backend.connections()[0]?.close(1009, '')
    await page.clock.advance(10)
    expect([small.code, large.code, queued.code]).toEqual(['connection_lost', 'message_too_large', 'connection_lost'])
  })

  test('leaves alone what waits for the next connection', async () => {
    const page = arrange()
    await page.connect()
    page.backend.connections()[0]?.close(1009, '')
    await page.clock.advance(10)
    const waiting = page.outcome(page.request(ask))
    await page.clock.advance(10)
    expect(waiting).toEqual({})
  })
})

test('when the connection is lost, a request that had waited and was sent is rejected, and one that still waits goes on', async () => {
  const page = arrangePage({ socket: { rateLimit: { perSecond: 0.1, burst: 1 } } })
  const { request } = createRequests(page.socket, { clock: page.clock })
  const codes: string[] = []
  for (const n of [1, 2]) {
    request({ ...ask, n } as typeof ask, { timeoutMs: 60_000 }).catch(({ code }) => codes.push(`${n}: ${code}`))
  }
  await page.connect()
  expect(page.state().queued).toBe(1)
  page.backend.dropConnections()
  await page.clock.advance(5)
  expect(codes).toEqual(['1: connection_lost'])
  expect(page.state().queued).toBe(1)
})

test('each message that leaves the outbox is looked up, and no other request is looked at for it', async () => {
  const { values } = Map.prototype
  let looks = 0
  vi.spyOn(Map.prototype, 'values').mockImplementation(function (this: Map<unknown, unknown>) {
    looks += this.size
    return values.call(this)
  })
  const looksOf = async (count: number, end: (page: ReturnType<typeof arrange>) => unknown) => {
    const page = arrange()
    const requests = Array.from({ length: count }, () => page.outcome(page.request(ask, { timeoutMs: 60_000 })))
    looks = 0
    await end(page)
    const counted = looks
    page.socket.close()
    await page.clock.settle()
    expect(requests.filter(({ code }) => code === undefined)).toEqual([])
    return counted / count
  }
  for (const end of [({ connect }) => connect(), ({ socket }) => socket.clearQueue()] satisfies Parameters<
    typeof looksOf
  >[1][]) {
    expect(await looksOf(100, end)).toBeLessThan(2)
  }
  vi.restoreAllMocks()
})
