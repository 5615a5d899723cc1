// Messages above what the server takes: refused before they are sent where the limit is known, and not sent again where a close
// with 1009 has shown it.

import { describe, expect, test } from 'vitest'
import * as z from 'zod/mini'
import { createRequests, messageSchemas } from '../../../src/index.ts'
import { scenarios } from '../../../src/mock/index.ts'
import { sendControlFrame } from '../../../src/server/session.ts'
import { createMessageLimit } from '../../../src/socket/message-limit.ts'
import { arrange } from '../../support/arrange.ts'
import { createVirtualClock } from '../../support/virtual-clock.ts'

type TestPage = ReturnType<typeof arrange>

const KIB = 1024
const tooLarge = { status: 'dropped', reason: 'too_large', issues: [] }
/** A message of so many bytes as JSON. */
const message = (bytes: number, of = 'x') => {
  const empty = JSON.stringify({ type: 'big', text: '' }).length
  return { type: 'big', text: of.repeat((bytes - empty) / Buffer.byteLength(of)) }
}
const told = (page: TestPage, name: string) =>
  page.told.flatMap(([event, payload]) => (event === name ? [payload] : []))
const received = (page: TestPage) =>
  page.backend.journal
    .of('frame')
    .filter(({ type, direction }) => direction === 'received' && !type.startsWith('ts:'))
    .map(({ type }) => type)

