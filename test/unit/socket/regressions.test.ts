// Mistakes that were made once, each as the smallest run that shows it.

import { describe, expect, test, vi } from 'vitest'
import { createRequests, createTicketSocket, type SocketConstructor } from '../../../src/index.ts'
import { scenarios } from '../../../src/mock/index.ts'
import type { Connection } from '../../../src/server/index.ts'
import { sendControlFrame } from '../../../src/server/session.ts'
import { arrange } from '../../support/arrange.ts'

type Page = ReturnType<typeof arrange>

/** What the server's app heard, and from whom. */
function withServerEar() {
  const heard: [user: string | undefined, message: unknown][] = []
  const onConnection = (connection: Connection) =>
    connection.onMessage((message) => heard.push([connection.identity?.userId, message]))
  return { heard, onConnection }
}

const ends = (page: Page) => page.told.map(([name]) => name).filter((name) => /^(open|lost|closed|failed)$/.test(name))

test('a socket that answers the first ping within its send() stays, and the round-trip time is known', async () => {
  const page = arrange({
    wrap: (platform) => ({
      ...platform,
      WebSocket: class extends (platform.WebSocket as SocketConstructor) {
        override send(text: string) {
          const { type, timestamp } = JSON.parse(text) as { type: string; timestamp: number }
          const answer = this.onmessage as ((event: { data: string }) => void) | null
          if (type === 'ts:ping') answer?.({ data: JSON.stringify({ type: 'ts:pong', timestamp }) })
        }
      },
    }),
  })
  await page.connect()
  await page.clock.advance(20_000)
  expect([page.times('lost'), page.state().rttMs]).toEqual([0, 0])
})

describe('a socket that was disposed of', () => {
  test('is not revived, not even from within its own last event', async () => {
    const { heard, onConnection } = withServerEar()
    const page = arrange({ backend: { onConnection } })
    await page.connect()
    page.socket.on('closed', () => page.socket.connect())
    page.socket.dispose()
    page.socket.connect()
    page.socket.reconnect()
    page.signIn('bob')
    expect(page.socket.send({ type: 'chat' })).toMatchObject({ status: 'dropped', reason: 'closed' })
    await page.clock.advance(10_000)
    expect(page.backend.connections()).toHaveLength(0)
    expect(heard).toEqual([])
  })

  test('within a listener tells its end, and settles what was asked', async () => {
    const page = arrange()
    const { request } = createRequests(page.socket, { clock: page.clock })
    const asked = request({ type: 'get_user' }).catch((error: Error) => error)
    page.socket.on('open', () => page.socket.dispose())
    await page.connect()
    expect(ends(page)).toEqual(['open', 'closed'])
    expect(await asked).toMatchObject({ code: 'aborted' })
    await page.clock.advance(1_000)
    expect(page.backend.connections()).toHaveLength(0)
  })

  test('ends what is read from it, also what is first read afterwards', async () => {
    const { socket } = arrange()
    socket.dispose()
    expect(await socket.messages('chat').next()).toEqual({ value: undefined, done: true })
  })
})

describe('the end is reported once', () => {
  test.each([
    ['closed again and again', (page: Page) => page.socket.close(), ['open', 'closed']],
    ['logged out, then closed', (page: Page) => page.auth.handleLogout(), ['open', 'closed']],
    [
      'failed, then closed',
      async (page: Page) => {
        page.backend.connections()[0]?.close(4403, 'permission')
        await page.clock.advance(10)
      },
      ['open', 'failed'],
    ],
  ])('%s', async (_name, end, told) => {
    const page = arrange()
    await page.connect()
    await end(page)
    page.auth.handleLogout()
    page.socket.close()
    page.socket.close()
    expect(ends(page)).toEqual(told)
  })
})

describe('on a plain server, whose first message opens the connection', () => {
  test.each([
    ['closes', (page: Page) => page.socket.close()],
    ['logs out', (page: Page) => page.auth.handleLogout()],
    ['signs another user in', (page: Page) => page.signIn('bob')],
  ])('a listener of `open` that %s does not get that message', async (_name, act) => {
    const greeted: string[] = []
    const page = arrange({
      backend: {
        onConnection: (connection) => {
          greeted.push(connection.identity?.userId ?? '')
          connection.send({ type: 'greeting', to: connection.identity?.userId })
        },
      },
    })
    page.backend.use(scenarios.plainServer)
    const heard: unknown[] = []
    let hasActed = false
    page.socket.on('message', ({ to }) => heard.push(to))
    page.socket.on('open', () => {
      if (hasActed) return
      hasActed = true
      act(page)
    })
    await page.connect()
    await page.clock.advance(5_000)
    expect(greeted[0]).toBe('alice')
    expect(heard).not.toContain('alice')
  })
})

