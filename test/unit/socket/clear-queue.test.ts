import { describe, expect, test } from 'vitest'
import { createRequests, messageSchemas, type TicketSocketOptions } from '../../../src/index.ts'
import { arrange } from '../../support/arrange.ts'

type TestPage = ReturnType<typeof arrange>

const passing = (value: unknown) => ({ value: value as object })
const schema = (validate: (value: unknown) => ReturnType<typeof passing> | Promise<ReturnType<typeof passing>>) => ({
  '~standard': { version: 1, vendor: 'test', validate } as const,
})

/** A schema whose verdicts the test gives, for one direction. */
function undecided(direction: 'incoming' | 'outgoing') {
  const verdicts: (() => void)[] = []
  const slow = schema((value) => new Promise((resolve) => verdicts.push(() => resolve(passing(value)))))
  const messages = messageSchemas({ [direction]: slow }) as never
  return { socket: { messages } as Partial<TicketSocketOptions>, decide: () => verdicts.splice(0).forEach((v) => v()) }
}

const dropped = ({ told }: TestPage) => told.flatMap(([name, payload]) => (name === 'dropped' ? [payload] : []))
const cleared = (...ids: number[]) => ids.map((id) => ({ id, reason: 'cleared', issues: [] }))

/** The numbers of the notes that the server has received, in order. */
function notes(page: TestPage): number[] {
  const all: number[] = []
  page.backend.onMessage('note', ({ n }) => {
    all.push(n as number)
  })
  return all
}

const note = (n: number) => ({ type: 'note', n })

test('drops what waits, reports each message, and says how many there were', async () => {
  const page = arrange()
  const received = notes(page)
  for (const priority of ['low', 'high', 'normal'] as const) page.socket.send(note(1), { priority })
  expect(page.state().queued).toBe(3)
  expect(page.socket.clearQueue()).toBe(3)
  expect(dropped(page)).toEqual(cleared(2, 3, 1))
  expect(page.state().queued).toBe(0)
  expect(page.clock.pending()).toBe(0)
  page.socket.send(note(2))
  await page.connect()
  expect(received).toEqual([2])
})

test('leaves the connection, and what the socket has taken, as they are', async () => {
  const page = arrange({ socket: { rateLimit: { perSecond: 1, burst: 2 } } })
  const received = notes(page)
  await page.connect()
  const receipts = [1, 2, 3, 4].map((n) => page.socket.send(note(n)).status)
  expect(receipts).toEqual(['sent', 'sent', 'queued', 'queued'])
  expect(page.socket.clearQueue()).toBe(2)
  await page.clock.advance(5_000)
  expect(received).toEqual([1, 2])
  expect(page.state()).toMatchObject({ status: 'open', queued: 0 })
  expect(page.times('lost')).toBe(0)
  page.socket.send(note(5))
  await page.clock.advance(100)
  expect(received).toEqual([1, 2, 5])
})

describe('behind a schema that takes its time', () => {
  test('drops what is still being checked, binary frames included', async () => {
    const { socket, decide } = undecided('outgoing')
    const page = arrange({ socket })
    const received = notes(page)
    await page.connect()
    page.socket.send(note(1))
    page.socket.send(new ArrayBuffer(8))
    expect(page.socket.clearQueue()).toBe(2)
    expect(dropped(page)).toEqual(cleared(1, 2))
    decide()
    await page.clock.advance(20_000)
    expect(received).toEqual([])
    expect(dropped(page)).toHaveLength(2)
  })

  test('counts no message that its signal has taken back already', async () => {
    const page = arrange({ socket: undecided('outgoing').socket })
    await page.connect()
    const controller = new AbortController()
    page.socket.send(note(1), { signal: controller.signal })
    page.socket.send(note(2))
    controller.abort()
    expect(page.socket.clearQueue()).toBe(1)
    expect(dropped(page)).toEqual([{ id: 1, reason: 'aborted', issues: [] }, ...cleared(2)])
    controller.abort()
    expect(dropped(page)).toHaveLength(2)
  })

  test('drops nothing of what has arrived', async () => {
    const { socket, decide } = undecided('incoming')
    const page = arrange({ socket })
    await page.connect()
    page.backend.connections()[0]?.send({ type: 'news' })
    await page.clock.advance(100)
    expect(page.socket.clearQueue()).toBe(0)
    decide()
    await page.clock.advance(100)
    expect(page.times('message')).toBe(1)
  })
})