describe('PR-90: what the server announces', () => {
  test('is shown, and a message of that size is sent', async () => {
    const page = arrange({ backend: { maxPayload: 2 * KIB } })
    await page.connect()
    expect(page.state().session?.maxMessageBytes).toBe(2 * KIB)
    expect(page.socket.send(message(2 * KIB))).toEqual({ status: 'sent' })
    await page.clock.advance(100)
    expect([received(page), page.state().status]).toEqual([['big'], 'open'])
  })

  test.each<[name: string, make: () => object]>([
    ['a message', () => message(2 * KIB + 1)],
    ['one whose characters take three bytes each', () => message(2 * KIB + 2, '€')],
    ['a buffer', () => new ArrayBuffer(2 * KIB + 1)],
    ['a view', () => new Uint8Array(2 * KIB + 1)],
    ['a Blob', () => new Blob(['x'.repeat(2 * KIB + 1)])],
  ])('%s of more bytes is dropped before it is sent, and the connection stays', async (_name, make) => {
    const page = arrange({ backend: { maxPayload: 2 * KIB } })
    await page.connect()
    expect(page.socket.send(make() as never)).toEqual(tooLarge)
    await page.clock.advance(60_000)
    expect([page.times('lost'), received(page)]).toEqual([0, []])
  })

  test('holds for what a schema has made of it', async () => {
    const outgoing = z.pipe(
      z.object({ type: z.string() }),
      z.transform(() => message(3 * KIB)),
    )
    const page = arrange({
      backend: { maxPayload: 2 * KIB },
      socket: { messages: messageSchemas({ outgoing }) as never },
    })
    await page.connect()
    expect(page.socket.send({ type: 'small' })).toEqual(tooLarge)
  })

  test('holds for what already waits, as soon as it is known; the rest is sent in order', async () => {
    const page = arrange({ backend: { maxPayload: 2 * KIB }, socket: { rateLimit: { perSecond: 1, burst: 1 } } })
    const receipts = [{ type: 'one' }, message(3 * KIB), { type: 'two' }, message(4 * KIB)].map((m) =>
      page.socket.send(m),
    )
    expect(receipts.map(({ status }) => status)).toEqual(['queued', 'queued', 'queued', 'queued'])
    page.socket.connect()
    await page.clock.advance(50)
    expect(told(page, 'dropped')).toEqual([
      { id: 2, reason: 'too_large', issues: [] },
      { id: 4, reason: 'too_large', issues: [] },
    ])
    await page.clock.advance(2_000)
    expect(received(page)).toEqual(['one', 'two'])
  })

  test('is known before the opening is emitted', async () => {
    const page = arrange({ backend: { maxPayload: 2 * KIB } })
    const receipts: unknown[] = []
    page.socket.on('open', () => receipts.push(page.socket.send(message(3 * KIB))))
    await page.connect()
    await page.clock.advance(60_000)
    expect([receipts, page.times('lost'), page.ticketRequests()]).toEqual([[tooLarge], 0, 2])
  })

  test('is that of one connection: what is sent between two waits for what the next one announces', async () => {
    const page = arrange({ backend: { maxPayload: 2 * KIB } })
    await page.connect()
    page.backend.dropConnections()
    await page.clock.advance(5)
    expect(page.state().status).toBe('reconnecting')
    expect(page.socket.send(message(3 * KIB))).toEqual({ status: 'queued', id: 1 })
    await page.clock.advance(30_000)
    expect(told(page, 'dropped')).toEqual([{ id: 1, reason: 'too_large', issues: [] }])
  })

  test('nor does it hold after reconnect()', async () => {
    const page = arrange({ backend: { maxPayload: 2 * KIB } })
    await page.connect()
    page.socket.reconnect()
    expect(page.socket.send(message(3 * KIB))).toEqual({ status: 'queued', id: 1 })
  })

  test('rejects a request, and says what to do', async () => {
    const page = arrange({ backend: { maxPayload: 2 * KIB } })
    await page.connect()
    const { request } = createRequests(page.socket, { clock: page.clock })
    await expect(request(message(3 * KIB))).rejects.toMatchObject({
      code: 'message_too_large',
      retryable: false,
      message: expect.stringMatching(/Send it in smaller parts\.$/),
    })
  })

  test('holds for the renewal of a session, too: a ticket that does not fit is not sent, and the client connects again', async () => {
    const page = arrange({ backend: { maxPayload: 125, session: { maxSessionSeconds: 40 } } })
    await page.connect()
    // The frame with a ticket of 43 characters is shorter than 125 bytes; this one is not.
    const { acquire } = page.auth
    page.auth.acquire = async (options) => {
      const grant = await acquire.call(page.auth, options)
      const frame = grant.refreshFrame()
      return { ...grant, refreshFrame: () => frame && ({ ...frame, padding: 'x'.repeat(100) } as never) }
    }
    await page.clock.advance(120_000)
    expect(told(page, 'lost').map((lost) => (lost as { error: { code: string } }).error.code)).not.toContain(
      'message_too_large',
    )
    expect(told(page, 'lost')).toContainEqual(
      expect.objectContaining({ error: expect.objectContaining({ code: 'session_expired' }) }),
    )
    expect(page.state().status).toBe('open')
  })
})

