import { type } from 'arktype'
import * as v from 'valibot'
import { describe, expect, test } from 'vitest'
import * as z from 'zod'
import { createTicketSocket, messageSchemas, type StandardSchema } from '../../../src/index.ts'
import type { Connection } from '../../../src/server/index.ts'
import { arrange as arrangePage } from '../../support/arrange.ts'

interface Chat {
  type: string
  text: string
}

/** A page whose messages are held to schemas, and the server's end of its connection. */
async function arrange(
  schemas: { incoming?: StandardSchema<unknown, Chat>; outgoing?: StandardSchema<Chat, unknown> },
  { isConnected = true } = {},
) {
  const atServer: unknown[] = []
  const page = arrangePage({
    backend: { onConnection: (connection) => connection.onMessage((message) => atServer.push(message)) },
  })
  const { auth, platform, backend, clock } = page
  const socket = createTicketSocket({ url: backend.wsUrl, auth, platform, messages: messageSchemas(schemas) })
  const heard: unknown[] = []
  socket.on('message', (message) => heard.push(message))
  socket.on('binary', (data) => heard.push((data as ArrayBuffer).byteLength))
  socket.on('invalidMessage', ({ reason, issues }) => heard.push({ reason, issues }))
  socket.on('dropped', (dropped) => heard.push(dropped))
  socket.on('sent', ({ id }) => heard.push(`sent ${id}`))
  if (isConnected) {
    socket.connect()
    await clock.advance(1_000)
  }
  return {
    socket,
    clock,
    auth,
    heard,
    atServer,
    server: () => backend.connections()[0] as Connection,
    settle: () => clock.advance(10),
  }
}

/** Answers when the test says so. */
function createSlowSchema() {
  const asked: { message: unknown; answer: (isGood?: boolean) => void }[] = []
  const schema: StandardSchema<Chat, Chat> = {
    '~standard': {
      version: 1,
      vendor: 'test',
      validate: (message) =>
        new Promise((resolve) => {
          const answer = (isGood = true) =>
            resolve(isGood ? { value: message as Chat } : { issues: [{ message: 'not good' }] })
          asked.push({ message, answer })
        }),
    },
  }
  return { schema, asked }
}

const good = { type: 'chat', text: 'hi' }
const bad = { type: 'chat', text: 7 }

describe.each([
  ['zod', z.object({ type: z.literal('chat'), text: z.string() })],
  ['valibot', v.object({ type: v.literal('chat'), text: v.string() })],
  ['arktype', type({ type: "'chat'", text: 'string' })],
] as [string, StandardSchema<Chat, Chat>][])('a schema of %s', (_vendor, schema) => {
  test('lets pass what fits; what does not is an event that says where', async () => {
    const { server, heard, settle } = await arrange({ incoming: schema })
    server().send(good)
    server().send(bad)
    server().send(good)
    await settle()
    expect(heard).toMatchObject([good, { reason: 'schema', issues: [{ path: ['text'] }] }, good])
  })

  test('refuses what does not fit before it is sent, in the receipt', async () => {
    const { socket, atServer, settle } = await arrange({ outgoing: schema })
    expect(socket.send(good)).toEqual({ status: 'sent' })
    const receipt = socket.send(bad as never)
    expect(receipt).toMatchObject({ status: 'dropped', reason: 'invalid', issues: [{ path: ['text'] }] })
    await settle()
    expect(atServer).toEqual([good])
  })
})

test('what a schema transforms arrives, and leaves, transformed', async () => {
  const trimmed = z.object({ type: z.string(), text: z.string().trim() })
  const { socket, server, heard, atServer, settle } = await arrange({ incoming: trimmed, outgoing: trimmed })
  server().send({ type: 'chat', text: ' in ', more: 1 })
  socket.send({ type: 'chat', text: ' out ' })
  await settle()
  expect(heard).toEqual([{ type: 'chat', text: 'in' }])
  expect(atServer).toEqual([{ type: 'chat', text: 'out' }])
})

test('paths name list items by number and fields by name', async () => {
  const incoming = z.object({ type: z.string(), text: z.string(), list: z.array(z.object({ n: z.number() })) })
  const { server, heard, settle } = await arrange({ incoming })
  server().send({ ...good, list: [{ n: 1 }, { n: 'x' }] })
  await settle()
  expect(heard).toMatchObject([{ issues: [{ path: ['list', 1, 'n'] }] }])
})

test('a schema that throws or rejects refuses, in words that hold nothing of the message', async () => {
  const throwing = (fail: () => never | Promise<never>): StandardSchema<Chat, Chat> => ({
    '~standard': { version: 1, vendor: 'test', validate: fail },
  })
  for (const fail of [
    () => {
      throw new Error('secret-text')
    },
    () => Promise.reject(new Error('secret-text')),
  ]) {
    const { server, heard, settle } = await arrange({ incoming: throwing(fail) })
    server().send(good)
    await settle()
    expect(heard).toEqual([{ reason: 'schema', issues: [{ message: 'The schema itself failed.', path: [] }] }])
  }
})

