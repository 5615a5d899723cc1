// Bytes that an app sends: buffers, views on them, and Blobs.

import { describe, expect, test } from 'vitest'
import { createRequests, messageSchemas } from '../../../src/index.ts'
import type { Connection } from '../../../src/server/index.ts'
import { arrange as arrangePage } from '../../support/arrange.ts'

type Options = Parameters<typeof arrangePage>[0]

/** A page, and what its server received: bytes as arrays, messages by their type. */
function arrange(options: Options = {}) {
  const received: unknown[] = []
  const onConnection = (connection: Connection) => {
    connection.onBinary((data) => received.push([...data]))
    connection.onMessage(({ type }) => received.push(type))
  }
  return { ...arrangePage({ ...options, backend: { ...options?.backend, onConnection } }), received }
}

const bytes = new Uint8Array([0, 1, 2, 3, 4, 5, 6, 255])

test.each<[name: string, make: () => ArrayBuffer | ArrayBufferView | Blob, sent: number[]]>([
  ['an ArrayBuffer', () => bytes.slice().buffer, [0, 1, 2, 3, 4, 5, 6, 255]],
  ['a typed array', () => bytes, [0, 1, 2, 3, 4, 5, 6, 255]],
  ['a part of one', () => bytes.subarray(2, 4), [2, 3]],
  ['one of wider numbers', () => new Uint16Array(bytes.buffer, 2, 1), [2, 3]],
  ['a DataView', () => new DataView(bytes.buffer, 6), [6, 255]],
  ['a Buffer, which is a part of a pool', () => Buffer.from('hi'), [104, 105]],
  ['an empty view', () => new Uint8Array(), []],
  ['a Blob', () => new Blob([bytes.subarray(0, 2), 'a']), [0, 1, 97]],
  ['a File', () => new File(['a'], 'a.txt'), [97]],
])('%s arrives as its bytes', async (_name, make, sent) => {
  const page = arrange()
  await page.connect()
  page.socket.send(make())
  await page.clock.advance(100)
  expect(page.received).toEqual([sent])
})

test('a view is copied when it is sent: what the app writes afterwards does not go out', async () => {
  const page = arrange()
  const buffer = new Uint8Array([1, 2])
  page.socket.send(buffer)
  buffer[0] = 9
  await page.connect()
  page.socket.send(buffer)
  buffer[0] = 8
  await page.clock.advance(10)
  expect(page.received).toEqual([
    [1, 2],
    [9, 2],
  ])
})

test('a view is copied while a slow schema has the message before it', async () => {
  const schema = {
    '~standard': { version: 1, vendor: 'test', validate: async (value: unknown) => ({ value: value as object }) },
  } as const
  const page = arrange({ socket: { messages: messageSchemas({ outgoing: schema }) as never } })
  await page.connect()
  const buffer = new Uint8Array([1])
  page.socket.send({ type: 'before' })
  page.socket.send(buffer)
  buffer[0] = 9
  await page.clock.advance(100)
  expect(page.received).toEqual(['before', [1]])
})

test.each([[new ArrayBuffer(1)], [new Uint8Array(1)], [new Blob(['a'])]])(
  'request() of bytes rejects: they hold no id to be answered by (%o)',
  async (bytes) => {
    const page = arrange()
    await page.connect()
    const { request } = createRequests(page.socket, { clock: page.clock })
    await expect(request(bytes as never)).rejects.toMatchObject({ code: 'invalid_message' })
    await page.clock.advance(100)
    expect(page.received).toEqual([])
  },
)

