// A listener that ends a scope ends it for the other listeners, too: by a sign-out, a change of the user, or `close()`.

import { describe, expect, test } from 'vitest'
import { type Message, messageSchemas, type SocketConstructor, type TicketSocketOptions } from '../../../src/index.ts'
import { scenarios } from '../../../src/mock/index.ts'
import { arrange } from '../../support/arrange.ts'
import { once } from '../../support/once.ts'

const slowSchema = {
  '~standard': { version: 1, vendor: 'test', validate: async (value: unknown) => ({ value: value as object }) },
} as const

function logOut({ session, auth }: ReturnType<typeof arrange>) {
  session.jwt = null
  auth.handleLogout()
}

describe('a listener that ends the session', () => {
  test('when nobody is signed in is the last that is called with it: the last event is that somebody is', async () => {
    const page = arrange()
    await page.connect()
    page.socket.on(
      'userChanged',
      once(() => page.signIn('bob')),
    )
    const heard: boolean[] = []
    page.socket.on('userChanged', ({ signedIn }) => heard.push(signedIn))
    logOut(page)
    expect(heard).toEqual([true])
  })

  test('closes, signs another user in and connects has that user’s connection, and no listener is called for the user between', async () => {
    const page = arrange()
    await page.connect()
    page.socket.on(
      'userChanged',
      once(() => {
        page.socket.close()
        page.signIn('bob')
        page.socket.connect()
      }),
    )
    const heard: boolean[] = []
    page.socket.on('userChanged', ({ signedIn }) => heard.push(signedIn))
    logOut(page)
    await page.clock.advance(5_000)
    expect([heard, page.times('closed')]).toEqual([[true], 1])
    expect(page.state()).toMatchObject({ status: 'open', session: { userId: 'bob' } })
  })

  test('on a message is the last that gets one', async () => {
    const page = arrange()
    await page.connect()
    const heard: string[] = []
    page.socket.onMessage('note', () => logOut(page))
    page.socket.onMessage('note', () => heard.push('by type'))
    page.backend.broadcast({ type: 'note' })
    await page.clock.advance(100)
    expect(heard).toEqual([])
  })

  test('on binary is the last that gets it', async () => {
    const page = arrange()
    await page.connect()
    const heard: string[] = []
    page.socket.on('binary', () => page.socket.close())
    page.socket.on('binary', () => heard.push('second'))
    page.backend.connections()[0]?.sendBinary(new Uint8Array([1]))
    await page.clock.advance(100)
    expect([heard, page.state().status]).toEqual([[], 'closed'])
  })

  test.each(['store', 'event'])('on seeing it open (%s) leaves nothing open for the others', async (where) => {
    const page = arrange()
    const end = () => logOut(page)
    if (where === 'store') page.socket.store.subscribe(({ status }) => status === 'open' && end())
    else page.socket.on('open', end)
    const heard: string[] = []
    page.socket.on('open', () => heard.push('open'))
    page.socket.on('closed', ({ by }) => heard.push(by))
    await page.connect()
    expect(heard).toEqual(['logout'])
    expect(page.state().status).toBe('closed')
  })
})

describe('a listener of the opening that begins another connection', () => {
  test.each<[name: string, begin: (page: ReturnType<typeof arrange>) => void]>([
    [
      'by close() and connect()',
      ({ socket }) => {
        socket.close()
        socket.connect()
      },
    ],
    ['by reconnect()', ({ socket }) => socket.reconnect()],
  ])('%s: a message is sent when the server has accepted that one, and not before', async (_name, begin) => {
    const sent: [type: string, phase: string][] = []
    const page = arrange({
      wrap: (platform) => ({
        ...platform,
        WebSocket: class extends (platform.WebSocket as SocketConstructor) {
          override send(text: string) {
            const { type } = JSON.parse(text) as Message
            if (!type.startsWith('ts:')) sent.push([type, page.state().phase])
            super.send(text)
          }
        },
      }),
    })
    page.socket.on(
      'open',
      once(() => begin(page)),
    )
    page.socket.store.subscribe(({ phase }, before) => {
      if (phase !== before.phase && phase !== 'open') page.socket.send({ type: phase })
    })
    await page.connect()
    await page.clock.advance(5_000)
    expect(sent).toContainEqual(['confirming', 'open'])
    expect(sent.filter(([, phase]) => phase !== 'open')).toEqual([])
  })
})

