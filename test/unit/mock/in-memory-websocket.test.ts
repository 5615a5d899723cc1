import { describe, expect, test, vi } from 'vitest'
import type { Connection } from '../../../src/server/index.ts'
import { outcomeOf, webSocketArgumentsSuite } from '../../suites/web-socket-arguments.ts'
import { arrange, record } from './wire.ts'

/** An anonymous backend: what is tested here is the socket, not who may open it. */
const arrangeOpen = (options = {}) => arrange({ upgrade: { allowAnonymous: true }, ...options })

webSocketArgumentsSuite(() => arrangeOpen().backend.WebSocket)

describe('the constructor', () => {
  const WRONG: [string, ...unknown[]][] = [
    ['a relative address outside of a page', '/ws'],
    ['another scheme', 'ftp://mock.test/ws'],
    ['an address that is none', 'wss://'],
    ['a fragment', 'wss://mock.test/ws#part'],
    ['an empty fragment', 'wss://mock.test/ws#'],
    ['an empty protocol', 'wss://mock.test/ws', ['']],
    ['a protocol with padding', 'wss://mock.test/ws', ['jwt.abc=']],
    ['a protocol with a space', 'wss://mock.test/ws', ['a b']],
    ['a protocol with a comma', 'wss://mock.test/ws', 'a,b'],
    ['a protocol twice', 'wss://mock.test/ws', ['a', 'a']],
    ['a protocol twice in other letters', 'wss://mock.test/ws', ['a', 'A']],
  ]

  test.each(WRONG)('refuses %s as the WebSocket of Node does', (_, ...args) => {
    const { backend } = arrangeOpen()
    const make = (Class: unknown) => () => Reflect.construct(Class as typeof WebSocket, args)
    const inNode = outcomeOf(make(globalThis.WebSocket))
    expect(inNode).toMatch(/^throws (SyntaxError|TypeError)$/)
    expect(outcomeOf(make(backend.WebSocket))).toBe(inNode)
  })

  test('says nothing of a ticket in the address that it refuses', () => {
    const { backend } = arrangeOpen()
    const refused = () => new backend.WebSocket('wss://mock.test/ws?ticket=CANARY-TICKET#x')
    expect(refused).toThrow(expect.not.objectContaining({ message: expect.stringContaining('CANARY') }))
  })

  test('turns http into ws, as browsers do since 2023', () => {
    const { backend } = arrangeOpen()
    expect(new backend.WebSocket('https://mock.test/ws?a=1').url).toBe('wss://mock.test/ws?a=1')
    expect(new backend.WebSocket(new URL('http://mock.test/ws')).url).toBe('ws://mock.test/ws')
  })

  test('has the constants of the four states on the class and on its instances, and they cannot be changed', () => {
    const { backend } = arrangeOpen()
    const socket = new backend.WebSocket('wss://mock.test/ws')
    const names = ['CONNECTING', 'OPEN', 'CLOSING', 'CLOSED'] as const
    expect(names.map((name) => backend.WebSocket[name])).toEqual([0, 1, 2, 3])
    expect(names.map((name) => socket[name])).toEqual([0, 1, 2, 3])
    expect(Reflect.set(backend.WebSocket, 'OPEN', 7)).toBe(false)
    expect(String(socket)).toBe('[object WebSocket]')
  })

  test('begins in CONNECTING, with nothing negotiated and Blobs for binary', () => {
    const { backend } = arrangeOpen()
    const { readyState, protocol, extensions, bufferedAmount, binaryType } = new backend.WebSocket('wss://mock.test/ws')
    expect({ readyState, protocol, extensions, bufferedAmount, binaryType }).toEqual({
      readyState: 0,
      protocol: '',
      extensions: '',
      bufferedAmount: 0,
      binaryType: 'blob',
    })
  })
})

