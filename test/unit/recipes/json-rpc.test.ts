// docs/recipes/json-rpc.md, as it stands there.

import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import type { Codec, TicketSocket } from '../../../src/index.ts'
import { createTicketSocket } from '../../../src/index.ts'
import { scenarios } from '../../../src/mock/index.ts'
import type { Connection } from '../../../src/server/index.ts'
import { sendFrame } from '../../../src/server/session.ts'
import { arrange as arrangePage } from '../../support/arrange.ts'
import { markdownBlocks } from '../../support/code-blocks.ts'
import { importBlock } from '../../support/import-block.ts'

type RpcMessage = { type: string; params?: unknown }
interface Rpc {
  call<Result>(method: string, params?: unknown): Promise<Result>
  notify(method: string, params?: unknown): unknown
}

const RECIPE = 'docs/recipes/json-rpc.md'
const { blocks } = markdownBlocks(RECIPE, readFileSync(RECIPE, 'utf8'))
const blockWith = (text: string) => blocks.find(({ code }) => code.includes(text)) as (typeof blocks)[number]
const { jsonRpc } = await importBlock<{ jsonRpc: Codec<RpcMessage, RpcMessage> }>(blockWith('export const jsonRpc'))
const { createRpc } = await importBlock<{ createRpc(socket: TicketSocket<never, never>): Rpc }>(
  blockWith('export function createRpc'),
)
const { serveRpc } = await importBlock<{ serveRpc(connection: Connection, methods: object): void }>(
  blockWith('export function serveRpc'),
)

async function arrange({ isPlain = false } = {}) {
  const logged: unknown[] = []
  const methods = {
    sum: (params: number[]) => params.reduce((sum, n) => sum + n, 0),
    whoami: (_: unknown, { identity }: Connection) => identity?.userId,
    log: (params: unknown) => void logged.push(params),
    fail: () => {
      throw new Error('a secret of the server')
    },
  }
  const texts: string[] = []
  const page = arrangePage({
    backend: {
      session: { codec: jsonRpc },
      onConnection(connection) {
        connection.onText((text) => texts.push(text))
        serveRpc(connection, methods)
      },
    },
  })
  if (isPlain) page.backend.use(scenarios.plainServer)
  const socket = createTicketSocket({
    url: page.backend.wsUrl,
    auth: page.auth,
    platform: page.platform,
    codec: jsonRpc,
  })
  socket.connect()
  await page.clock.advance(1_000)
  /** What became of a call after its answer had time to come. */
  const settled = async (promise: Promise<unknown>) => {
    const outcome = promise.catch((error: unknown) => error)
    await page.clock.advance(100)
    return outcome
  }
  return { ...page, socket, rpc: createRpc(socket as never), settled, texts, logged }
}

test.each([[false], [true]])('a call resolves with its result (plain server: %s)', async (isPlain) => {
  const { rpc, settled, texts } = await arrange({ isPlain })
  expect(await settled(rpc.call('sum', [1, 2, 3]))).toBe(6)
  expect(await settled(rpc.call('whoami'))).toBe('alice')
  expect(texts.map((text) => JSON.parse(text))).toEqual([
    { jsonrpc: '2.0', method: 'sum', params: [1, 2, 3], id: 'request-1' },
    { jsonrpc: '2.0', method: 'whoami', id: 'request-2' },
  ])
})

test('a call that fails rejects with the code of the server, and with nothing of its words', async () => {
  const { rpc, settled } = await arrange()
  expect(await settled(rpc.call('fail'))).toMatchObject({ code: -32603, message: 'Internal error' })
  expect(await settled(rpc.call('toString'))).toMatchObject({ code: -32601, message: 'Method not found' })
})

test('notifications go both ways', async () => {
  const { rpc, backend, socket, clock, logged } = await arrange()
  const progress: unknown[] = []
  socket.onMessage('progress', ({ params }) => progress.push(params))
  rpc.notify('log', { line: 1 })
  backend.broadcast({ type: 'progress', params: { percent: 50 } } as never)
  await clock.advance(100)
  expect([logged, progress]).toEqual([[{ line: 1 }], [{ percent: 50 }]])
})

test('a batch is several messages; what is no JSON-RPC is told to both ends', async () => {
  const { backend, socket, clock } = await arrange()
  const told: unknown[] = []
  socket.on('message', (message) => told.push(message))
  socket.on('invalidMessage', ({ reason, frame }) => told.push({ reason, frame }))
  const say = (frame: string) => sendFrame(backend.connections()[0] as Connection, frame)
  say('[{"jsonrpc":"2.0","method":"a"},{"jsonrpc":"2.0","method":"b","params":[1]}]')
  say('{"type":"chat"}')
  await clock.advance(100)
  expect(told).toEqual([
    { type: 'a', params: undefined },
    { type: 'b', params: [1] },
    { reason: 'codec', frame: '{"type":"chat"}' },
  ])
})

test('a method that begins with ts: is not sent', async () => {
  const { rpc, settled } = await arrange()
  expect(rpc.notify('ts:ping')).toEqual({ status: 'dropped', reason: 'reserved_type', issues: [] })
  expect(await settled(rpc.call('ts:ping'))).toMatchObject({ code: 'invalid_message' })
})