describe('a schema that takes its time', () => {
  test('keeps the order of what arrives, binary frames included', async () => {
    const { schema, asked } = createSlowSchema()
    const { server, heard, settle } = await arrange({ incoming: schema })
    server().send({ ...good, n: 1 })
    server().sendBinary(new Uint8Array([1, 2, 3]))
    server().send({ ...good, n: 2 })
    server().send({ ...good, n: 3 })
    await settle()
    expect(asked).toHaveLength(3)
    asked[2]?.answer()
    asked[1]?.answer(false)
    await settle()
    expect(heard).toEqual([])
    asked[0]?.answer()
    await settle()
    const refused = { reason: 'schema', issues: [{ message: 'not good', path: [] }] }
    expect(heard).toEqual([{ ...good, n: 1 }, 3, refused, { ...good, n: 3 }])
  })

  test('keeps the order of what is sent; events tell what became of it', async () => {
    const { schema, asked } = createSlowSchema()
    const { socket, heard, atServer, settle } = await arrange({ outgoing: schema })
    const texts = ['a', 'b', 'c']
    expect(texts.map((text) => socket.send({ type: 'chat', text }))).toEqual([
      { status: 'queued', id: 1 },
      { status: 'queued', id: 2 },
      { status: 'queued', id: 3 },
    ])
    asked[2]?.answer()
    asked[1]?.answer(false)
    await settle()
    expect([heard, atServer]).toEqual([[], []])
    asked[0]?.answer()
    await settle()
    const dropped = { id: 2, reason: 'invalid', issues: [{ message: 'not good', path: [] }] }
    expect(heard).toEqual(['sent 1', dropped, 'sent 3'])
    expect(atServer).toEqual([
      { type: 'chat', text: 'a' },
      { type: 'chat', text: 'c' },
    ])
  })

  test('has ten seconds: then what comes after it goes on', async () => {
    const { schema, asked } = createSlowSchema()
    const { server, heard, clock } = await arrange({ incoming: schema })
    server().send({ ...good, n: 1 })
    server().send({ ...good, n: 2 })
    await clock.advance(5_000)
    asked[1]?.answer()
    await clock.advance(5_100)
    expect(heard).toMatchObject([
      { reason: 'schema', issues: [{ path: [] }] },
      { ...good, n: 2 },
    ])
  })

  test('delivers nothing of a session that has ended, and gives up what was to be sent in it', async () => {
    const { schema, asked } = createSlowSchema()
    const { socket, server, auth, heard, atServer, clock } = await arrange({ incoming: schema, outgoing: schema })
    server().send(good)
    await clock.advance(10)
    socket.send(good)
    expect(asked).toHaveLength(2)
    auth.handleLogout()
    expect(heard).toEqual([{ id: 1, reason: 'signed_out', issues: [] }])
    for (const { answer } of asked) answer()
    await clock.advance(60_000)
    expect(heard).toHaveLength(1)
    expect(atServer).toEqual([])
    expect(clock.pending()).toBe(0)
  })

  test('closed, it owns no timer and says nothing more', async () => {
    const { schema, asked } = createSlowSchema()
    const { socket, server, heard, clock } = await arrange({ incoming: schema })
    server().send(good)
    await clock.advance(10)
    socket.close()
    asked[0]?.answer()
    await clock.advance(1)
    expect(heard).toEqual([])
  })

  test('before the connection is open, what passes waits in the outbox', async () => {
    const { schema, asked } = createSlowSchema()
    const { socket, heard, atServer, clock } = await arrange({ outgoing: schema }, { isConnected: false })
    socket.send(good)
    asked[0]?.answer()
    await clock.advance(10)
    expect(socket.store.getState().queued).toBe(1)
    socket.connect()
    await clock.advance(1_000)
    expect(heard).toEqual(['sent 1'])
    expect(atServer).toEqual([good])
  })
})

test('binary is sent as it is: it has no schema', async () => {
  const { socket, atServer, settle } = await arrange({ outgoing: v.object({ type: v.string(), text: v.string() }) })
  expect(socket.send(new Uint8Array([1, 2]).buffer as never)).toEqual({ status: 'sent' })
  await settle()
  expect(atServer).toEqual([])
})

test.each([[{ parse() {} }], [null], ['zod'], [{ '~standard': {} }]])(
  'what is no Standard Schema is refused when it is given: %j',
  (schema) => {
    expect(() => messageSchemas({ incoming: schema as never })).toThrow(TypeError)
    expect(() => messageSchemas({ outgoing: schema as never })).toThrow(/outgoing/)
  },
)

test('schemas are optional, each by itself', async () => {
  const { socket, server, heard, atServer, settle } = await arrange({})
  server().send(bad)
  socket.send(bad as never)
  await settle()
  expect(heard).toEqual([bad])
  expect(atServer).toEqual([bad])
})