describe('PR-90: a close with 1009, where nothing was announced', () => {
  /** The mock as a plain server, which announces nothing. */
  function arrangePlain() {
    const page = arrange({ backend: { maxPayload: 2 * KIB } })
    page.backend.use(scenarios.plainServer)
    return page
  }

  test('is emitted as message_too_large, and the connection comes back', async () => {
    const page = arrangePlain()
    await page.connect()
    expect(page.socket.send(message(3 * KIB))).toEqual({ status: 'sent' })
    await page.clock.advance(30_000)
    expect(told(page, 'lost')).toMatchObject([{ error: { code: 'message_too_large' } }])
    expect(page.state().status).toBe('open')
  })

  test('an app that sends a message that is too large on every open does so once: it does not loop', async () => {
    const page = arrangePlain()
    const receipts: unknown[] = []
    page.socket.on('open', () => {
      page.socket.send({ type: 'hello' })
      receipts.push(page.socket.send(message(3 * KIB)))
    })
    page.socket.connect()
    await page.clock.advance(12_000)
    expect(receipts).toEqual([{ status: 'queued', id: 2 }, tooLarge])
    await page.clock.advance(4 * 60_000)
    expect([page.times('open'), page.times('lost'), page.state().status]).toEqual([2, 1, 'open'])
    expect(page.ticketRequests()).toBeLessThanOrEqual(4)
  })

  test('nor does one that waited, or one that is as large; a smaller one is tried', async () => {
    const page = arrangePlain()
    await page.connect()
    page.socket.send(message(5 * KIB))
    page.socket.send({ type: 'after' })
    await page.clock.advance(5)
    expect(page.socket.send(message(6 * KIB))).toEqual(tooLarge)
    expect(page.socket.send(message(KIB))).toMatchObject({ status: 'queued' })
    await page.clock.advance(30_000)
    expect(page.socket.send(message(5 * KIB))).toEqual(tooLarge)
    expect(page.socket.send(message(5 * KIB - 1))).toEqual({ status: 'sent' })
    expect(received(page)).toContain('big')
  })

  test('what waits as the connection is lost is given up, if it is as large', async () => {
    const page = arrange({ backend: { maxPayload: 2 * KIB }, socket: { rateLimit: { perSecond: 0.1, burst: 1 } } })
    page.backend.use(scenarios.plainServer)
    await page.connect()
    expect([message(3 * KIB), message(4 * KIB), { type: 'small' }].map((m) => page.socket.send(m).status)).toEqual([
      'sent',
      'queued',
      'queued',
    ])
    await page.clock.advance(100)
    expect(told(page, 'dropped')).toEqual([{ id: 2, reason: 'too_large', issues: [] }])
    expect(page.state().queued).toBe(1)
  })

  test('an app that cuts its message down each time is slowed down by the backoff', async () => {
    const page = arrangePlain()
    let size = 40 * KIB
    page.socket.on('open', () => {
      page.socket.send(message(size))
      size -= 500
    })
    page.socket.connect()
    await page.clock.advance(60_000)
    // Half of 2, 4, 8, then 10 s, again and again.
    expect(page.times('open')).toBeLessThanOrEqual(14)
  })

  test('is forgotten after five minutes: the server may be another one by then', async () => {
    const page = arrangePlain()
    await page.connect()
    page.socket.send(message(3 * KIB))
    await page.clock.advance(299_000)
    expect(page.socket.send(message(3 * KIB))).toEqual(tooLarge)
    await page.clock.advance(2_000)
    expect(page.socket.send(message(3 * KIB))).toEqual({ status: 'sent' })
  })
})

describe('PR-90: a close with 1009 in spite of what was announced', () => {
  test('the message is not sent again: something between takes less', async () => {
    const page = arrange({
      backend: {
        maxPayload: 64 * KIB,
        onConnection: (connection) => connection.onMessage(({ type }) => type === 'big' && connection.close(1009, '')),
      },
    })
    const receipts: unknown[] = []
    page.socket.on('open', () => receipts.push(page.socket.send(message(3 * KIB))))
    page.socket.connect()
    await page.clock.advance(60_000)
    expect(receipts).toEqual([{ status: 'queued', id: 1 }, tooLarge])
    expect(page.state().session?.maxMessageBytes).toBe(64 * KIB)
  })
})

