// A codec of the app's own, on the client: any frame becomes messages, any message a frame.

import { describe, expect, test, vi } from 'vitest'
import * as z from 'zod/mini'
import { type Codec, createRequests, createTicketSocket, messageSchemas } from '../../../src/index.ts'
import { scenarios } from '../../../src/mock/index.ts'
import type { Connection } from '../../../src/server/index.ts'
import { sendFrame } from '../../../src/server/session.ts'
import { arrange as arrangePage } from '../../support/arrange.ts'

interface Line {
  type: string
  [field: string]: unknown
}

/** Lines of text, several in a frame: `chat a=1`. What begins with `#` is no message, a line without a word is an error. */
const lines: Codec<Line, Line> = {
  decode(frame) {
    if (typeof frame !== 'string' || frame.startsWith('#')) return null
    return frame
      .split('\n')
      .filter(Boolean)
      .map((line) => {
        const [type, ...fields] = line.split(' ')
        if (!type) throw new SyntaxError(`no word in ${JSON.stringify(line)}`)
        return { type, ...Object.fromEntries(fields.map((field) => field.split('='))) }
      })
  },
  encode({ type, ...fields }) {
    return [type, ...Object.entries(fields).map(([name, value]) => `${name}=${value}`)].join(' ')
  },
}

/** Bytes: the first is the message's number. */
const bytes: Codec<{ type: 'number'; n: number }, { type: 'number'; n: number }> = {
  decode: (frame) => (typeof frame === 'string' ? null : { type: 'number', n: frame[0] ?? -1 }),
  encode: ({ n }) => new Uint8Array([n]),
}

type Options = Parameters<typeof arrangePage>[0]

function arrange(codec: Codec<never, never> | undefined, options: Options = {}) {
  const atServer: unknown[] = []
  const onConnection = (connection: Connection) => {
    connection.onText((text) => atServer.push(text))
    connection.onBinary((data) => atServer.push([...data]))
  }
  const page = arrangePage({
    ...options,
    socket: { codec: codec as never, ...options?.socket },
    backend: { ...options?.backend, onConnection },
  })
  const heard: unknown[] = []
  page.socket.on('message', (message) => heard.push(message))
  page.socket.on('binary', (data) => heard.push(['binary', ...new Uint8Array(data as ArrayBuffer)]))
  page.socket.on('invalidMessage', (invalid) => heard.push(invalid))
  /** A frame as it stands on the wire. */
  const say = async (...frames: (string | Uint8Array)[]) => {
    for (const frame of frames) sendFrame(page.backend.connections()[0] as Connection, frame)
    await page.clock.advance(10)
  }
  return { ...page, atServer, heard, say }
}

describe.each([
  ['ticket-socket.v1', false],
  ['a server that does not speak it', true],
])('on %s', (_name, isPlain) => {
  const open = async (codec: Codec<never, never>) => {
    const page = arrange(codec)
    if (isPlain) page.backend.use(scenarios.plainServer)
    await page.connect()
    return page
  }

  test('a text frame becomes one message, several, or none', async () => {
    const page = await open(lines as never)
    const chats: unknown[] = []
    page.socket.onMessage('chat', (message) => chats.push(message))
    await page.say('chat a=1', 'chat a=2\nnews b=3', '# a comment', '')
    expect(page.heard).toEqual([
      { type: 'chat', a: '1' },
      { type: 'chat', a: '2' },
      { type: 'news', b: '3' },
    ])
    expect(chats).toHaveLength(2)
    expect(page.state().status).toBe('open')
  })

  test('a message becomes a text frame', async () => {
    const page = await open(lines as never)
    expect(page.socket.send({ type: 'chat', a: 1 })).toEqual({ status: 'sent' })
    await page.clock.advance(10)
    expect(page.atServer).toEqual(['chat a=1'])
  })

  test('bytes become messages, and messages bytes', async () => {
    const page = await open(bytes as never)
    await page.say(new Uint8Array([7, 1]))
    page.socket.send({ type: 'number', n: 8 })
    await page.clock.advance(10)
    expect([page.heard, page.atServer]).toEqual([[{ type: 'number', n: 7 }], [[8]]])
  })

  test('a binary frame that decode leaves alone is a binary event, in its place', async () => {
    const page = await open(lines as never)
    await page.say('one', new Uint8Array([1, 2]), 'two')
    expect(page.heard).toEqual([{ type: 'one' }, ['binary', 1, 2], { type: 'two' }])
  })

  test('bytes that the app sends go past the codec', async () => {
    const page = await open(lines as never)
    page.socket.send(new Uint8Array([1, 2]))
    page.socket.send(new Blob(['a']))
    await page.clock.advance(100)
    expect(page.atServer).toEqual([[1, 2], [97]])
  })

  test('a decode that throws is an invalidMessage with the frame, and delivers nothing of it', async () => {
    const page = await open(lines as never)
    await page.say('good\n no-word', 'next')
    expect(page.heard).toEqual([
      { reason: 'codec', issues: [{ message: 'no word in " no-word"', path: [] }], frame: 'good\n no-word' },
      { type: 'next' },
    ])
    expect(page.state().status).toBe('open')
  })

  test('a binary frame that cannot be decoded comes with its bytes', async () => {
    const page = await open({ decode: () => fail(), encode: () => '' })
    await page.say(new Uint8Array([1, 2]))
    const [{ frame }] = page.heard as [{ frame: ArrayBuffer }]
    expect([...new Uint8Array(frame)]).toEqual([1, 2])
  })
})

