// What `send()` takes, copies, refuses, and gives back.

import { describe, expect, test, vi } from 'vitest'
import * as z from 'zod/mini'
import { createRequests, messageSchemas } from '../../../src/index.ts'
import { arrange } from '../../support/arrange.ts'

const slowly = {
  '~standard': { version: 1, vendor: 'test', validate: async (value: unknown) => ({ value: value as object }) },
} as const

const detached = new ArrayBuffer(8)
const viewOfDetached = new Uint8Array(detached)
structuredClone(detached, { transfer: [detached] })

type TestPage = ReturnType<typeof arrange>

/** Messages of the type that the server received, in order. */
function received(page: TestPage, type: string) {
  const all: unknown[] = []
  page.backend.onMessage(type, (message) => {
    all.push(message)
  })
  return all
}

test('a message that waits for its schema leaves as it was when it was sent', async () => {
  const page = arrange({ socket: { messages: messageSchemas({ outgoing: slowly }) as never } })
  const all = received(page, 'note')
  await page.connect()
  const note = { type: 'note', n: 0 }
  for (let n = 0; n < 3; n++) {
    note.n = n
    page.socket.send(note)
  }
  await page.clock.advance(100)
  expect(all).toEqual([0, 1, 2].map((n) => ({ type: 'note', n })))
})

test('and is judged as it was, in depth', async () => {
  const validate = async (value: unknown) => {
    await Promise.resolve()
    const message = value as { ok: boolean; list: number[] }
    return message.ok ? { value: { ...message } } : { issues: [{ message: 'not ok' }] }
  }
  const schema = { '~standard': { ...slowly['~standard'], validate } }
  const page = arrange({ socket: { messages: messageSchemas({ outgoing: schema }) as never } })
  const all = received(page, 'note')
  await page.connect()
  const bad = { type: 'note', ok: false, list: [0] }
  const good = { type: 'note', ok: true, list: [1] }
  page.socket.send(bad)
  page.socket.send(good)
  bad.ok = true
  good.list.push(2)
  await page.clock.advance(100)
  expect(all).toEqual([{ type: 'note', ok: true, list: [1] }])
})

test('behind a slow schema no more than a thousand wait, binary included', async () => {
  const never = { '~standard': { ...slowly['~standard'], validate: () => new Promise<never>(() => {}) } }
  const page = arrange({ socket: { messages: messageSchemas({ outgoing: never }) as never } })
  await page.connect()
  page.socket.send({ type: 'stuck' })
  const receipts = Array.from({ length: 1_500 }, () => page.socket.send(new ArrayBuffer(8)))
  expect(receipts.filter(({ status }) => status === 'queued')).toHaveLength(999)
  expect(receipts.at(-1)).toEqual({ status: 'dropped', reason: 'overflow', issues: [] })
})

test.each([
  ['a buffer that was given away', () => detached, /detached/],
  ['a view on one', () => viewOfDetached, /detached/],
  [
    'shared memory',
    () => new SharedArrayBuffer(8),
    /^Shared memory cannot be sent. Copy it into an ArrayBuffer first.$/,
  ],
  ['a view on shared memory', () => new Uint8Array(new SharedArrayBuffer(8)), /^Shared memory cannot be sent/],
  ['a function', () => () => 1, /must be an object/],
  ['undefined', () => undefined, /must be an object/],
  ['what its toJSON() takes out of the world', () => ({ toJSON: () => undefined }), /must become a string or bytes/],
])('%s is refused as invalid, with what is wrong, and nothing is thrown', async (_name, make, words) => {
  const page = arrange()
  await page.connect()
  expect(page.socket.send(make() as never)).toEqual({
    status: 'dropped',
    reason: 'invalid',
    issues: [{ message: expect.stringMatching(words), path: [] }],
  })
})

test('what a codec sends leaves after its message, and nothing else overtakes that either', async () => {
  const answers = new Map<string, () => void>()
  const validate = (value: unknown) =>
    new Promise<{ value: object }>((resolve) => {
      answers.set((value as { type: string }).type, () => resolve({ value: value as object }))
    })
  const codec = {
    decode: (frame: string | Uint8Array) => JSON.parse(String(frame)) as { type: string },
    encode(message: { type: string }) {
      if (message.type === 'slow') page.socket.send(new Uint8Array([7]))
      return JSON.stringify(message)
    },
  }
  const got: unknown[] = []
  const page: TestPage = arrange({
    socket: {
      messages: messageSchemas({ outgoing: { '~standard': { ...slowly['~standard'], validate } } }),
      codec,
    } as never,
    backend: {
      onConnection(connection) {
        connection.onText((text) => got.push(text))
        connection.onBinary((data) => got.push([...data]))
      },
    },
  })
  await page.connect()
  for (const type of ['slow', 'fast']) page.socket.send({ type })
  answers.get('fast')?.()
  await page.clock.settle()
  answers.get('slow')?.()
  await page.clock.advance(100)
  expect(got).toEqual(['{"type":"slow"}', '{"type":"fast"}', [7]])
})