describe('an app’s own code that ends the session while it has a message', () => {
  const endings: [name: string, end: (page: ReturnType<typeof arrange>) => void, reason: string][] = [
    ['signs another user in', (page) => page.signIn('bob'), 'signed_out'],
    ['logs out', logOut, 'signed_out'],
    ['closes', (page) => page.socket.close(), 'closed'],
    [
      'closes and connects',
      (page) => {
        page.socket.close()
        page.socket.connect()
      },
      'closed',
    ],
  ]
  /** Where it ends: while the codec encodes, or while a schema looks at the message. */
  const places: [name: string, options: (end: () => void) => Parameters<typeof arrange>[0]][] = [
    [
      'a codec',
      (end) => {
        const encode = () => {
          end()
          return 'of alice'
        }
        return { socket: { codec: { decode: () => null, encode } } }
      },
    ],
    [
      'a schema',
      (end) => {
        const validate = (value: unknown) => {
          end()
          return { value: value as object }
        }
        const outgoing = { '~standard': { version: 1, vendor: 'test', validate } } as const
        return { socket: { messages: messageSchemas({ outgoing }) as never } }
      },
    ],
  ]
  test.each(
    places.flatMap(([place, options]) => endings.map(([name, end, reason]) => ({ place, name, options, end, reason }))),
  )('$place that $name: the message is not sent', async ({ options, end, reason }) => {
    const received: string[] = []
    let isArmed = false
    const page: ReturnType<typeof arrange> = arrange({
      ...options(() => isArmed && end(page)),
      backend: { onConnection: (connection) => connection.onText((text) => received.push(text)) },
    })
    await page.connect()
    isArmed = true
    expect(page.socket.send({ type: 'of alice' })).toEqual({ status: 'dropped', reason, issues: [] })
    isArmed = false
    page.socket.connect()
    await page.clock.advance(5_000)
    expect([received, page.state().queued]).toEqual([[], 0])
  })

  test.each(endings)('a codec that %s while it reads a frame: its result is not delivered', async (_name, end) => {
    const heard: unknown[] = []
    const decode = () => {
      end(page)
      return { type: 'of alice' }
    }
    const page: ReturnType<typeof arrange> = arrange({ socket: { codec: { decode, encode: () => '' } } })
    page.socket.on('message', (message) => heard.push(message))
    await page.connect()
    page.backend.broadcast({ type: 'frame' })
    await page.clock.advance(5_000)
    expect(heard).toEqual([])
  })
})