const fail = (): never => {
  throw new Error('not today')
}

test('what decode throws is shown without anything that looks like a credential', async () => {
  const page = arrange({
    decode(frame: string | Uint8Array) {
      throw new Error(`cannot read ${frame}\nERROR forged`)
    },
    encode: () => '',
  })
  await page.connect()
  await page.say(`Bearer ${page.session.jwt}`)
  const [{ issues }] = page.heard as [{ issues: { message: string }[] }]
  expect(issues[0]?.message).toBe('cannot read Bearer [jwt] ERROR forged')
})

describe('frames of the protocol', () => {
  test('are taken first where it was negotiated: decode sees none, and the connection lives by them', async () => {
    const decode = vi.fn<(frame: string | Uint8Array) => null>(() => null)
    const page = arrange({ decode, encode: () => '' })
    await page.connect()
    await page.say(
      '{"type":"ts:ping","timestamp":1}',
      '{"\\u0074ype":"\\u0074s:ping","timestamp":2}',
      '{"type":"ping"}',
    )
    await page.clock.advance(120_000)
    expect(decode.mock.calls).toEqual([['{"type":"ping"}']])
    expect(page.state()).toMatchObject({ status: 'open', rttMs: expect.any(Number) })
  })

  test('are the app’s where it was not negotiated', async () => {
    const decode = vi.fn<(frame: string | Uint8Array) => null>(() => null)
    const page = arrange({ decode, encode: () => '' })
    page.backend.use(scenarios.plainServer)
    await page.connect()
    await page.say('{"type":"ts:ping","timestamp":1}')
    expect(decode.mock.calls).toEqual([['{"type":"ts:ping","timestamp":1}']])
  })

  test('a binary frame is never one', async () => {
    const page = arrange({
      decode: (frame: string | Uint8Array) => (typeof frame === 'string' ? null : { type: 'b' }) as never,
      encode: () => '',
    })
    await page.connect()
    await page.say(new TextEncoder().encode('{"type":"ts:ping","timestamp":1}'))
    expect(page.heard).toEqual([{ type: 'b' }])
  })
})

