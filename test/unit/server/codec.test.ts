// Frames of the application on the server: what `send` takes and refuses, and a codec of the app's own.

import { describe, expect, test, vi } from 'vitest'
import { createSessions } from '../../../src/server/sessions.ts'
import { arrangeSessions as arrange } from './arrange-sessions.ts'

const plain = { subprotocol: undefined } as never

/** Lines of text, several in a frame: `chat a`. What begins with `#` is no message. */
const lines = {
  decode(frame: string | Uint8Array) {
    if (typeof frame !== 'string' || frame.startsWith('#')) return null
    return frame.split('\n').map((line) => {
      const [type, text] = line.split(' ')
      if (!type) throw new SyntaxError('no word')
      return { type, text }
    })
  },
  encode: ({ type, text }: { type: string; text?: string }) => `${type} ${text}`,
}

describe.each([
  ['a connection that negotiated the protocol', {}],
  ['a plain connection', plain],
])('on %s', (_name, changes) => {
  test('PR-70: send() of a reserved type throws a TypeError, also once the connection is closing', () => {
    const { wire, connection } = arrange().open(changes)
    wire.take()
    for (const frame of [
      { type: 'ts:ping', timestamp: 1 },
      { type: 'ts:new' },
      { toJSON: () => ({ type: 'ts:error' }) },
    ]) {
      expect(() => connection.send(frame)).toThrow(
        /^Types that begin with ts: are the protocol's\. Use another type\.$/,
      )
    }
    connection.close()
    expect(() => connection.send({ type: 'ts:ping' })).toThrow(TypeError)
    expect(wire.take()).toEqual([])
  })

  test('bytes are sent as a binary frame', () => {
    const { wire, connection } = arrange().open(changes)
    wire.take()
    const bytes = new Uint8Array([1, 2, 3])
    for (const data of [bytes, bytes.buffer, bytes.subarray(1), new DataView(bytes.buffer, 2), Buffer.from('a')])
      connection.send(data)
    expect(wire.take().map((frame) => [...(frame as Uint8Array)])).toEqual([[1, 2, 3], [1, 2, 3], [2, 3], [3], [97]])
  })

  test('what can be no frame is a TypeError', () => {
    const { connection } = arrange().open(changes)
    for (const wrong of [() => 1, { n: 1n }, new SharedArrayBuffer(1), new Blob(['a']), '{"type":"chat"}', null, 1]) {
      expect(() => connection.send(wrong as object)).toThrow(TypeError)
    }
  })

  test('sendBinary() sends bytes as they are, and nothing else: a text would be sent as one, whatever its type', () => {
    const { wire, connection } = arrange().open(changes)
    wire.take()
    connection.sendBinary(new Uint8Array([1, 2]))
    connection.sendBinary(new Uint8Array([3, 4]).buffer as never)
    expect(wire.take()).toEqual([new Uint8Array([1, 2]), new Uint8Array([3, 4])])
    for (const wrong of ['{"type":"ts:going_away","deadline_ms":0}', 'text', { type: 'chat' }, null, undefined]) {
      expect(() => connection.sendBinary(wrong as never)).toThrow(
        /^sendBinary\(\) takes a Uint8Array or an ArrayBuffer\. For messages there is send\(\)\.$/,
      )
    }
    expect(() => connection.sendBinary(new Blob(['a']) as never)).toThrow(/^A Blob must be read first/)
    expect(wire.take()).toEqual([])
  })

  test('sendText() sends a text as it is, and nothing else; the protocol’s frames stay the protocol’s', () => {
    const { wire, connection } = arrange({ codec: lines }).open(changes)
    wire.take()
    for (const text of ['', 'hello', '[1,"ts:ping"]', '{"type":"connection_ack"}']) connection.sendText(text)
    expect(wire.take()).toEqual(['', 'hello', '[1,"ts:ping"]', { type: 'connection_ack' }])
    for (const wrong of [{ type: 'chat' }, new Uint8Array(1), null, undefined, 7]) {
      expect(() => connection.sendText(wrong as never)).toThrow(
        /^sendText\(\) takes a string\. For messages there is send\(\)\.$/,
      )
    }
    expect(() => connection.sendText('{"type":"ts:going_away","deadline_ms":0}')).toThrow(
      /^Types that begin with ts: are the protocol's\. Use another type\.$/,
    )
    connection.close()
    connection.sendText('too late')
    expect(wire.take()).toEqual([])
  })

  test('a codec decodes what onMessage gets, and encodes what send() is given', () => {
    const { wire, connection, heard, receive } = arrange({ codec: lines }).open(changes)
    wire.take()
    receive('chat a\nchat b')
    receive('# a comment')
    receive(new Uint8Array([1]))
    expect(heard.messages).toEqual([
      { type: 'chat', text: 'a' },
      { type: 'chat', text: 'b' },
    ])
    expect([heard.texts, heard.binary]).toEqual([['chat a\nchat b', '# a comment'], [new Uint8Array([1])]])
    connection.send({ type: 'chat', text: 'c' })
    expect(wire.take()).toEqual(['chat c'])
  })

  test('a codec may use bytes', () => {
    const codec = {
      decode: (frame: string | Uint8Array) => (typeof frame === 'string' ? null : { type: 'n', n: frame[0] }),
      encode: ({ n }: { n: number }) => new Uint8Array([n]),
    }
    const { wire, connection, heard, receive } = arrange({ codec }).open(changes)
    wire.take()
    receive(new Uint8Array([7]))
    connection.send({ type: 'n', n: 8 })
    expect([heard.messages, wire.take()]).toEqual([[{ type: 'n', n: 7 }], [new Uint8Array([8])]])
  })

  test('a frame that cannot be decoded is reported with its error, and the connection stays', () => {
    const { wire, connection, heard, receive } = arrange({ codec: lines }).open(changes)
    const invalid: unknown[] = []
    connection.onInvalidMessage((event) => invalid.push(event))
    receive('chat a\n')
    expect(invalid).toEqual([
      { reason: 'codec', frame: 'chat a\n', error: expect.objectContaining({ message: 'no word' }) },
    ])
    expect([heard.messages, heard.texts, wire.closes]).toEqual([[], ['chat a\n'], []])
  })
})