describe('a message of a session that has ended is not checked, and holds up none of the next session', () => {
  /** Of some messages it never says anything. */
  function withSchema(codec?: TicketSocketOptions['codec']) {
    const checked: string[] = []
    const validate = (value: unknown) => {
      const { type } = value as Message
      checked.push(type)
      if (type === 'last') page.socket.close()
      return type === 'stuck' ? new Promise<never>(() => {}) : { value: value as Message }
    }
    const incoming = { '~standard': { version: 1, vendor: 'test', validate } } as const
    const page: ReturnType<typeof arrange> = arrange({
      socket: { messages: messageSchemas({ incoming }) as never, ...(codec && { codec }) },
    })
    return { page, checked }
  }

  async function expectNextSessionGetsMessages({ page, checked }: ReturnType<typeof withSchema>) {
    checked.length = page.told.length = 0
    page.backend.broadcast({ type: 'next' })
    await page.clock.advance(100)
    expect([page.times('message'), checked]).toEqual([1, ['next']])
  }

  test('by the listener of an opening that this message has brought about', async () => {
    const arranged = withSchema()
    const { page, checked } = arranged
    page.backend.use(scenarios.plainServer)
    page.socket.on(
      'open',
      once(() => {
        page.socket.close()
        page.socket.connect()
      }),
    )
    page.socket.connect()
    await page.clock.advance(50)
    expect(page.state().phase).toBe('confirming')
    page.backend.broadcast({ type: 'stuck' })
    await page.clock.advance(1_000)
    expect([page.state().status, checked]).toEqual(['open', []])
    await expectNextSessionGetsMessages(arranged)
  })

  test('by the schema of a message before it in the same frame', async () => {
    const decode = (data: unknown) => (JSON.parse(String(data)) as { list?: Message[] }).list ?? []
    const arranged = withSchema({ encode: JSON.stringify, decode })
    const { page, checked } = arranged
    await page.connect()
    const frameOf = (...types: string[]) => ({ type: 'list', list: types.map((type) => ({ type })) })
    page.backend.broadcast(frameOf('last', 'stuck'))
    await page.clock.advance(100)
    expect([page.state().status, checked]).toEqual(['closed', ['last']])
  })
})

describe('a schema that ends the session and answers late', () => {
  function withSchema(direction: 'incoming' | 'outgoing', end: (page: ReturnType<typeof arrange>) => void) {
    const validate = (value: unknown) => {
      if ((value as Message).type !== 'last') return { value: value as Message }
      end(page)
      return new Promise<never>(() => {})
    }
    const schema = { '~standard': { version: 1, vendor: 'test', validate } } as const
    const page: ReturnType<typeof arrange> = arrange({
      socket: { messages: messageSchemas({ [direction]: schema }) as never },
    })
    return page
  }

  test.each<[name: string, end: (page: ReturnType<typeof arrange>) => void, reason: string]>([
    ['signs another user in', (page) => page.signIn('bob'), 'signed_out'],
    ['clears the queue', (page) => page.socket.clearQueue(), 'cleared'],
  ])('and %s: its message is dropped, and holds up none that is sent after it', async (_name, end, reason) => {
    const page = withSchema('outgoing', end)
    await page.connect()
    expect(page.socket.send({ type: 'last' })).toEqual({ status: 'dropped', reason, issues: [] })
    await page.clock.advance(1_000)
    expect(page.socket.send({ type: 'next' })).toEqual({ status: 'sent' })
    await page.clock.advance(20_000)
    expect(page.times('dropped')).toBe(0)
  })

  test('holds up no message that arrives in the next session', async () => {
    const page = withSchema('incoming', ({ socket }) => {
      socket.close()
      socket.connect()
    })
    await page.connect()
    page.backend.broadcast({ type: 'last' })
    await page.clock.advance(1_000)
    page.backend.broadcast({ type: 'next' })
    await page.clock.advance(100)
    expect([page.state().status, page.times('message')]).toEqual(['open', 1])
  })
})

describe('what is sent on hearing that something was given up', () => {
  test.each([
    ['without schemas', undefined],
    ['behind a schema that takes its time', messageSchemas({ outgoing: slowSchema })],
  ])('is given up as well, and not sent as the next user: %s', async (_, messages) => {
    const page = arrange({ socket: { ...(messages && { messages: messages as never }) } })
    const receipts: unknown[] = []
    page.socket.on('dropped', ({ reason }) => {
      if (reason === 'signed_out') receipts.push(page.socket.send({ type: 'resent', of: 'alice' }))
    })
    const received: unknown[] = []
    page.backend.onMessage('resent', (message, { identity }) => {
      received.push(message, identity?.userId)
    })
    await page.connect()
    page.backend.dropConnections()
    await page.clock.advance(10)
    page.socket.send({ type: 'draft' })
    await page.clock.advance(10)
    page.signIn('bob')
    await page.clock.advance(20_000)
    expect(page.state()).toMatchObject({ status: 'open', session: { userId: 'bob' } })
    expect(received).toEqual([])
    expect(receipts).toEqual([{ status: 'dropped', reason: 'signed_out', issues: [] }])
  })
})