describe('opening', () => {
  test('never happens inside the constructor, and waits for its turn', async () => {
    const { backend, clock } = arrangeOpen()
    const { socket, events } = record(new backend.WebSocket('wss://mock.test/ws'))
    await Promise.resolve()
    expect(events).toEqual([])
    await clock.advance(0)
    expect(events).toEqual(['open@1'])
    expect(socket.readyState).toBe(1)
  })

  test('negotiates one of the offered protocols', async () => {
    const { open } = arrangeOpen()
    const { socket } = await open('', ['jwt-auth', 'ticket-socket.v1'])
    expect(socket.protocol).toBe('ticket-socket.v1')
    expect((await open('', ['mine'])).socket.protocol).toBe('mine')
    expect((await open('')).socket.protocol).toBe('')
  })

  test('negotiates one of those in an options object', async () => {
    const { backend, clock } = arrangeOpen()
    const socket = new backend.WebSocket('wss://mock.test/ws', { protocols: ['mine'] })
    await clock.advance(0)
    expect(socket.protocol).toBe('mine')
  })

  test('fails with error and 1006 when the server selects none of the offered', async () => {
    const { open, clock, backend } = arrangeOpen()
    // The only entry holds a credential, so the server echoes nothing; Chromium fails the connection then.
    const { events } = await open('', ['bearer.jwt-of-alice'])
    expect(events).toEqual(['error@3', 'close@3 1006  unclean'])
    await clock.advance(0)
    expect(backend.connections()).toEqual([])
  })

  test.each([
    ['another host', 'wss://elsewhere.test/ws', 404],
    ['another path', 'wss://mock.test/other', 404],
    ['no TLS', 'ws://mock.test/ws', 404],
    ['more than 16 KiB of headers', `wss://mock.test/ws?pad=${'x'.repeat(20_000)}`, 431],
  ])('fails with error and 1006, unclean, for %s', async (_, url, status) => {
    const { backend, clock } = arrangeOpen()
    const { events } = record(new backend.WebSocket(url))
    await clock.advance(0)
    expect(events).toEqual(['error@3', 'close@3 1006  unclean'])
    expect(backend.journal.of('upgrade').map(({ outcome }) => outcome)).toEqual([status])
  })

  test('shows an accept-then-close as open, then close with its code and reason', async () => {
    const { open } = arrange()
    const { events, socket } = await open('', ['ticket-socket.v1'])
    expect(events).toEqual(['open@1', 'close@3 4401 unauthenticated clean'])
    expect(socket.protocol).toBe('ticket-socket.v1')
  })

  test('what the server sends right at the connection comes after open', async () => {
    const onConnection = (connection: Connection) => {
      connection.send({ type: 'first' })
      connection.send({ type: 'second' })
    }
    const { open } = arrangeOpen({ onConnection })
    const { events } = await open('')
    expect(events).toEqual(['open@1', 'message@1 {"type":"first"}', 'message@1 {"type":"second"}'])
  })
})

describe('sending', () => {
  test('throws InvalidStateError while connecting', () => {
    const { backend } = arrangeOpen()
    const socket = new backend.WebSocket('wss://mock.test/ws')
    expect(outcomeOf(() => socket.send('early'))).toBe('throws InvalidStateError')
  })

  test('keeps the order, also behind a Blob that takes its time to read', async () => {
    const { open, backend, clock } = arrangeOpen()
    const { socket } = await open('')
    const heard: string[] = []
    const connection = await backend.connected()
    connection.onText((text) => heard.push(text))
    connection.onBinary((bytes) => heard.push(`binary ${new TextDecoder().decode(bytes)}`))
    socket.send('1')
    socket.send(new Blob(['two']))
    socket.send('3')
    socket.send(new Uint8Array([52]))
    socket.close()
    await clock.advance(0)
    expect(heard).toEqual(['1', 'binary two', '3', 'binary 4'])
  })

  test('copies what it is given at that moment', async () => {
    const { open, backend, clock } = arrangeOpen()
    const { socket } = await open('')
    const heard: number[][] = []
    ;(await backend.connected()).onBinary((bytes) => heard.push([...bytes]))
    const bytes = new Uint8Array([1, 2, 3, 4])
    socket.send(bytes.subarray(1, 3))
    socket.send(bytes.buffer)
    bytes.fill(9)
    await clock.advance(0)
    expect(heard).toEqual([
      [2, 3],
      [1, 2, 3, 4],
    ])
  })

  test('writes anything else as text, a lone surrogate as U+FFFD', async () => {
    const { open, backend, clock } = arrangeOpen()
    const { socket } = await open('')
    const heard: string[] = []
    ;(await backend.connected()).onText((text) => heard.push(text))
    for (const value of [42, null, { toString: () => 'an object' }, 'half \ud800', '\ufeffmark'])
      socket.send(value as string)
    await clock.advance(0)
    expect(heard).toEqual(['42', 'null', 'an object', 'half \ufffd', '\ufeffmark'])
  })

  test('counts in bufferedAmount until it has arrived, and for good after the close', async () => {
    const { open, clock } = arrangeOpen()
    const { socket } = await open('')
    socket.send('four')
    socket.send('é')
    expect(socket.bufferedAmount).toBe(6)
    await clock.advance(0)
    expect(socket.bufferedAmount).toBe(0)
    socket.close()
    socket.send('late')
    await clock.advance(0)
    expect(socket.bufferedAmount).toBe(4)
  })
})