test('a handler that logs out keeps the message from the handlers of its type', async () => {
  const page = arrange()
  await page.connect()
  const heard: string[] = []
  page.socket.on('message', () => page.auth.handleLogout())
  page.socket.onMessage('chat', () => heard.push('after the log-out'))
  page.backend.connections()[0]?.send({ type: 'chat' })
  await page.clock.advance(10)
  expect(heard).toEqual([])
})

test('messages of the last user that were not read are not read by the next', async () => {
  const page = arrange()
  await page.connect()
  const stream = page.socket.messages('chat')
  const first = stream.next()
  for (const n of [1, 2]) page.backend.connections()[0]?.send({ type: 'chat', n })
  await page.clock.advance(10)
  expect((await first).value).toMatchObject({ n: 1 })
  page.auth.handleLogout()
  page.signIn('bob')
  await page.clock.advance(1_000)
  const next = stream.next()
  page.backend.connections()[0]?.send({ type: 'chat', n: 3 })
  await page.clock.advance(10)
  expect((await next).value).toMatchObject({ n: 3 })
})

test('before the server has taken the credential, none of its messages is believed', async () => {
  const page = arrange()
  // The server's own first frame comes second.
  const impatient = (Real: SocketConstructor) =>
    new Proxy(Real, {
      construct(target, [url, protocols]) {
        const socket = new target(url as string, protocols)
        return new Proxy(socket, {
          get: (real, key) => Reflect.get(real, key),
          set(real, key, value) {
            if (key !== 'onmessage' || value === null) return Reflect.set(real, key, value)
            let isFirst = true
            return Reflect.set(real, key, (event: never) => {
              if (isFirst) value({ data: '{"type":"chat","by":"mallory"}' })
              isFirst = false
              value(event)
            })
          },
        })
      },
    })
  const platform = { ...page.platform, WebSocket: impatient(page.platform.WebSocket as SocketConstructor) }
  const socket = createTicketSocket({ url: page.backend.wsUrl, auth: page.auth, platform })
  const heard: unknown[] = []
  socket.on('message', (message) => heard.push(message))
  socket.on('invalidMessage', ({ reason, frame }) => heard.push(reason, frame))
  socket.connect()
  await page.clock.advance(1_000)
  expect(socket.store.getState().status).toBe('open')
  expect(heard).toEqual(['too_early', '{"type":"chat","by":"mallory"}'])
})

describe('a message that a listener of a dropped one sends', () => {
  test('at the end of a session is refused: it would be the next one’s', async () => {
    const { heard, onConnection } = withServerEar()
    const page = arrange({ backend: { onConnection } })
    page.socket.send({ type: 'chat', by: 'alice' })
    const receipts: unknown[] = []
    page.socket.on('dropped', () => receipts.push(page.socket.send({ type: 'chat', by: 'alice' })))
    page.auth.handleLogout()
    page.signIn('bob')
    await page.connect()
    expect(receipts).toEqual([{ status: 'dropped', reason: 'signed_out', issues: [] }])
    expect(heard).toEqual([])
  })

  test('when the outbox is full does not push out the next, and so on without end', () => {
    const page = arrange({ socket: { outbox: { maxCount: 2 } } })
    const receipts: string[] = []
    page.socket.on('dropped', () => receipts.push(page.socket.send({ type: 'again' }).status))
    for (const n of [1, 2, 3]) page.socket.send({ type: 'chat', n })
    expect(receipts).toEqual(['dropped'])
    expect(page.state().queued).toBe(2)
  })
})

test('a message is not the next user’s because somebody signs in on hearing what it pushed out', async () => {
  const { heard, onConnection } = withServerEar()
  const page = arrange({ backend: { onConnection }, socket: { outbox: { maxCount: 1, ttlMs: 5_000 } } })
  let signsIn = true
  page.socket.on('dropped', () => {
    if (signsIn) page.signIn('bob')
    signsIn = false
  })
  page.socket.send({ type: 'chat', by: 'alice', n: 1 })
  page.socket.send({ type: 'chat', by: 'alice', n: 2 })
  await page.connect()
  await page.clock.advance(1_000)
  expect(page.state()).toMatchObject({ status: 'open', session: { userId: 'bob' } })
  expect(heard).toEqual([])
})