test.each([
  ['not_json', 'hello'],
  ['no_type', '{"jsonrpc":"2.0"}'],
  ['no_type', '[]'],
])('without a codec, a frame is reported as %s: %s', (reason, frame) => {
  const { connection, heard, receive } = arrange().open()
  const invalid: unknown[] = []
  connection.onInvalidMessage((event) => invalid.push(event))
  receive(frame)
  receive(new Uint8Array([1]))
  expect(invalid).toEqual([{ reason, frame, error: undefined }])
  expect(heard.texts).toEqual([frame])
})

test('PR-70: frames of the protocol are taken first, and no codec can send one', () => {
  const decode = vi.fn(() => null)
  const { wire, connection, receive } = arrange({ codec: { decode, encode: () => '{"type":"ts:ping"}' } }).open()
  wire.take()
  receive('{"type":"ts:ping","timestamp":1}')
  receive('{"type":"\\u0074s:of_a_later_version"}')
  expect(wire.take()).toEqual([{ type: 'ts:pong', timestamp: 1 }])
  expect(decode).not.toHaveBeenCalled()
  expect(() => connection.send({ type: 'chat' })).toThrow(TypeError)
})

test('PR-52: on a plain connection they are the codec’s', () => {
  const decode = vi.fn(() => null)
  arrange({ codec: { decode, encode: () => '' } })
    .open(plain)
    .receive('{"type":"ts:ping","timestamp":1}')
  expect(decode).toHaveBeenCalledWith('{"type":"ts:ping","timestamp":1}')
})

describe('a listener that closes', () => {
  test('gets nothing more of the same frame, and neither does another', () => {
    const { wire, connection, heard, receive } = arrange({ codec: lines }).open()
    // Its peer has not answered the close frame yet.
    wire.isDeaf = true
    connection.onMessage(({ type }) => type === 'last' && connection.close())
    receive('first a\nlast b\nlost c')
    expect(heard.messages.map(({ type }) => type)).toEqual(['first', 'last'])
  })

  test('in onInvalidMessage, or a codec that closes, withholds the frame from all others', () => {
    const { wire, connection, receive } = arrange().open()
    wire.isDeaf = true
    const heard: string[] = []
    connection.onInvalidMessage(() => connection.close())
    connection.onInvalidMessage(() => heard.push('second'))
    receive('hello')
    const decode = () => {
      closing.connection.close()
      throw new Error('no more of this')
    }
    const closing = arrange({ codec: { decode, encode: () => '' } }).open()
    closing.wire.isDeaf = true
    closing.connection.onInvalidMessage(() => heard.push('codec'))
    closing.receive('hello')
    expect(heard).toEqual([])
  })

  test('in onText leaves nothing to onMessage', () => {
    const { wire, connection, heard, receive } = arrange().open()
    wire.isDeaf = true
    connection.onText(() => connection.close())
    receive({ type: 'chat' })
    expect(heard.messages).toEqual([])
  })
})

describe('a codec that is none', () => {
  test.each([[{ decode: () => null }], ['json'], [null]])('%j is refused by name', (codec) => {
    const { tickets } = arrange()
    expect(() => createSessions({ tickets, codec: codec as never })).toThrow(/^codec must have the method/)
  })

  test('an asynchronous encode is a TypeError, and its rejection stays without effect', async () => {
    const codec = { decode: () => null, encode: (() => Promise.reject(new Error('later'))) as never }
    const { connection } = arrange({ codec }).open()
    expect(() => connection.send({ type: 'chat' })).toThrow(/must become a string or bytes, and at once/)
  })
})
