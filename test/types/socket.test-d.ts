import { expectTypeOf, test } from 'vitest'
import * as z from 'zod'
import {
  type CloseDetails,
  createRequests,
  createTicketSocket,
  type Message,
  messageSchemas,
  type SocketSnapshot,
  type UnifiedAuthService,
} from '../../src/index.ts'
import { useTicketSocket } from '../../src/react/index.ts'

interface Asked {
  type: 'ask'
  text: string
}
interface Token {
  type: 'token'
  delta: string
}
interface Done {
  type: 'done'
  count: number
}

declare const auth: UnifiedAuthService
const socket = createTicketSocket<Token | Done, Asked>({ url: 'wss://api.example.com/ws', auth })

test('a handler gets the message of its type', () => {
  socket.onMessage('token', (message) => expectTypeOf(message).toEqualTypeOf<Token>())
  socket.onMessage('done', (message) => expectTypeOf(message).toEqualTypeOf<Done>())
  // @ts-expect-error no such message
  socket.onMessage('tokens', () => {})
})

test('a url is a string, a URL, or a function for either, sync or async', () => {
  createTicketSocket({ url: new URL('wss://api.example.com/ws'), auth })
  createTicketSocket({ url: () => '/ws', auth })
  createTicketSocket({ url: async () => new URL('wss://api.example.com/ws'), auth })
  // @ts-expect-error it may not be left out
  createTicketSocket({ auth })
  // @ts-expect-error the function has to return one
  createTicketSocket({ url: () => null, auth })
})

test('only outgoing messages can be sent', () => {
  socket.send({ type: 'ask', text: 'why' })
  // @ts-expect-error an incoming message
  socket.send({ type: 'token', delta: 'x' })
})

test('schemas type both directions, without a cast', () => {
  const incoming = z.discriminatedUnion('type', [
    z.object({ type: z.literal('token'), delta: z.string() }),
    z.object({ type: z.literal('done'), count: z.coerce.number() }),
  ])
  const outgoing = z.object({ type: z.literal('ask'), text: z.string().optional() })
  const messages = messageSchemas({ incoming, outgoing })
  const checked = createTicketSocket({ url: 'wss://api.example.com/ws', auth, messages })
  checked.onMessage('done', (message) => expectTypeOf(message).toEqualTypeOf<Done>())
  checked.send({ type: 'ask' })
  // @ts-expect-error no such message
  checked.onMessage('tokens', () => {})
  // @ts-expect-error no such field
  checked.send({ type: 'ask', words: 'why' })
})

test('schemas type the hook, too', () => {
  const messages = messageSchemas({ incoming: z.object({ type: z.literal('done'), count: z.number() }) })
  const { socket } = useTicketSocket({ url: 'wss://api.example.com/ws', auth, messages })
  socket.onMessage('done', (message) => expectTypeOf(message.count).toEqualTypeOf<number>())
})

test('a schema for one direction leaves the other as it is', () => {
  const messages = messageSchemas({ incoming: z.object({ type: z.literal('done'), count: z.number() }) })
  const checked = createTicketSocket({ url: 'wss://api.example.com/ws', auth, messages })
  checked.onMessage('done', (message) => expectTypeOf(message.count).toEqualTypeOf<number>())
  checked.send({ type: 'anything', goes: true })
  // @ts-expect-error no message has no type
  checked.send({ text: 'hi' })
})

test('closeCodes is an object of meanings, or a function that may answer nothing', () => {
  const url = 'wss://api.example.com/ws'
  createTicketSocket({ url, auth, closeCodes: { 4001: 'refused', 4003: 'stop', 4444: undefined } })
  createTicketSocket({
    url,
    auth,
    closeCodes: ({ code, reason, accepted, consecutiveLosses, method, wasClean }) => {
      expectTypeOf({ code, reason, accepted, consecutiveLosses, wasClean }).toEqualTypeOf<{
        code: number
        reason: string
        accepted: boolean
        consecutiveLosses: number
        wasClean: boolean
      }>()
      return method === 'jwt' ? 'refused' : undefined
    },
  })
  // @ts-expect-error no such meaning
  createTicketSocket({ url, auth, closeCodes: { 4001: 'retry' } })
  // @ts-expect-error it decides at once
  createTicketSocket({ url, auth, closeCodes: async () => 'refused' })
})

test('how a socket was closed is on its events and in the snapshot', () => {
  expectTypeOf(socket.store.getState().closeDetails).toEqualTypeOf<CloseDetails | null>()
  socket.on('lost', ({ closeDetails }) => expectTypeOf(closeDetails).toEqualTypeOf<CloseDetails | null>())
  socket.on('failed', ({ closeDetails }) => expectTypeOf(closeDetails).toEqualTypeOf<CloseDetails | null>())
  socket.on('closed', ({ closeDetails }) => expectTypeOf(closeDetails).toEqualTypeOf<CloseDetails | null>())
})

test('untyped messages hold unknown fields', () => {
  const untyped = createTicketSocket({ url: 'wss://api.example.com/ws', auth })
  untyped.onMessage('anything', (message) => {
    expectTypeOf(message).toEqualTypeOf<Message>()
    expectTypeOf(message.text).toBeUnknown()
  })
})

test('the snapshot cannot be written', () => {
  expectTypeOf(socket.store.getState()).toEqualTypeOf<SocketSnapshot>()
  // @ts-expect-error read-only
  socket.store.getState().status = 'open'
})

test('requests work on a typed socket, and say what the reply is', async () => {
  const { request } = createRequests(socket)
  expectTypeOf(await request({ type: 'ask', text: 'why' })).toEqualTypeOf<Message>()
  expectTypeOf(await request<Done>({ type: 'ask', text: 'why' })).toEqualTypeOf<Done>()
  // @ts-expect-error what may be sent holds for what is asked
  void request({ type: 'ask' })
})

test('messages as an iterable are narrowed like handlers', async () => {
  for await (const message of socket.messages('token')) expectTypeOf(message).toEqualTypeOf<Token>()
})