test('a sign-out in a listener of the sign-in of another user stays', async () => {
  const page = arrange({ backend: { upgrade: { allowAnonymous: true } } })
  await page.connect()
  page.backend.use(scenarios.upgradeRefused)
  page.socket.reconnect()
  page.socket.send({ type: 'chat' })
  page.socket.on('dropped', () => {
    page.session.jwt = null
    page.auth.handleLogout()
  })
  page.signIn('bob')
  await page.clock.advance(60_000)
  expect(page.state().status).toBe('closed')
})

test('a message that does not fit costs no other its place', () => {
  const page = arrange({ socket: { outbox: { maxBytes: 100 } } })
  page.socket.send({ type: 'a', text: 'x'.repeat(10) }, { priority: 'low' })
  page.socket.send({ type: 'b', text: 'x'.repeat(40) }, { priority: 'high' })
  const receipt = page.socket.send({ type: 'c', text: 'x'.repeat(60) })
  expect(receipt).toMatchObject({ status: 'dropped', reason: 'overflow' })
  expect(page.times('dropped')).toBe(0)
})

test('a subscriber that sends when the queue is shown leaves no timer', async () => {
  const page = arrange()
  let sends = 0
  page.socket.store.subscribe(({ queued }, before) => {
    if (queued !== before.queued && sends++ < 5) page.socket.send({ type: 'chat' })
  })
  page.socket.send({ type: 'chat' })
  page.socket.dispose()
  expect(page.clock.pending()).toBe(0)
})

test('binary that waits is what it was when it was sent', async () => {
  const frames: number[][] = []
  const page = arrange({
    backend: { onConnection: (connection) => connection.onBinary((data) => frames.push([...new Uint8Array(data)])) },
  })
  const bytes = new Uint8Array([1, 2, 3])
  page.socket.send(bytes.buffer)
  bytes[0] = 99
  await page.connect()
  await page.clock.advance(10)
  expect(frames).toEqual([[1, 2, 3]])
})

describe('dialling', () => {
  const dials = (page: Page) => page.backend.journal.count('upgrade')

  test('offline it does not, though another user signs in, or a wait ends, or a ticket comes just then', async () => {
    const page = arrange()
    await page.connect()
    page.page.say('offline')
    page.backend.dropConnections()
    await page.clock.advance(1_000)
    page.signIn('bob')
    await page.clock.advance(29_000)
    expect([page.state().status, dials(page)]).toEqual(['offline', 1])
    page.page.say('online')
    await page.clock.advance(1_000)
    expect(page.state()).toMatchObject({ status: 'open', session: { userId: 'bob' } })
  })

  test('an attempt whose ticket is on its way when the network goes is given up until it is back', async () => {
    const page = arrange({ backend: { latencyMs: 300 } })
    page.socket.connect()
    await page.clock.advance(100)
    page.page.say('offline')
    await page.clock.advance(29_000)
    expect([page.state().status, dials(page)]).toEqual(['offline', 0])
    page.page.say('online')
    await page.clock.advance(2_000)
    expect(page.state().status).toBe('open')
  })

  test('an explicit connect gets its one attempt though the page says that it is offline', async () => {
    const page = arrange()
    page.page.say('offline')
    await page.connect()
    expect(page.state().status).toBe('open')
  })

  test('in a loop of the app’s is never faster than twice a second', async () => {
    const page = arrange()
    page.backend.use(scenarios.upgradeRefused)
    page.socket.on('lost', () => page.socket.connect())
    page.socket.connect()
    await page.clock.advance(10_000)
    expect(dials(page)).toBeGreaterThan(10)
    expect(dials(page)).toBeLessThanOrEqual(21)
  })

  test('the breaker’s wait stands, however often the tab is shown', async () => {
    const page = arrange()
    page.backend.use(scenarios.upgradeRefused)
    page.socket.connect()
    await page.clock.advance(300_000)
    expect(page.state().failedAttempts).toBeGreaterThan(20)
    const before = dials(page)
    for (let second = 0; second < 60; second++) {
      page.page.say('shown')
      await page.clock.advance(1_000)
    }
    expect(dials(page) - before).toBeLessThanOrEqual(4)
    expect(dials(page) - before).toBeGreaterThanOrEqual(2)
  })

  test('clients that received the same wait do not come at the same moment', async () => {
    const backAt = async (chance: number) => {
      const page = arrange({ chance })
      await page.connect()
      page.backend.restart({ retryAfterMs: 20_000 })
      await page.clock.advance(10)
      return (page.state().retryAt ?? 0) - page.clock.wallNow()
    }
    const waits = await Promise.all([0, 0.5, 0.99].map(backAt))
    expect(new Set(waits).size).toBe(3)
    for (const wait of waits) {
      expect(wait).toBeGreaterThan(19_900)
      expect(wait).toBeLessThanOrEqual(24_000)
    }
  })

  test('a later, shorter hint does not shorten an earlier one', async () => {
    const page = arrange()
    await page.connect()
    page.backend.restart({ retryAfterMs: 60_000 })
    await page.clock.advance(1_000)
    page.socket.reconnect()
    await page.clock.advance(58_000)
    expect(dials(page)).toBe(1)
  })
})