describe('receiving', () => {
  const bytes = new Uint8Array([1, 2, 3])

  test('binary comes as a Blob, or as an ArrayBuffer when that was asked for', async () => {
    const { open, backend, clock } = arrangeOpen()
    const { socket } = await open('')
    const connection = await backend.connected()
    const received: unknown[] = []
    socket.onmessage = ({ data }) => received.push(data)
    connection.sendBinary(bytes)
    await clock.advance(0)
    socket.binaryType = 'arraybuffer'
    connection.sendBinary(bytes)
    await clock.advance(0)
    const [blob, buffer] = received
    expect(blob).toBeInstanceOf(Blob)
    expect(new Uint8Array(await (blob as Blob).arrayBuffer())).toEqual(bytes)
    expect(buffer).toEqual(bytes.buffer)
  })

  test('another binaryType is ignored', () => {
    const { backend } = arrangeOpen()
    const socket = new backend.WebSocket('wss://mock.test/ws')
    socket.binaryType = 'nodebuffer' as BinaryType
    expect(socket.binaryType).toBe('blob')
  })

  test('each message has a tick of its own: promises settle in between', async () => {
    const { open, backend, clock } = arrangeOpen()
    const { socket } = await open('')
    const order: string[] = []
    socket.onmessage = ({ data }) => {
      order.push(data)
      void Promise.resolve().then(() => order.push(`after ${data}`))
    }
    const connection = await backend.connected()
    connection.send({ type: 'a' })
    connection.send({ type: 'b' })
    await clock.advance(0)
    expect(order).toEqual(['{"type":"a"}', 'after {"type":"a"}', '{"type":"b"}', 'after {"type":"b"}'])
  })

  test('nothing is received while closing', async () => {
    const { open, backend, clock } = arrangeOpen()
    const { socket, events } = await open('')
    ;(await backend.connected()).send({ type: 'too late' })
    socket.close()
    await clock.advance(0)
    expect(events).toEqual(['open@1', 'close@3 1005  clean'])
  })
})

