// What Web IDL makes of a WebSocket's arguments: one suite for every class of ours that stands in for the browser's, held
// to the WebSocket of Node. The rows follow the Web Platform Tests (websockets/).

import { describe, expect, test } from 'vitest'

/** Nothing listens there. Each row ends before anything is dialled, or is closed at once. */
const URL = 'ws://127.0.0.1:1/ws'

/** `throws SyntaxError`, or what came out. */
export function outcomeOf(act: () => unknown): string {
  try {
    return `answers ${String(act())}`
  } catch (error) {
    return `throws ${(error as Error).name}`
  }
}

const throwing = {
  toString() {
    throw new RangeError('of the app')
  },
}

const CONSTRUCTED: [string, ...unknown[]][] = [
  ['no arguments'],
  ['an undefined address', undefined],
  ['a null address', null],
  ['an empty address', ''],
  ['a symbol for an address', Symbol('url')],
  ['an address that throws', throwing],
  ['no protocols', URL],
  ['undefined protocols', URL, undefined],
  ['null for protocols', URL, null],
  ['a number for protocols', URL, 5],
  ['a symbol for protocols', URL, Symbol('protocols')],
  ['an empty text for protocols', URL, ''],
  ['one protocol', URL, 'chat'],
  ['an empty list', URL, []],
  ['a list', URL, ['chat', 'soap']],
  ['a set', URL, new Set(['chat', 'soap'])],
  ['a list that repeats one', URL, ['chat', 'chat']],
  ['a list with a symbol', URL, ['chat', Symbol('protocol')]],
  ['a list with null', URL, [null]],
  ['a list that throws', URL, [throwing]],
  ['an object whose iterator is none', URL, { [Symbol.iterator]: 5 }],
  ['a String object, which is a list of letters', URL, new String('abc')],
  ['a String object with a letter twice', URL, new String('soap soap')],
  ['empty options', URL, {}],
  ['options without protocols', URL, { protocols: undefined }],
  ['options with one protocol', URL, { protocols: 'chat' }],
  ['options with a list', URL, { protocols: ['chat', 'soap'] }],
  ['options with a set', URL, { protocols: new Set(['chat']) }],
  ['options with null for protocols', URL, { protocols: null }],
  ['options with what is no token', URL, { protocols: 'no token' }],
  ['options with one twice', URL, { protocols: ['a', 'A'] }],
  ['options with a symbol', URL, { protocols: Symbol('protocol') }],
  ['options with an object', URL, { protocols: {} }],
  ['options whose member throws', URL, { protocols: throwing }],
  ['options with members of a later standard', URL, { protocols: ['chat'], targetAddressSpace: 'local', priority: 5 }],
  ['a date, which is options without members', URL, new Date(0)],
  ['more arguments than there are', URL, ['chat'], 'third'],
]

const SENT: [string, ...unknown[]][] = [
  ['no arguments'],
  ['undefined', undefined],
  ['a text', 'text'],
  ['null', null],
  ['a symbol', Symbol('data')],
  ['a number', 5],
  ['a BigInt', 5n],
  ['an object', {}],
  ['an object that throws', throwing],
  ['bytes', new Uint8Array(3)],
  ['a buffer', new ArrayBuffer(3)],
  ['a Blob', new Blob(['abc'])],
]

const CLOSED: [string, ...unknown[]][] = [
  ['no arguments'],
  ['undefined', undefined],
  ['undefined twice', undefined, undefined],
  ['null', null],
  ['0', 0],
  ['999', 999],
  ['1000', 1000],
  ['1000.4', 1000.4],
  ['1000 as a text', '1000'],
  ['1000 as an object', { valueOf: () => 1000 }],
  ['1001', 1001],
  ['2999', 2999],
  ['3000', 3000],
  ['4999', 4999],
  ['5000', 5000],
  ['66536, which is no 1000 beyond 16 bits', 66_536],
  ['-64536', -64_536],
  ['Infinity', Number.POSITIVE_INFINITY],
  ['NaN', Number.NaN],
  ['a text', 'close'],
  ['a symbol', Symbol('code')],
  ['a code that throws', throwing],
  ['a reason', 1000, 'bye'],
  ['an undefined reason', 1000, undefined],
  ['a null reason', 1000, null],
  ['a reason of 123 bytes', 1000, 'x'.repeat(123)],
  ['a reason of 124 bytes', 1000, 'x'.repeat(124)],
  ['a reason of 124 bytes in 62 letters', 1000, 'é'.repeat(62)],
  ['a reason of 41 halves of letters', 1000, '\ud800'.repeat(41)],
  ['a reason of 42 halves of letters', 1000, '\ud800'.repeat(42)],
  ['a symbol for a reason', 1000, Symbol('reason')],
  ['a symbol for a reason, after a code that is wrong', 1001, Symbol('reason')],
  ['a reason that throws', 1000, throwing],
]