describe('a Blob whose bytes are still being read', () => {
  /** Its bytes come when the test says so. */
  function slowBlob() {
    const blob = new Blob(['abc'])
    let finish = () => {}
    blob.arrayBuffer = () =>
      new Promise((resolve) => {
        finish = () => resolve(new ArrayBuffer(3))
      })
    return { blob, finish: () => finish() }
  }

  test('is dropped with what waits behind it, and is not sent when it has been read', async () => {
    const page = arrange()
    const received = notes(page)
    await page.connect()
    const { blob, finish } = slowBlob()
    page.socket.send(blob)
    page.socket.send(note(1))
    expect(page.socket.clearQueue()).toBe(2)
    expect(dropped(page)).toEqual(cleared(1, 2))
    finish()
    page.socket.send(note(2))
    await page.clock.advance(100)
    expect(received).toEqual([2])
  })

  test('taken back by its signal, it holds up nothing', async () => {
    const page = arrange()
    const received = notes(page)
    await page.connect()
    const controller = new AbortController()
    page.socket.send(slowBlob().blob, { signal: controller.signal })
    page.socket.send(note(1))
    controller.abort()
    await page.clock.advance(100)
    expect(received).toEqual([1])
  })
})

describe('a listener of the drop', () => {
  test.each([
    ['outbox', {}],
    ['schema', undecided('outgoing').socket],
  ])('may send: the new message waits (%s), and is not dropped by the same call', async (_where, socket) => {
    const page = arrange({ socket })
    page.socket.send(note(1))
    page.socket.send(note(2))
    let isFirst = true
    page.socket.on('dropped', () => {
      if (isFirst) expect(page.socket.send(note(3))).toMatchObject({ status: 'queued' })
      isFirst = false
    })
    expect(page.socket.clearQueue()).toBe(2)
    expect(dropped(page)).toEqual(cleared(1, 2))
    expect(page.socket.clearQueue()).toBe(1)
  })

  test('may send from the first event on, though other messages wait elsewhere', async () => {
    const isSlow = (value: unknown) => (value as { n: number }).n < 0
    const outgoing = schema((value) => (isSlow(value) ? new Promise(() => {}) : passing(value)))
    const page = arrange({ socket: { messages: messageSchemas({ outgoing }) as never } })
    page.socket.send(note(1))
    page.socket.send(note(-1))
    let next = 2
    page.socket.on('dropped', () => void page.socket.send(note(next++)))
    expect(page.socket.clearQueue()).toBe(2)
    expect(dropped(page)).toEqual(cleared(1, 2))
    expect(page.state().queued).toBe(2)
  })

  test('finds the queue empty', async () => {
    const page = arrange()
    page.socket.send(note(1))
    page.socket.send(note(2))
    const seen: number[][] = []
    page.socket.on('dropped', () => seen.push([page.state().queued, page.socket.clearQueue()]))
    expect(page.socket.clearQueue()).toBe(2)
    expect(seen).toEqual([
      [0, 0],
      [0, 0],
    ])
  })

  test('may close the socket: each message is reported once all the same', async () => {
    const page = arrange({ socket: undecided('outgoing').socket })
    page.socket.send(note(1))
    page.socket.send(note(2))
    page.socket.on('dropped', () => page.socket.close())
    expect(page.socket.clearQueue()).toBe(2)
    expect(dropped(page)).toEqual(cleared(1, 2))
  })
})

test('a request that waits is rejected as aborted', async () => {
  const page = arrange()
  const { request } = createRequests(page.socket, { clock: page.clock })
  const outcome = request({ type: 'ask' }).catch((error: unknown) => error)
  expect(page.socket.clearQueue()).toBe(1)
  expect(await outcome).toMatchObject({
    code: 'aborted',
    message: 'It was not sent: clearQueue() dropped it. Nothing needs to be done.',
  })
})

test.each<[string, (page: TestPage) => unknown]>([
  ['idle', () => {}],
  ['open', (page) => page.connect()],
  ['closed', (page) => page.connect().then(() => page.socket.close())],
  ['signed out', (page) => page.connect().then(() => page.auth.handleLogout())],
  ['disposed of', (page) => page.connect().then(() => page.socket.dispose())],
])('%s with an empty queue it returns 0 and reports nothing', async (_state, come) => {
  const page = arrange()
  await come(page)
  const before = page.told.length
  expect(page.socket.clearQueue()).toBe(0)
  expect(page.told).toHaveLength(before)
})