test('a codec that sends for each message that it encodes does not hang the page', async () => {
  let encoded = 0
  const codec = {
    decode: (frame: string | Uint8Array) => JSON.parse(String(frame)) as { type: string },
    encode(message: object) {
      encoded++
      if (encoded < 5_000) page.socket.send({ type: 'log' })
      return JSON.stringify(message)
    },
  }
  const outgoing = {
    '~standard': { ...slowly['~standard'], validate: (value: unknown) => ({ value: value as object }) },
  }
  const page: TestPage = arrange({ socket: { messages: messageSchemas({ outgoing }), codec } as never })
  await page.connect()
  page.socket.send({ type: 'note' })
  expect(encoded).toBe(1_000)
  await page.clock.advance(10)
  expect(encoded).toBe(5_000)
})

describe('a signal', () => {
  test('takes a message back while it waits, and is let go of when it has left', async () => {
    const page = arrange()
    const all = received(page, 'note')
    const controller = new AbortController()
    page.socket.send({ type: 'note', n: 1 })
    const receipt = page.socket.send({ type: 'note', n: 2 }, { signal: controller.signal })
    page.socket.send({ type: 'note', n: 3 })
    controller.abort()
    expect(page.told.at(-1)).toEqual(['dropped', { id: (receipt as { id: number }).id, reason: 'aborted', issues: [] }])
    expect(page.state().queued).toBe(2)
    await page.connect()
    expect(all).toEqual([1, 3].map((n) => ({ type: 'note', n })))
    expect(page.socket.send({ type: 'note' }, { signal: controller.signal })).toMatchObject({ reason: 'aborted' })
  })

  test('takes a message back from a schema that takes its time, at once', async () => {
    const never = { '~standard': { ...slowly['~standard'], validate: () => new Promise<never>(() => {}) } }
    const page = arrange({ socket: { messages: messageSchemas({ outgoing: never }) as never } })
    await page.connect()
    const controller = new AbortController()
    page.socket.send({ type: 'note' }, { signal: controller.signal })
    controller.abort()
    const told = () => page.told.filter(([name]) => name === 'dropped')
    expect(told()).toEqual([['dropped', { id: 1, reason: 'aborted', issues: [] }]])
    await page.clock.advance(20_000)
    expect(told()).toHaveLength(1)
  })

  test('that the codec aborts takes a message back once, though its schema took its time', async () => {
    const controller = new AbortController()
    const codec = {
      decode: (frame: string | Uint8Array) => JSON.parse(String(frame)) as { type: string },
      encode(message: object) {
        controller.abort()
        return JSON.stringify(message)
      },
    }
    const page = arrange({ socket: { messages: messageSchemas({ outgoing: slowly }) as never, codec } as never })
    await page.connect()
    page.socket.send({ type: 'note' }, { signal: controller.signal })
    await page.clock.advance(100)
    expect(page.told.filter(([name]) => name === 'dropped')).toEqual([
      ['dropped', { id: 1, reason: 'aborted', issues: [] }],
    ])
  })

  test('frees the place behind a slow schema: what was sent after the message leaves', async () => {
    const validate = async (value: unknown) =>
      (value as { type: string }).type === 'stuck' ? new Promise<never>(() => {}) : { value: value as object }
    const page = arrange({
      socket: {
        messages: messageSchemas({ outgoing: { '~standard': { ...slowly['~standard'], validate } } }) as never,
      },
    })
    const all = received(page, 'note')
    await page.connect()
    const controller = new AbortController()
    page.socket.send({ type: 'stuck' }, { signal: controller.signal })
    page.socket.send({ type: 'note' })
    await page.clock.settle()
    expect(all).toEqual([])
    controller.abort()
    await page.clock.advance(100)
    expect(all).toEqual([{ type: 'note' }])
  })

  test('that lives for long holds nothing of what was sent with it', async () => {
    const page = arrange()
    const { signal } = new AbortController()
    let listening = 0
    const add = signal.addEventListener.bind(signal)
    const remove = signal.removeEventListener.bind(signal)
    signal.addEventListener = (...args: Parameters<typeof add>) => {
      listening++
      add(...args)
    }
    signal.removeEventListener = (...args: Parameters<typeof remove>) => {
      listening--
      remove(...args)
    }
    for (let n = 0; n < 10; n++) page.socket.send({ type: 'note', n }, { signal })
    expect(listening).toBe(10)
    await page.connect()
    expect(listening).toBe(0)
  })
})