describe('what a codec does wrong', () => {
  test.each<[name: string, encode: () => unknown, words: RegExp]>([
    ['throws', () => fail(), /^not today$/],
    ['returns a number', () => 7, /must become a string or bytes/],
    ['returns nothing', () => undefined, /must become a string or bytes/],
    ['returns a Promise', async () => 'later', /must become a string or bytes, and at once/],
    ['returns a Promise that rejects', () => Promise.reject(new Error('x')), /must become a string or bytes/],
    ['returns shared memory', () => new SharedArrayBuffer(1), /^Shared memory cannot be sent/],
  ])('encode %s: the message is dropped with words, and nothing is thrown', async (_name, encode, words) => {
    const page = arrange({ decode: () => null, encode: encode as () => string })
    await page.connect()
    expect(page.socket.send({ type: 'chat' })).toEqual({
      status: 'dropped',
      reason: 'invalid',
      issues: [{ message: expect.stringMatching(words), path: [] }],
    })
  })

  test('decode returns a Promise: the frame is invalid, and says so', async () => {
    const page = arrange({ decode: (async () => ({ type: 'late' })) as never, encode: () => '' })
    await page.connect()
    await page.say('frame')
    expect(page.heard).toEqual([
      { reason: 'codec', issues: [{ message: expect.stringMatching(/no Promise\.$/), path: [] }], frame: 'frame' },
    ])
  })

  test.each([[{ decode: () => null }], [{ encode: () => '' }], [() => null], ['json'], [null]])(
    '%j is no codec, and is refused by name when the socket is made',
    (codec) => {
      const { auth, backend } = arrangePage()
      expect(() => createTicketSocket({ url: backend.wsUrl, auth, codec: codec as never })).toThrow(/^codec/)
    },
  )
})

test('what encode returns is copied: an encoder may use its buffer again', async () => {
  const scratch = new Uint8Array(1)
  const page = arrange({
    decode: () => null,
    encode: ({ n }: { n: number }) => {
      scratch[0] = n
      return scratch
    },
  } as never)
  for (const n of [1, 2, 3]) page.socket.send({ type: 'number', n })
  await page.connect()
  expect(page.atServer).toEqual([[1], [2], [3]])
})

test('a listener that ends the session gets nothing more of the same frame', async () => {
  const page = arrange(lines as never)
  await page.connect()
  page.socket.onMessage('last', () => page.socket.close())
  await page.say('first\nlast\nlost')
  expect(page.heard).toEqual([{ type: 'first' }, { type: 'last' }])
})

test('a stream gets the messages of its type, whatever the frames', async () => {
  const page = arrange(lines as never)
  await page.connect()
  const stream = page.socket.messages('tick')
  const first = stream.next()
  await page.say('tick n=1\nother\ntick n=2')
  expect([await first, await stream.next()]).toMatchObject([{ value: { n: '1' } }, { value: { n: '2' } }])
})

describe('with schemas', () => {
  const incoming = z.object({ type: z.literal('chat'), a: z.pipe(z.string(), z.transform(Number)) })
  const outgoing = z.pipe(
    z.object({ type: z.literal('chat') }),
    z.transform((message) => ({ ...message, stamped: true })),
  )

  test('they run after decoding and before encoding', async () => {
    const page = arrange(lines as never, { socket: { messages: messageSchemas({ incoming, outgoing }) as never } })
    await page.connect()
    await page.say('chat a=1\nchat b=2\nchat a=3')
    page.socket.send({ type: 'chat', id: 'x' })
    expect(page.socket.send({ type: 'other' })).toMatchObject({ status: 'dropped', reason: 'invalid' })
    await page.clock.advance(10)
    expect(page.heard).toMatchObject([
      { type: 'chat', a: 1 },
      { reason: 'schema', frame: 'chat a=1\nchat b=2\nchat a=3', issues: [{ path: ['a'] }] },
      { type: 'chat', a: 3 },
    ])
    expect(page.atServer).toEqual(['chat stamped=true id=x'])
  })

  test('that take their time the order is kept, also within a frame and beside binary ones', async () => {
    const answers: (() => void)[] = []
    const validate = (value: unknown) =>
      new Promise<{ value: object }>((resolve) => void answers.push(() => resolve({ value: value as object })))
    const slow = { '~standard': { version: 1, vendor: 'test', validate } } as never
    const page = arrange(lines as never, { socket: { messages: messageSchemas({ incoming: slow }) as never } })
    await page.connect()
    await page.say('a\nb', new Uint8Array([1]), 'c')
    for (const answer of answers.reverse()) {
      answer()
      await page.clock.advance(1)
    }
    expect(page.heard).toEqual([{ type: 'a' }, { type: 'b' }, ['binary', 1], { type: 'c' }])
  })
})

test('a request and its answer find each other by id and reply_to, which the codec may spell as it likes', async () => {
  const page = arrange(lines as never)
  page.backend.use(scenarios.plainServer)
  await page.connect()
  const { request } = createRequests(page.socket, { clock: page.clock })
  const answer = request({ type: 'get' })
  await page.clock.advance(10)
  expect(page.atServer).toEqual(['get id=request-1'])
  await page.say('got reply_to=request-1 n=7')
  expect(await answer).toEqual({ type: 'got', reply_to: 'request-1', n: '7' })
})