/** `make` answers with the class; its sockets may not connect within the call. */
export function webSocketArgumentsSuite(make: () => typeof WebSocket): void {
  const socketOf = (Class: typeof WebSocket) => {
    const socket = new Class(URL)
    socket.onerror = () => {}
    return socket
  }
  const act = (Class: typeof WebSocket, method: 'send' | 'close', args: unknown[], state: 'connecting' | 'closing') => {
    const socket = socketOf(Class)
    if (state === 'closing') socket.close()
    const outcome = outcomeOf(() => Reflect.apply(socket[method], socket, args))
    socket.close()
    return `${outcome}, ${socket.bufferedAmount} bytes held`
  }
  const construct = (Class: typeof WebSocket, args: unknown[]) =>
    outcomeOf(() => {
      const socket: WebSocket = Reflect.construct(Class, args)
      socket.onerror = () => {}
      socket.close()
      return socket.url
    })

  describe('arguments, as Web IDL has them', () => {
    test.each(CONSTRUCTED)('new WebSocket with %s', (_name, ...args) => {
      expect(construct(make(), args)).toBe(construct(globalThis.WebSocket, args))
    })

    test('the protocols of a list are read once', () => {
      let reads = 0
      const protocols = {
        get protocols() {
          reads++
          return ['chat']
        },
      }
      construct(make(), [URL, protocols])
      expect(reads).toBe(1)
    })

    test.each(SENT)('send with %s', (_name, ...args) => {
      expect(act(make(), 'send', args, 'connecting')).toBe(act(globalThis.WebSocket, 'send', args, 'connecting'))
    })

    test.each(SENT)('send with %s while it closes: counted as a browser counts it', (_name, ...args) => {
      // Node counts nothing.
      const [answer] = act(globalThis.WebSocket, 'send', args, 'closing').split(', ')
      const [data] = args
      const size = () => (data as Blob)?.size ?? (data as ArrayBuffer)?.byteLength ?? `${data as string}`.length
      const held = answer?.startsWith('throws') ? 0 : size()
      expect(act(make(), 'send', args, 'closing')).toBe(`${answer}, ${held} bytes held`)
    })

    test.each(CLOSED)('close with %s', (_name, ...args) => {
      const ours = act(make(), 'close', args, 'connecting')
      expect(ours).toBe(act(globalThis.WebSocket, 'close', args, 'connecting'))
      expect(act(make(), 'close', args, 'closing')).toBe(ours)
    })

    test('close with a reason and no code throws, as in Chromium', () => {
      expect(act(make(), 'close', [undefined, 'why'], 'connecting')).toContain('throws InvalidAccessError')
    })

    test('close with a BigInt throws, as in Web IDL; Node takes it', () => {
      expect(act(make(), 'close', [1000n], 'connecting')).toContain('throws TypeError')
    })

    test('methods of one object are of no use to another', () => {
      const socket = socketOf(make())
      expect(outcomeOf(() => Reflect.apply(socket.send, {}, ['text']))).toBe('throws TypeError')
      expect(outcomeOf(() => Reflect.apply(socket.close, {}, []))).toBe('throws TypeError')
      socket.close()
    })

    test('without new it is no class', () => {
      expect(outcomeOf(() => Reflect.apply(make(), undefined, [URL]))).toBe('throws TypeError')
    })
  })
}