describe('closing', () => {
  test.each([
    [[], 'close@3 1005  clean'],
    [[undefined], 'close@3 1005  clean'],
    [[1000], 'close@3 1000  clean'],
    [[1000.4], 'close@3 1000  clean'],
    [[3001, 'bye'], 'close@3 3001 bye clean'],
  ])('with %j ends as %s once the server has answered', async (args, expected) => {
    const { open, clock } = arrangeOpen()
    const { socket, events } = await open('')
    Reflect.apply(socket.close, socket, args)
    expect(socket.readyState).toBe(2)
    socket.close(4000, 'a second time')
    await clock.advance(0)
    expect(events).toEqual(['open@1', expected])
  })

  test('a reason may be 123 bytes long', async () => {
    const { open, clock } = arrangeOpen()
    const { socket, events } = await open('')
    socket.close(4999, 'x'.repeat(123))
    await clock.advance(0)
    expect(events).toEqual(['open@1', `close@3 4999 ${'x'.repeat(123)} clean`])
  })

  test('the server hears the code and reason', async () => {
    const { open, backend, clock } = arrangeOpen()
    const { socket } = await open('')
    const closed = vi.fn()
    ;(await backend.connected()).onClose(closed)
    socket.close(3001, 'bye')
    await clock.advance(0)
    expect(closed.mock.calls).toEqual([[3001, 'bye']])
    expect(backend.connections()).toEqual([])
  })

  test('while connecting it fails the connection: CLOSING at once, then error and 1006', async () => {
    const { backend, clock } = arrangeOpen()
    const { socket, events } = record(new backend.WebSocket('wss://mock.test/ws'))
    socket.close()
    expect([socket.readyState, events]).toEqual([2, []])
    await clock.advance(0)
    expect(events).toEqual(['error@3', 'close@3 1006  unclean'])
    expect(backend.journal.count('upgrade')).toBe(0)
  })

  test('a server that breaks the connection shows as 1006 without an error event, as in Chromium', async () => {
    const { open, backend, clock } = arrangeOpen()
    const { events } = await open('')
    ;(await backend.connected()).terminate()
    await clock.advance(0)
    expect(events).toEqual(['open@1', 'close@3 1006  unclean'])
  })

  test('a server that does not answer the close frame keeps it CLOSING for a minute', async () => {
    const { open, backend, clock } = arrangeOpen({ session: { pingIntervalMs: 600_000 } })
    const { socket, events } = await open('')
    backend.silence(true)
    socket.close()
    backend.silence(false)
    await clock.advance(59_999)
    expect([socket.readyState, events]).toEqual([2, ['open@1']])
    await clock.advance(1)
    expect(events).toEqual(['open@1', 'close@3 1006  unclean'])
  })

  test('both sides may close at the same moment', async () => {
    const { open, backend, clock } = arrangeOpen()
    const { socket, events } = await open('')
    const connection = await backend.connected()
    const closed = vi.fn()
    connection.onClose(closed)
    socket.close(3001)
    connection.close(4000, 'mine')
    await clock.advance(0)
    expect(events).toEqual(['open@1', 'close@3 4000 mine clean'])
    expect(closed.mock.calls).toEqual([[3001, '']])
    expect(clock.pending()).toBe(0)
  })
})

describe('events', () => {
  test('a listener may be an object, may be called once, and may be removed', async () => {
    const { backend, clock } = arrangeOpen()
    const socket = new backend.WebSocket('wss://mock.test/ws')
    const handleEvent = vi.fn()
    const once = vi.fn()
    const removed = vi.fn()
    socket.addEventListener('message', { handleEvent })
    socket.addEventListener('message', once, { once: true })
    socket.addEventListener('message', removed)
    socket.removeEventListener('message', removed)
    await clock.advance(0)
    backend.broadcast({ type: 'a' })
    backend.broadcast({ type: 'b' })
    await clock.advance(0)
    expect([handleEvent, once, removed].map((listener) => listener.mock.calls.length)).toEqual([2, 1, 0])
  })

  test('an on… handler that is replaced keeps its place, and null takes it away', async () => {
    const { backend, clock } = arrangeOpen()
    const socket = new backend.WebSocket('wss://mock.test/ws')
    const order: string[] = []
    socket.onopen = () => order.push('replaced')
    socket.addEventListener('open', () => order.push('listener'))
    socket.onopen = () => order.push('handler')
    socket.onclose = () => order.push('never')
    socket.onclose = null
    await clock.advance(0)
    socket.close()
    await clock.advance(0)
    expect(order).toEqual(['handler', 'listener'])
    expect(socket.onclose).toBeNull()
  })

  test('what is no handler counts as null', () => {
    const { backend } = arrangeOpen()
    const socket = new backend.WebSocket('wss://mock.test/ws')
    Reflect.set(socket, 'onmessage', 5)
    expect(socket.onmessage).toBeNull()
  })

  test('a handler is called with the socket as this, and with the platform’s own events', async () => {
    const { backend, clock } = arrangeOpen()
    const socket = new backend.WebSocket('wss://mock.test/ws')
    const seen: unknown[] = []
    socket.onmessage = function (event) {
      seen.push(this === socket, event instanceof MessageEvent, event.origin, event.target === socket)
    }
    socket.onclose = (event) => seen.push(event instanceof CloseEvent)
    await clock.advance(0)
    backend.broadcast({ type: 'a' })
    await clock.advance(0)
    socket.close()
    await clock.advance(0)
    expect(seen).toEqual([true, true, 'wss://mock.test', true, true])
  })
})