describe('the heartbeat of a plain server', () => {
  const ask = async (message: () => object | string, codec: Codec<never, never> | undefined) => {
    const page = arrange(codec, { socket: { heartbeat: { message, intervalMs: 1_000 } } })
    page.backend.use(scenarios.plainServer)
    await page.connect()
    await page.clock.advance(1_000)
    return page.atServer
  }

  test.each<[name: string, message: object | string, sent: unknown]>([
    ['an object is encoded', { type: 'alive', a: 1 }, 'alive a=1'],
    ['a string is sent as it is', '# alive', '# alive'],
    ['bytes are sent as they are', new Uint8Array([9]), [9]],
  ])('%s', async (_name, message, sent) => {
    expect(await ask(() => message, lines as never)).toEqual([sent])
  })

  test.each([[{ type: 'ts:ping' }], ['{"type":"ts:ping","timestamp":1}']])(
    'PR-70: a frame of the protocol is not sent, and is reported: %j',
    async (message) => {
      const reported = vi.spyOn(console, 'error').mockImplementation(() => {})
      expect(await ask(() => message, undefined)).toEqual([])
      expect(String(reported.mock.calls[0]?.[0])).toMatch(
        /cannot be sent: types that begin with ts: .* Use another type\.$/,
      )
      reported.mockRestore()
    },
  )

  test('what cannot be encoded is reported, and the connection stays', async () => {
    const reported = vi.spyOn(console, 'error').mockImplementation(() => {})
    expect(await ask(() => ({ type: 'alive' }), { decode: () => null, encode: () => fail() })).toEqual([])
    expect(String(reported.mock.calls[0]?.[0])).toContain('heartbeat.message cannot be sent: not today')
    reported.mockRestore()
  })
})

test('the first message of a plain server, in whatever form, shows that it accepted the credential', async () => {
  const page = arrange(bytes as never)
  page.backend.use(scenarios.plainServer)
  page.socket.connect()
  await page.clock.advance(5)
  expect(page.state().phase).toBe('confirming')
  await page.say(new Uint8Array([1]))
  expect(page.state().status).toBe('open')
})

describe('numbers beyond 2^53', () => {
  /** As the number classes of libraries: with a prototype that a structured clone would lose. */
  class Large {
    readonly digits: string
    constructor(digits: string) {
      this.digits = digits
    }
    toJSON() {
      return `large:${this.digits}`
    }
  }

  /** Finds them in the text: `JSON.parse` alone would round them. */
  const exact: Codec<Line, Line> = {
    decode(frame) {
      const text = String(frame).replace(/(?<=[:[,])(\d{16,})(?=[,\]}])/g, '"large:$1"')
      const revive = (_key: string, value: unknown) =>
        typeof value === 'string' && value.startsWith('large:') ? new Large(value.slice(6)) : value
      return JSON.parse(text, revive) as Line
    },
    encode: (message) => JSON.stringify(message).replace(/"large:(\d+)"/g, '$1'),
  }
  const ID = '9007199254740993'

  test.each([
    ['without schemas', undefined],
    [
      'through schemas, which get a copy',
      messageSchemas({
        incoming: z.looseObject({ type: z.string(), id: z.instanceof(Large), of: z.array(z.instanceof(Large)) }),
        outgoing: z.looseObject({ type: z.string(), id: z.instanceof(Large), of: z.array(z.instanceof(Large)) }),
      }),
    ],
  ])('reach the codec as text, and go out as they are: %s', async (_how, messages) => {
    const page = arrange(exact as never, { socket: { messages: messages as never } })
    await page.connect()
    await page.say(`{"type":"order","id":${ID},"of":[${ID}]}`)
    expect(page.heard).toEqual([{ type: 'order', id: new Large(ID), of: [new Large(ID)] }])
    page.socket.send({ type: 'order', id: new Large(ID), of: [new Large(ID)] } as never)
    await page.clock.advance(10)
    expect(page.atServer).toEqual([`{"type":"order","id":${ID},"of":[${ID}]}`])
  })
})
