// Types flow from the socket to the handler: no component casts, and none names a message's type twice.

import { expectTypeOf, test } from 'vitest'
import { z } from 'zod'
import {
  createTicketSocket,
  type Message,
  messageSchemas,
  type SocketStatus,
  type TicketSocket,
  type TicketSocketError,
  type UnifiedAuthService,
} from '../../src/index.ts'
import {
  createTicketSocketHooks,
  TicketSocketProvider,
  useLatestMessage,
  useMessage,
  useMessages,
  useRequest,
  useSocketStatus,
  useTicketSocket,
} from '../../src/react/index.ts'

interface Ask {
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
const socket = createTicketSocket<Token | Done, Ask>({ url: 'wss://api.example.com/ws', auth })

test('a socket that is handed in brings its types along', () => {
  useMessage('token', (message) => expectTypeOf(message).toEqualTypeOf<Token>(), socket)
  expectTypeOf(useLatestMessage('done', undefined, socket)).toEqualTypeOf<Done | null>()
  expectTypeOf(useLatestMessage('done', (message) => message.count, socket)).toEqualTypeOf<number | null>()
  expectTypeOf(useMessages('token', { limit: 5 }, socket)).toEqualTypeOf<readonly Token[]>()
  expectTypeOf(useSocketStatus(socket)).toEqualTypeOf<SocketStatus>()
  // @ts-expect-error no such message
  useMessage('tokens', () => {}, socket)
  // @ts-expect-error a field of another message
  useLatestMessage('done', (message) => message.delta, socket)
})

test('a hook that makes a socket takes its types by name, and hands them on', () => {
  const { send, socket } = useTicketSocket<Token | Done, Ask>({ url: 'wss://api.example.com/ws', auth })
  send({ type: 'ask', text: 'why' })
  // @ts-expect-error an incoming message
  send({ type: 'token', delta: 'x' })
  useMessage('done', (message) => expectTypeOf(message.count).toBeNumber(), socket)
})

test('schemas give the types, and nobody names them', () => {
  const messages = messageSchemas({
    incoming: z.discriminatedUnion('type', [
      z.object({ type: z.literal('token'), delta: z.string() }),
      z.object({ type: z.literal('done'), count: z.number() }),
    ]),
    outgoing: z.object({ type: z.literal('ask'), text: z.string() }),
  })
  const { send, socket } = useTicketSocket({ url: 'wss://api.example.com/ws', auth, messages })
  send({ type: 'ask', text: 'why' })
  // @ts-expect-error an incoming message
  send({ type: 'token', delta: 'x' })
  useMessage('token', (message) => expectTypeOf(message).toEqualTypeOf<Token>(), socket)

  const made = createTicketSocket({ url: 'wss://api.example.com/ws', auth, messages })
  const hooks = createTicketSocketHooks(made)
  hooks.useMessage('done', (message) => expectTypeOf(message).toEqualTypeOf<Done>())
  expectTypeOf(hooks.useLatestMessage('token', ({ delta }) => delta.length)).toEqualTypeOf<number | null>()
  // @ts-expect-error an incoming message
  hooks.useTicketSocket().send({ type: 'token', delta: 'x' })
})

test('below a provider the types are said once, for all hooks', () => {
  const hooks = createTicketSocketHooks<typeof socket>()
  hooks.TicketSocketProvider({ socket })
  hooks.useMessage('token', (message) => expectTypeOf(message).toEqualTypeOf<Token>())
  expectTypeOf(hooks.useLatestMessage('done')).toEqualTypeOf<Done | null>()
  expectTypeOf(hooks.useLatestMessage('done', ({ count }) => count > 1)).toEqualTypeOf<boolean | null>()
  expectTypeOf(hooks.useMessages('token')).toEqualTypeOf<readonly Token[]>()
  expectTypeOf(hooks.useTicketSocket().socket).toEqualTypeOf<TicketSocket<Token | Done, Ask>>()
  hooks.useTicketSocket().send({ type: 'ask', text: 'why' })
  const { data, error, request } = hooks.useRequest<Done>()
  expectTypeOf(data).toEqualTypeOf<Done | null>()
  expectTypeOf(error).toEqualTypeOf<TicketSocketError | null>()
  expectTypeOf(request({ type: 'ask', text: 'why' })).resolves.toEqualTypeOf<Done | null>()
  // @ts-expect-error no such message
  hooks.useMessage('tokens', () => {})
  // @ts-expect-error an incoming message
  void request({ type: 'token', delta: 'x' })
  // @ts-expect-error a reply that the socket does not have
  hooks.useRequest<Ask>()
  // @ts-expect-error a socket with other messages
  hooks.TicketSocketProvider({ socket: createTicketSocket<Ask>({ url: 'wss://api.example.com/ws', auth }) })
})

test('without types, messages hold unknown fields', () => {
  useMessage('anything', (message) => expectTypeOf(message).toEqualTypeOf<Message>())
  expectTypeOf(useLatestMessage('anything')).toEqualTypeOf<Message | null>()
  expectTypeOf(useLatestMessage('anything', (message) => message.text)).toBeUnknown()
  expectTypeOf(useMessages('anything')).toEqualTypeOf<readonly Message[]>()
  expectTypeOf(useRequest().data).toEqualTypeOf<Message | null>()
  expectTypeOf(useRequest<Done>().data).toEqualTypeOf<Done | null>()
})

test('any socket can be provided', () => {
  void TicketSocketProvider({ socket })
  void TicketSocketProvider({ socket: createTicketSocket({ url: 'wss://api.example.com/ws', auth }) })
})