test.each<[name: string, message: object, socket: object]>([
  ['once its Blob is read', new Blob(['a']), {}],
  ['once its schema has answered', { type: 'ask' }, { messages: messageSchemas({ outgoing: slowly }) }],
])('a message that is sent %s is reported as sent, though the socket answers within its send()', async (...row) => {
  const [, message, socket] = row
  const page = arrange({
    socket,
    wrap(platform) {
      const Mock = platform.WebSocket as unknown as typeof WebSocket
      class Answering extends Mock {
        override send(data: string | ArrayBuffer) {
          super.send(data)
          const isOfApp = typeof data !== 'string' || data.includes('ask')
          if (isOfApp) this.onmessage?.({ data: '{"type":"answer"}' } as MessageEvent)
        }
      }
      return { ...platform, WebSocket: Answering as never }
    },
  })
  await page.connect()
  const heard: unknown[] = []
  page.socket.on('sent', ({ id }) => heard.push(['sent', id]))
  page.socket.on('dropped', ({ id, reason }) => heard.push([reason, id]))
  page.socket.onMessage('answer', () => page.socket.close())
  page.socket.send(message as never)
  await page.clock.advance(100)
  expect([heard, page.state().status]).toEqual([[['sent', 1]], 'closed'])
})

test('a message that has waited through a sleep of the machine is too old, though its clock stood still', async () => {
  const page = arrange()
  const all = received(page, 'note')
  page.socket.send({ type: 'note' })
  page.clock.setWall(page.clock.wallNow() + 8 * 3_600_000)
  await page.connect()
  expect(all).toEqual([])
  expect(page.told.filter(([name]) => name === 'dropped')).toMatchObject([['dropped', { reason: 'expired' }]])
})

test('schemas that keep what they name lose neither id nor reply_to: a request is answered', async () => {
  const incoming = z.object({ type: z.string(), text: z.string() })
  const page = arrange({
    socket: { messages: messageSchemas({ incoming, outgoing: z.object({ type: z.string() }) }) as never },
  })
  page.backend.onMessage('get', ({ id }, connection) => connection.send({ type: 'got', text: 'hi', reply_to: id }))
  await page.connect()
  const { request } = createRequests(page.socket, { clock: page.clock })
  const answer = request({ type: 'get', extra: 1 } as { type: string })
  await page.clock.advance(100)
  expect(await answer).toMatchObject({ type: 'got', text: 'hi' })
})

test('what a schema has made of a message is its own affair, id or not', async () => {
  class Chat {
    readonly type: string
    constructor(type: string) {
      this.type = type
    }
    shout = () => this.type.toUpperCase()
  }
  const incoming = {
    '~standard': {
      version: 1,
      vendor: 'test',
      validate: (value: unknown) => ({ value: new Chat((value as Chat).type) }),
    },
  } as const
  const outgoing = {
    '~standard': { version: 1, vendor: 'test', validate: () => ({ value: new Uint8Array([7]).buffer }) },
  } as const
  const page = arrange({ socket: { messages: messageSchemas({ incoming, outgoing }) as never } })
  const heard: unknown[] = []
  page.socket.on('message', (message) => heard.push((message as unknown as Chat).shout()))
  await page.connect()
  const binary: unknown[] = []
  page.backend.connections()[0]?.onBinary((data) => binary.push([...new Uint8Array(data)]))
  page.socket.send({ type: 'chat', id: '1' })
  page.backend.broadcast({ type: 'chat', id: '2' })
  await page.clock.advance(100)
  expect([heard, binary]).toEqual([['CHAT'], [[7]]])
})

test('a page that cannot tell whether it is online does not keep the socket from connecting', async () => {
  const reported = vi.spyOn(console, 'error').mockImplementation(() => {})
  const page = arrange({
    wrap: (platform) => ({
      ...platform,
      page: { ...(platform.page as NonNullable<typeof platform.page>), isOnline: () => fail() },
    }),
  })
  await expect(page.connect()).resolves.toBeUndefined()
  expect(page.state().status).toBe('open')
  expect(reported).toHaveBeenCalled()
  reported.mockRestore()
})
const fail = (): never => {
  throw new Error('no such thing')
}

test('reconnect() never dials more often than every half second, however often and from wherever it is called', async () => {
  const page = arrange()
  await page.connect()
  for (let i = 0; i < 100; i++) {
    page.socket.reconnect()
    await page.clock.advance(20)
  }
  expect(page.backend.journal.count('upgrade')).toBeLessThanOrEqual(6)
  page.socket.on('open', () => page.socket.reconnect())
  await page.clock.advance(10_000)
  expect(page.backend.journal.count('upgrade')).toBeLessThanOrEqual(6 + 20)
})