describe('a Blob', () => {
  test('keeps its place: what is sent after it leaves after it', async () => {
    const page = arrange()
    await page.connect()
    const receipts = [
      page.socket.send({ type: 'one' }),
      page.socket.send(new Blob(['a'])),
      page.socket.send({ type: 'two' }),
    ]
    expect(receipts).toEqual([{ status: 'sent' }, { status: 'queued', id: 2 }, { status: 'queued', id: 3 }])
    expect(page.state().queued).toBe(2)
    const sent: number[] = []
    page.socket.on('sent', ({ id }) => sent.push(id))
    await page.clock.advance(100)
    expect(page.received).toEqual(['one', [97], 'two'])
    expect([sent, page.state().queued]).toEqual([[2, 3], 0])
  })

  test('is overtaken by nothing but what is more important', async () => {
    const page = arrange()
    await page.connect()
    page.socket.send(new Blob(['a']))
    page.socket.send({ type: 'less' }, { priority: 'low' })
    page.socket.send({ type: 'more' }, { priority: 'high' })
    await page.clock.advance(100)
    expect(page.received).toEqual(['more', [97], 'less'])
  })

  test('waits for the connection like everything else, and counts by its size', async () => {
    const page = arrange({ socket: { outbox: { maxBytes: 10, overflow: 'reject' } } })
    expect(page.socket.send(new Blob(['12345678']))).toEqual({ status: 'queued', id: 1 })
    expect(page.socket.send(new Blob(['123']))).toEqual({ status: 'dropped', reason: 'overflow', issues: [] })
    await page.connect()
    expect(page.received).toEqual([[...Buffer.from('12345678')]])
  })

  test('that has to go for a newer message holds up nothing', async () => {
    const page = arrange({ socket: { outbox: { maxCount: 1 } } })
    await page.connect()
    page.socket.send(new Blob(['a']))
    page.socket.send(new Blob(['b']))
    page.socket.send({ type: 'one' })
    expect(page.told.at(-1)).toEqual(['dropped', { id: 2, reason: 'overflow', issues: [] }])
    await page.clock.advance(100)
    expect(page.received).toEqual([[97], 'one'])
  })

  test('takes no room in the outbox while it is only read: one that is larger is sent, and goes for nothing newer', async () => {
    const page = arrange({ socket: { outbox: { maxBytes: 100, maxCount: 2 } } })
    await page.connect()
    const large = new Blob(['x'.repeat(200)])
    expect(page.socket.send(large)).toEqual({ status: 'queued', id: 1 })
    const receipts = ['one', 'two', 'three'].map((type) => page.socket.send({ type }).status)
    expect([receipts, page.state().queued]).toEqual([['queued', 'queued', 'queued'], 3])
    await page.clock.advance(100)
    expect(page.received).toEqual([[...Buffer.from('x'.repeat(200))], 'two', 'three'])
    expect(page.socket.send(new Blob(['a']))).toMatchObject({ status: 'queued' })
    expect(page.socket.send(large)).toMatchObject({ status: 'dropped', reason: 'overflow' })
  })

  test('holds up nothing that is more important, however long it is read', async () => {
    const page = arrange()
    await page.connect()
    page.socket.send(Object.assign(new Blob(['a']), { arrayBuffer: () => new Promise<never>(() => {}) }))
    page.socket.send({ type: 'same' })
    expect(page.socket.send({ type: 'more' }, { priority: 'high' })).toEqual({ status: 'sent' })
    await page.clock.advance(100)
    expect(page.received).toEqual(['more'])
  })

  test.each<[how: string, arrayBuffer: () => Promise<ArrayBuffer>]>([
    ['rejects', () => Promise.reject(new Error('NotReadableError'))],
    [
      'throws',
      () => {
        throw new Error('NotReadableError')
      },
    ],
  ])('that cannot be read (%s) is dropped, and ends nothing', async (_how, arrayBuffer) => {
    const page = arrange()
    await page.connect()
    const unreadable = Object.assign(new Blob(['a']), { arrayBuffer })
    page.socket.send(unreadable)
    page.socket.send({ type: 'after' })
    await page.clock.advance(100)
    expect(page.received).toEqual(['after'])
    expect(page.told.filter(([name]) => name === 'dropped')).toEqual([
      ['dropped', { id: 1, reason: 'invalid', issues: [{ message: 'The Blob could not be read.', path: [] }] }],
    ])
    expect(page.state()).toMatchObject({ status: 'open', queued: 0 })
  })

  test('is taken back by its signal, and not sent after a sign-out, though it was read meanwhile', async () => {
    const page = arrange()
    await page.connect()
    const controller = new AbortController()
    page.socket.send(new Blob(['taken back']), { signal: controller.signal })
    controller.abort()
    page.socket.send(new Blob(['of alice']))
    page.signIn('bob')
    await page.clock.advance(2_000)
    expect(page.received).toEqual([])
    expect(page.told.filter(([name]) => name === 'dropped')).toMatchObject([
      ['dropped', { id: 1, reason: 'aborted' }],
      ['dropped', { id: 2, reason: 'signed_out' }],
    ])
    expect(page.state().status).toBe('open')
  })

  test('without arrayBuffer(), as in React Native, is handed to the socket as it is', async () => {
    const page = arrange()
    await page.connect()
    const native = new Proxy(new Blob(['a']), {
      has: (blob, name) => name !== 'arrayBuffer' && name in blob,
      get(blob, name) {
        const member: unknown = Reflect.get(blob, name)
        return typeof member === 'function' ? member.bind(blob) : member
      },
    })
    expect(page.socket.send(native)).toEqual({ status: 'sent' })
    await page.clock.advance(100)
    expect(page.received).toEqual([[97]])
  })
})