describe('the heartbeat', () => {
  test('asks again when its timer was held up for less than a timeout, as in a page that was frozen', async () => {
    const page = arrange()
    await page.connect()
    await page.clock.advance(25_000)
    // The page freezes as the question leaves; the answer waits in its event queue.
    await page.clock.sleep(15_000)
    await page.clock.advance(1_000)
    expect([page.times('lost'), page.state().status]).toEqual([0, 'open'])
  })

  test('of the app’s own that throws is the app’s mistake, and costs no connection', async () => {
    const reported = vi.spyOn(console, 'error').mockImplementation(() => {})
    const message = () => {
      throw new Error('no heartbeat today')
    }
    const page = arrange({ socket: { heartbeat: { message } } })
    page.backend.use(scenarios.plainServer)
    await page.connect()
    await page.clock.advance(60_000)
    expect([page.times('lost'), page.state().status]).toEqual([0, 'open'])
    expect(reported).toHaveBeenCalled()
    reported.mockRestore()
  })

  test.each(['shown', 'restored', 'online'] as const)('%s: the link is asked, not believed', async (signal) => {
    const page = arrange()
    await page.connect()
    const pings = () =>
      page.backend.journal.of('frame').filter(({ type, direction }) => type === 'ts:ping' && direction === 'received')
        .length
    const before = pings()
    page.page.say(signal)
    await page.clock.advance(100)
    expect(pings()).toBe(before + 1)
  })

  test('the server’s question is answered, and the round-trip time is that of our own', async () => {
    const page = arrange({ backend: { latencyMs: 30 } })
    await page.connect()
    expect(page.state().rttMs).toBe(60)
    const server = page.backend.connections()[0] as Connection
    sendControlFrame(server, { type: 'ts:pong', timestamp: 1 })
    await page.clock.advance(100)
    expect(page.state().rttMs).toBe(60)
    sendControlFrame(server, { type: 'ts:ping', timestamp: 2 })
    await page.clock.advance(100)
    const answers = page.backend.journal
      .of('frame')
      .filter(({ type, direction }) => type === 'ts:pong' && direction === 'received')
    expect(answers).toHaveLength(1)
  })
})

describe('options are obeyed', () => {
  test('maxMessageLength, of text and of binary frames', async () => {
    const page = arrange({ socket: { maxMessageLength: 200 } })
    await page.connect()
    const server = page.backend.connections()[0] as Connection
    server.send({ type: 'chat', text: 'x'.repeat(200) })
    server.sendBinary(new Uint8Array(201))
    server.sendBinary(new Uint8Array(200))
    await page.clock.advance(10)
    expect(page.told.filter(([name]) => name === 'invalidMessage').map(([, payload]) => payload)).toEqual([
      { reason: 'too_long', issues: [], frame: JSON.stringify({ type: 'chat', text: 'x'.repeat(200) }) },
      { reason: 'too_long', issues: [], frame: new ArrayBuffer(201) },
    ])
  })

  test('openTimeoutMs', async () => {
    const page = arrange({ socket: { openTimeoutMs: 3_000 } })
    page.backend.use(scenarios.silentServer)
    page.socket.connect()
    await page.clock.advance(2_900)
    expect(page.times('lost')).toBe(0)
    await page.clock.advance(200)
    expect(page.told.find(([name]) => name === 'lost')).toMatchObject(['lost', { error: { code: 'timeout' } }])
  })
})

test('a credential is reported unused when a listener of `fallback` closes the socket before it is dialled', async () => {
  const page = arrange({ auth: { maxTicketFailures: 1 } })
  page.backend.use(scenarios.ticketEndpointDown)
  page.socket.on('fallback', () => page.socket.close())
  await page.connect()
  await page.clock.advance(60_000)
  expect(page.backend.journal.count('upgrade')).toBe(0)
  expect(page.auth.store.getState()).toMatchObject({ ticketFailures: 0, reverted: false })
})

test('failed for good, everything that was asked is settled', async () => {
  const page = arrange()
  await page.connect()
  const { request } = createRequests(page.socket, { clock: page.clock })
  const asked = request({ type: 'get_user' }).catch((error: Error) => error)
  page.backend.connections()[0]?.close(4403, 'permission')
  await page.clock.advance(10)
  expect(await asked).toMatchObject({ code: 'permission_denied' })
})