describe('a message that the listener of a receipt sends', () => {
  test('is not the next user’s, though that receipt comes after the change of the user', async () => {
    const page = arrange()
    const received: unknown[] = []
    page.backend.onMessage('part', ({ n }, { identity }) => {
      received.push([n, identity?.userId])
    })
    const receipts: unknown[] = []
    let n = 0
    const sendNext = () => page.socket.send({ type: 'part', n: ++n })
    sendNext()
    sendNext()
    page.socket.on(
      'sent',
      once(() => page.signIn('bob')),
    )
    page.socket.on('sent', () => n < 4 && receipts.push(sendNext()))
    await page.connect()
    await page.clock.advance(5_000)
    expect(page.state()).toMatchObject({ status: 'open', session: { userId: 'bob' } })
    expect(received).toEqual([
      [1, 'alice'],
      [2, 'alice'],
    ])
    const refused = { status: 'dropped', reason: 'signed_out', issues: [] }
    expect(receipts).toEqual([refused, refused])
  })

  test('is not the next user’s where a slow message’s own code changes the user', async () => {
    const validate = (value: unknown) => {
      const { type } = value as Message
      if (type !== 'slow') return { value: value as object }
      const toJSON = () => {
        page.signIn('bob')
        return { type }
      }
      return Promise.resolve({ value: { type, toJSON } })
    }
    const outgoing = { '~standard': { version: 1, vendor: 'test', validate } } as const
    const page: ReturnType<typeof arrange> = arrange({ socket: { messages: messageSchemas({ outgoing }) as never } })
    const receipts: unknown[] = []
    page.socket.on('dropped', () => receipts.push(page.socket.send({ type: 'again' })))
    await page.connect()
    page.socket.send({ type: 'slow' })
    await page.clock.advance(1_000)
    expect(receipts).toEqual([{ status: 'dropped', reason: 'signed_out', issues: [] }])
  })

  test('waits for the connection that this listener has asked for after close()', async () => {
    const page = arrange()
    const received: unknown[] = []
    page.backend.onMessage('draft', (message) => {
      received.push(message)
    })
    page.socket.send({ type: 'draft' })
    page.socket.on('dropped', () => {
      page.socket.connect()
      page.socket.send({ type: 'draft', again: true })
    })
    page.socket.close()
    await page.clock.advance(1_000)
    expect(received).toEqual([{ type: 'draft', again: true }])
  })
})

// A message after a pause asks for a ticket ahead of need, and so for the JWT.
test.each([
  ['that can be sent', { type: 'note' }, { status: 'sent' }, ['alice: {"type":"note"}']],
  ['that waits', new Blob(['a']), { status: 'dropped', reason: 'signed_out', issues: [] }, []],
])('a getToken() that signs the next user in while a message %s is taken sends it for nobody else', async (...row) => {
  const [, message, receipt, sent] = row
  const received: string[] = []
  let isNext = false
  const page: ReturnType<typeof arrange> = arrange({
    auth: {
      getToken() {
        if (isNext) {
          isNext = false
          page.signIn('bob')
        }
        return page.session.jwt
      },
    },
    backend: {
      onConnection(connection) {
        connection.onText((text) => received.push(`${connection.identity?.userId}: ${text}`))
        connection.onBinary((data) => received.push(`${connection.identity?.userId}: ${data.length} bytes`))
      },
    },
  })
  await page.connect()
  await page.clock.advance(400_000)
  isNext = true
  expect(page.socket.send(message as Message)).toEqual(receipt)
  expect(isNext).toBe(false)
  await page.clock.advance(5_000)
  expect(page.state().session?.userId).toBe('bob')
  expect(received).toEqual(sent)
})
