// Types that begin with `ts:` are the protocol's: no app sends one, in whatever state and by whatever way.

import { describe, expect, test } from 'vitest'
import * as z from 'zod/mini'
import { createRequests, messageSchemas } from '../../../src/index.ts'
import { scenarios } from '../../../src/mock/index.ts'
import { arrange } from '../../support/arrange.ts'

const ping = { type: 'ts:ping', timestamp: 1 }
const refused = { status: 'dropped', reason: 'reserved_type', issues: [] }

type TestPage = ReturnType<typeof arrange>

/** Types of what the server has received on all connections, the client's own frames included. */
const received = (page: TestPage) =>
  page.backend.journal
    .of('frame')
    .filter(({ direction }) => direction === 'received')
    .map(({ type }) => type)

describe('PR-70: send() of a reserved type is dropped', () => {
  const states: [name: string, act: (page: TestPage) => unknown][] = [
    ['before connect()', () => {}],
    ['while connecting', (page) => page.socket.connect()],
    ['open', (page) => page.connect()],
    [
      'waiting for the next attempt',
      async (page) => {
        await page.connect()
        page.backend.use(scenarios.offline)
        page.backend.dropConnections()
        await page.clock.advance(50)
      },
    ],
    ['closed', (page) => page.socket.close()],
    [
      'failed',
      async (page) => {
        await page.connect()
        page.backend.connections()[0]?.close(4403, 'permission')
        await page.clock.advance(50)
      },
    ],
    [
      'signed out',
      async (page) => {
        await page.connect()
        page.auth.handleLogout()
      },
    ],
    ['disposed of', (page) => page.socket.dispose()],
    [
      'on a server that does not speak the protocol',
      async (page) => {
        page.backend.use(scenarios.plainServer)
        await page.connect()
      },
    ],
  ]
  test.each(states)('%s', async (_name, act) => {
    const page = arrange()
    await act(page)
    expect(page.socket.send(ping)).toEqual(refused)
    expect(page.socket.send({ type: 'ts:of_a_later_version' }, { signal: AbortSignal.abort() })).toEqual(refused)
    expect(page.state().queued).toBe(0)
    await page.clock.advance(1_000)
    expect(received(page)).not.toContain('ts:of_a_later_version')
  })

  test('also within a listener of what is being given up', async () => {
    const page = arrange()
    page.socket.send({ type: 'chat' })
    const receipts: unknown[] = []
    page.socket.on('dropped', () => receipts.push(page.socket.send(ping)))
    page.socket.close()
    expect(receipts).toEqual([refused])
  })
})

test('PR-70: nor is one that a schema has made', async () => {
  const outgoing = z.pipe(
    z.object({ type: z.string() }),
    z.transform(() => ({ type: 'ts:auth_refresh', ticket: 'x' })),
  )
  const page = arrange({ socket: { messages: messageSchemas({ outgoing }) as never } })
  await page.connect()
  expect(page.socket.send({ type: 'chat' })).toEqual(refused)
})

test('PR-70: nor one that a slow schema has made: that is an event', async () => {
  const schema = { '~standard': { version: 1, vendor: 'test', validate: async () => ({ value: ping }) } } as const
  const page = arrange({ socket: { messages: messageSchemas({ outgoing: schema }) as never } })
  await page.connect()
  expect(page.socket.send({ type: 'chat' })).toEqual({ status: 'queued', id: 1 })
  await page.clock.advance(10)
  expect(page.told.filter(([name]) => name === 'dropped')).toEqual([
    ['dropped', { id: 1, reason: 'reserved_type', issues: [] }],
  ])
})

test.each([
  ['', '{"type":"ts:ping","timestamp":1}'],
  [', spelled with an escape', '{"type":"\\u0074s:ping","timestamp":1}'],
  [', with the type last', '{"timestamp":1,"type":"ts:ping"}'],
])('PR-70: nor one that a codec has made%s', async (_how, text) => {
  const page = arrange({ socket: { codec: { decode: () => null, encode: () => text } } })
  await page.connect()
  expect(page.socket.send({ type: 'chat' })).toEqual(refused)
})

test('PR-70: nor one that a toJSON() has made', async () => {
  const page = arrange()
  await page.connect()
  expect(page.socket.send({ type: 'chat', toJSON: () => ping })).toEqual(refused)
})

test('a text in a message may say what it likes', async () => {
  const page = arrange()
  await page.connect()
  expect(page.socket.send({ type: 'chat', text: '{"type":"ts:ping"}', 'ts:': '\\u0074s:' })).toEqual({ status: 'sent' })
})

test('a type that throws when it is read is not read as one, and send() does not throw', async () => {
  const page = arrange()
  await page.connect()
  const odd = Object.defineProperty({}, 'type', {
    enumerable: true,
    get() {
      throw new Error('no type today')
    },
  })
  expect(page.socket.send(odd as never)).toMatchObject({
    status: 'dropped',
    reason: 'invalid',
    issues: [{ message: 'no type today' }],
  })
})

test('a Blob is bytes, whatever its media type', async () => {
  const page = arrange()
  await page.connect()
  expect(page.socket.send(new Blob(['x'], { type: 'ts:ping' }))).toMatchObject({ status: 'queued' })
})

test('request() of a reserved type rejects, and says what to do', async () => {
  const page = arrange()
  await page.connect()
  const { request } = createRequests(page.socket, { clock: page.clock })
  await expect(request({ type: 'ts:get_user' })).rejects.toMatchObject({
    code: 'invalid_message',
    message: expect.stringMatching(/begin with ts:.* Use another type\.$/),
  })
})
