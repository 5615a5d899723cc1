import { z } from 'zod'
import { messageSchemas } from '../../../../src/index.ts'
import type { FlagOffScenario } from '../scenario.ts'

const chat = (text: string) => ({ type: 'chat', text })

const SCHEMAS = messageSchemas({
  incoming: z.object({ type: z.literal('answer'), text: z.string() }),
  outgoing: z.object({ type: z.literal('chat'), text: z.string() }),
})

export const sending: FlagOffScenario = {
  name: 'sending',
  title: 'What the app sends waits, goes out, or is dropped',
  acts: [
    {
      title: 'Sent before connect(), while connecting, and by priority',
      async play({ socket, pass }) {
        socket.send(chat('one'))
        socket.send(chat('two'), { priority: 'low' })
        socket.send(chat('three'), { priority: 'high' })
        socket.connect()
        await pass(15)
        socket.send(chat('four'))
        await pass(1_000)
      },
    },
    {
      title: 'A full queue gives up the oldest',
      on: { socket: { outbox: { maxCount: 2 } } },
      async play({ socket, pass }) {
        for (const text of ['one', 'two', 'three']) socket.send(chat(text))
        socket.connect()
        await pass(1_000)
      },
    },
    {
      title: 'A full queue refuses the newest, by bytes',
      on: { socket: { outbox: { maxBytes: 70, overflow: 'drop-newest' } } },
      async play({ socket, pass }) {
        for (const text of ['one', 'two', 'three']) socket.send(chat(text))
        socket.connect()
        await pass(1_000)
      },
    },
    {
      title: 'Waiting too long, taken back, and given up by close()',
      on: { socket: { outbox: { ttlMs: 5_000 } } },
      async play({ socket, pass }) {
        const taken = new AbortController()
        socket.send(chat('waits too long'))
        await pass(6_000)
        socket.send(chat('taken back'), { signal: taken.signal })
        taken.abort()
        socket.send(chat('given up'))
        socket.close()
        socket.send(chat('after the close'))
        socket.connect()
        await pass(1_000)
      },
    },
    {
      title: 'The bounds of the queue where the app sets none: a minute and 1 MiB',
      async play({ socket, pass }) {
        socket.send(chat('waits too long'))
        await pass(61_000)
        socket.send(chat('x'.repeat(600_000)))
        socket.send(chat('x'.repeat(600_000)))
        await pass(1_000)
      },
    },
    {
      title: 'And 1,000 messages',
      async play({ unwritten, note }) {
        for (let number = 1; number <= 1_002; number++) unwritten.send(chat(`number ${number}`))
        note('the app sent 1,002 messages')
      },
    },
    {
      title: 'The bound of a received message where the app sets none: 1 MiB',
      async play({ socket, pass, tell }) {
        socket.connect()
        await pass(1_000)
        tell(chat('x'.repeat(1_048_000)))
        tell(chat('x'.repeat(1_049_000)))
        await pass(100)
      },
    },
    {
      title: 'reconnect() while open, while waiting and in a loop',
      async play({ backend, socket, pass }) {
        socket.connect()
        await pass(10_000)
        socket.send(chat('before'))
        socket.reconnect()
        socket.send(chat('after'))
        await pass(10_000)
        backend.dropConnections()
        await pass(100)
        socket.reconnect()
        await pass(10)
        socket.reconnect()
        socket.reconnect()
        await pass(10_000)
        socket.close()
        socket.reconnect()
        await pass(1_000)
      },
    },
    {
      title: 'A rate limit of two a second',
      on: { socket: { rateLimit: { perSecond: 2, burst: 1 } } },
      async play({ socket, pass }) {
        socket.connect()
        await pass(1_000)
        for (const text of ['one', 'two', 'three']) socket.send(chat(text))
        await pass(3_000)
      },
    },
    {
      title: 'Messages held to schemas, both ways',
      on: { socket: { messages: SCHEMAS as never } },
      async play({ socket, pass, tell }) {
        socket.connect()
        await pass(1_000)
        socket.send(chat('right'))
        socket.send({ type: 'chat', text: 42 })
        socket.send({ type: 'unknown' })
        await pass(10)
        tell({ type: 'answer', text: 'right' })
        tell({ type: 'answer', text: 42 })
        tell({ type: 'unknown' })
        await pass(100)
      },
    },
    {
      title: 'close() in the middle of connecting, and connect() at once',
      async play({ socket, pass }) {
        socket.connect()
        await pass(5)
        socket.close()
        socket.connect()
        await pass(12)
        socket.close()
        await pass(1_000)
      },
    },
  ],
}
