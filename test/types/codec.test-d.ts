import { expectTypeOf, test } from 'vitest'
import * as z from 'zod'
import {
  type Codec,
  createTicketSocket,
  type Message,
  messageSchemas,
  type UnifiedAuthService,
} from '../../src/index.ts'
import { useTicketSocket } from '../../src/react/index.ts'
import { createSessions, type SessionsOptions } from '../../src/server/index.ts'

interface Tick {
  type: 'tick'
  n: number
}
interface Tock {
  type: 'tock'
  text: string
}
interface Ask {
  type: 'ask'
  text: string
}

declare const auth: UnifiedAuthService
declare const codec: Codec<Tick | Tock, Ask>
const url = 'wss://api.example.com/ws'

test('a codec types both directions', () => {
  const socket = createTicketSocket({ url, auth, codec })
  socket.onMessage('tick', (message) => expectTypeOf(message).toEqualTypeOf<Tick>())
  socket.send({ type: 'ask', text: 'why' })
  // @ts-expect-error no such message
  socket.send({ type: 'ask', text: 1 })
})

test('also one that is written where it is given', () => {
  const socket = createTicketSocket({
    url,
    auth,
    codec: {
      decode: (frame): Tick | Tock => ({ type: 'tick', n: frame.length }),
      encode: (message: Ask) => message.text,
    },
  })
  socket.onMessage('tock', (message) => expectTypeOf(message).toEqualTypeOf<Tock>())
  socket.send({ type: 'ask', text: 'why' })
})

test('what decode returns may be a list, or null', () => {
  const lists = createTicketSocket({
    url,
    auth,
    codec: {
      decode: (frame) => [{ type: 'tick' as const, n: frame.length }],
      encode: (message: Ask) => new Uint8Array(message.text.length),
    },
  })
  lists.onMessage('tick', (message) => expectTypeOf(message.n).toEqualTypeOf<number>())
  const sometimes = createTicketSocket({
    url,
    auth,
    codec: {
      decode: (frame) => (frame === '' ? null : { type: 'tick' as const, n: 1 }),
      encode: (message) => JSON.stringify(message),
    },
  })
  sometimes.onMessage('tick', (message) => expectTypeOf(message.n).toEqualTypeOf<number>())
  // What encode takes is not said, so it is any message.
  sometimes.send({ type: 'anything', goes: true })
})

test('with schemas it is these that type, whatever the codec makes', () => {
  const messages = messageSchemas({
    incoming: z.object({ type: z.literal('done'), count: z.coerce.number() }),
    outgoing: z.object({ type: z.literal('go') }),
  })
  for (const socket of [
    createTicketSocket({ url, auth, messages, codec }),
    createTicketSocket({
      url,
      auth,
      messages,
      codec: { decode: (frame) => ({ type: String(frame) }), encode: (message) => JSON.stringify(message) },
    }),
  ]) {
    socket.onMessage('done', (message) => expectTypeOf(message).toEqualTypeOf<{ type: 'done'; count: number }>())
    socket.send({ type: 'go' })
    // @ts-expect-error no such message
    socket.send({ type: 'stop' })
  }
})

test('types that are said hold for the codec', () => {
  createTicketSocket<Tick, Ask>({
    url,
    auth,
    codec: { decode: (frame) => ({ type: 'tick', n: frame.length }), encode: (message) => message.text },
  })
  const other = { decode: () => ({ type: 'tock', text: '' }), encode: (message: Ask) => message.text }
  // @ts-expect-error decode makes another message
  createTicketSocket<Tick, Ask>({ url, auth, codec: other })
})

test('a codec types the hook, too', () => {
  const { socket, send } = useTicketSocket({ url, auth, codec })
  socket.onMessage('tick', (message) => expectTypeOf(message).toEqualTypeOf<Tick>())
  send({ type: 'ask', text: 'why' })
})

test('without one, messages hold unknown fields', () => {
  const socket = createTicketSocket({ url, auth })
  socket.onMessage('anything', (message) => expectTypeOf(message).toEqualTypeOf<Message>())
})

test('bytes of any kind can be sent, whatever the messages are', () => {
  const socket = createTicketSocket({ url, auth, codec })
  for (const bytes of [
    new ArrayBuffer(1),
    new Uint8Array(1),
    new DataView(new ArrayBuffer(1)),
    Buffer.from('a'),
    new Blob(),
  ])
    socket.send(bytes)
  // @ts-expect-error a text is no message
  socket.send('text')
})

test('decode is given a string or bytes, and may not be asynchronous', () => {
  createTicketSocket({
    url,
    auth,
    codec: {
      decode(frame) {
        expectTypeOf(frame).toEqualTypeOf<string | Uint8Array>()
        return null
      },
      encode: () => '',
    },
  })
  // @ts-expect-error a Promise is no message
  createTicketSocket({ url, auth, codec: { decode: async () => null, encode: () => '' } })
})

test('the same codec goes to the server', () => {
  expectTypeOf(codec).toMatchTypeOf<NonNullable<SessionsOptions['codec']>>()
  createSessions({ tickets: {} as never, codec })
})