describe('PR-90: a close with 1009 that no message in flight has caused', () => {
  const closeAll = (page: TestPage) => {
    for (const connection of page.backend.connections()) connection.close(1009, '')
  }

  test('says nothing about what the server has shown to have received: a pong came for a ping that was sent later', async () => {
    const page = arrange()
    await page.connect()
    expect(page.socket.send(message(3 * KIB))).toEqual({ status: 'sent' })
    // After 25 s of silence the client has sent a ping.
    await page.clock.advance(26_000)
    closeAll(page)
    await page.clock.advance(30_000)
    expect(told(page, 'lost')).toMatchObject([{ error: { code: 'message_too_large' } }])
    expect(page.socket.send(message(3 * KIB))).toEqual({ status: 'sent' })
  })

  test('says nothing about messages where the app says that it means a refused credential', async () => {
    const page = arrange({ socket: { closeCodes: { 1009: 'refused' } } })
    await page.connect()
    page.socket.send(message(3 * KIB))
    await page.clock.advance(100)
    closeAll(page)
    await page.clock.advance(30_000)
    expect(page.state().status).toBe('open')
    expect(page.socket.send(message(3 * KIB))).toEqual({ status: 'sent' })
  })

  test('the largest frame since that ping is taken for the one that was too large', async () => {
    const page = arrange()
    await page.connect()
    page.socket.send(message(4 * KIB))
    await page.clock.advance(26_000)
    page.socket.send(message(2 * KIB))
    closeAll(page)
    await page.clock.advance(30_000)
    expect(page.socket.send(message(2 * KIB))).toEqual(tooLarge)
    expect(page.socket.send(message(2 * KIB - 1))).toEqual({ status: 'sent' })
  })

  test('a pong that answers another ping proves nothing', async () => {
    let hasPinged = false
    const page = arrange({
      wrap: ({ WebSocket, ...platform }) => ({
        ...platform,
        // The second ping gets lost.
        WebSocket: class extends (WebSocket as typeof globalThis.WebSocket) {
          override send(data: string) {
            const isPing = data.includes('"ts:ping"')
            if (!isPing || !hasPinged) super.send(data)
            hasPinged ||= isPing
          }
        } as typeof WebSocket & {},
      }),
    })
    await page.connect()
    page.socket.send(message(3 * KIB))
    await page.clock.advance(26_000)
    const [connection] = page.backend.connections()
    sendControlFrame(connection as never, { type: 'ts:pong', timestamp: 1 })
    await page.clock.advance(100)
    closeAll(page)
    await page.clock.advance(30_000)
    expect(page.socket.send(message(3 * KIB))).toEqual(tooLarge)
  })
})

describe('the limit', () => {
  const arrangeLimit = () => {
    const clock = createVirtualClock()
    const limit = createMessageLimit(clock)
    return { clock, limit }
  }

  test('is none until it is known', () => {
    const { limit } = arrangeLimit()
    expect(limit.max()).toBe(Number.POSITIVE_INFINITY)
    limit.announce(null)
    expect(limit.max()).toBe(Number.POSITIVE_INFINITY)
  })

  test('is the smaller of what was announced and what was refused', () => {
    const { limit } = arrangeLimit()
    limit.announce(1_000)
    limit.sent(500)
    limit.exceeded()
    expect(limit.max()).toBe(499)
    limit.forget()
    limit.announce(300)
    expect(limit.max()).toBe(300)
  })

  test('a 1009 after nothing, or after what every server takes, has another cause', () => {
    const { limit } = arrangeLimit()
    limit.exceeded()
    limit.sent(125)
    limit.exceeded()
    expect(limit.max()).toBe(Number.POSITIVE_INFINITY)
  })

  test('is about what was sent after the latest mark that the server has reached', () => {
    const { limit } = arrangeLimit()
    limit.sent(900)
    const early = limit.mark()
    limit.sent(500)
    limit.sent(400)
    const late = limit.mark()
    limit.sent(300)
    early()
    limit.exceeded()
    expect(limit.max()).toBe(499)
    late()
    early()
    limit.exceeded()
    expect(limit.max()).toBe(299)
  })

  test('a mark of an earlier connection is no evidence about this one', () => {
    const { limit } = arrangeLimit()
    limit.sent(900)
    limit.sent(900)
    const before = limit.mark()
    limit.forget()
    limit.sent(500)
    before()
    limit.exceeded()
    expect(limit.max()).toBe(499)
  })

  test('what an earlier connection sent is no evidence', () => {
    const { limit } = arrangeLimit()
    limit.sent(10_000)
    limit.forget()
    limit.sent(200)
    limit.exceeded()
    expect(limit.max()).toBe(199)
  })
})
