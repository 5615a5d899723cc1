// On ticket-socket.v1 every frame without a reserved type is the app's, in both directions. These are the wires of other
// libraries that an app may speak over its connection.

import { expect, test } from 'vitest'
import type { Connection } from '../../../src/server/index.ts'
import { sendFrame } from '../../../src/server/session.ts'
import { arrange } from '../../support/arrange.ts'

/** Frames as these libraries send them. */
const WIRES: [library: string, frames: { type: string; [field: string]: unknown }[]][] = [
  [
    'the Vercel AI SDK',
    [
      { type: 'start', messageId: 'm1' },
      { type: 'text-delta', id: '1', delta: 'Hi' },
      { type: 'error', errorText: 'The model is overloaded.' },
      { type: 'abort' },
      { type: 'ping' },
      { type: 'finish' },
    ],
  ],
  [
    'TanStack AI',
    [
      { type: 'ping' },
      { type: 'pong' },
      { type: 'content', delta: 'Hi', role: 'assistant' },
      { type: 'error', error: { message: 'overloaded', code: '529' } },
      { type: 'done', finishReason: 'stop' },
    ],
  ],
  [
    'AG-UI',
    [
      { type: 'RUN_STARTED', threadId: 't', runId: 'r' },
      { type: 'RUN_ERROR', message: 'overloaded' },
    ],
  ],
  [
    'graphql-ws',
    [
      { type: 'connection_init', payload: {} },
      { type: 'connection_ack' },
      { type: 'ping' },
      { type: 'pong', payload: {} },
      { type: 'error', id: '1', payload: [] },
      { type: 'complete', id: '1' },
    ],
  ],
  [
    'an app with names like those of the protocol',
    ['ack', 'connection_established', 'auth_refresh', 'auth_refreshed', 'going_away', 'ts', 'TS:ping'].map((type) => ({
      type,
      id: '1',
      timestamp: 1,
      code: 'x',
      message: 'y',
    })),
  ],
]

test.each(WIRES)('PR-70: frames of %s reach the app and the server as they are', async (_library, frames) => {
  const atServer: unknown[] = []
  const page = arrange({
    backend: { onConnection: (connection) => void connection.onMessage((message) => atServer.push(message)) },
  })
  const heard: unknown[] = []
  page.socket.on('message', (message) => heard.push(message))
  await page.connect()
  for (const frame of frames) {
    page.backend.broadcast(frame)
    expect(page.socket.send(frame)).toEqual({ status: 'sent' })
  }
  await page.clock.advance(100)
  expect([heard, atServer]).toEqual([frames, frames])
  expect(page.told.map(([name]) => name)).not.toContain('refused')
  expect(page.state()).toMatchObject({ status: 'open', session: { userId: 'alice' } })
})

test.each([
  ['JSON-RPC', '{"jsonrpc":"2.0","id":1,"result":null}', 'no_type'],
  ['an array', '["chat","hi"]', 'no_type'],
  ['a word', 'ping', 'not_json'],
  ['nothing', '', 'not_json'],
])(
  'PR-70: a frame without a type (%s) reaches the app with invalidMessage, as it came',
  async (_name, frame, reason) => {
    const page = arrange()
    await page.connect()
    sendFrame(page.backend.connections()[0] as Connection, frame)
    await page.clock.advance(10)
    expect(page.told.filter(([name]) => name === 'invalidMessage')).toEqual([
      ['invalidMessage', { reason, issues: [], frame }],
    ])
  },
)

test('PR-76: a malformed frame of the protocol does not: it is not the app’s, and may hold a ticket', async () => {
  const page = arrange()
  await page.connect()
  sendFrame(page.backend.connections()[0] as Connection, '{"type":"ts:auth_refresh","ticket":"x","reply_to":"1"}')
  await page.clock.advance(10)
  expect(page.told.filter(([name]) => name === 'invalidMessage')).toEqual([
    ['invalidMessage', { reason: 'protocol', issues: [], replyTo: '1' }],
  ])
})

test('a frame that is too long comes with the event, too', async () => {
  const page = arrange({ socket: { maxMessageLength: 200 } })
  await page.connect()
  const long = JSON.stringify({ type: 'chat', text: 'x'.repeat(200) })
  sendFrame(page.backend.connections()[0] as Connection, long)
  page.backend.connections()[0]?.sendBinary(new Uint8Array(201))
  await page.clock.advance(10)
  const frames = page.told.flatMap(([name, payload]) =>
    name === 'invalidMessage' ? [(payload as { frame: unknown }).frame] : [],
  )
  expect(frames).toEqual([long, new ArrayBuffer(201)])
})

test('a short maxMessageLength is for the app’s frames: the protocol’s own are read, and the connection opens', async () => {
  const page = arrange({ socket: { maxMessageLength: 20 } })
  await page.connect()
  page.backend.broadcast({ type: 'chat', text: 'longer than 20 characters' })
  page.backend.broadcast({ type: 'chat' })
  await page.clock.advance(10)
  expect(page.state()).toMatchObject({ status: 'open', rttMs: expect.any(Number) })
  expect(page.told.flatMap(([name]) => (name === 'message' || name === 'invalidMessage' ? [name] : []))).toEqual([
    'invalidMessage',
    'message',
  ])
})

test('no frame of the app is ever logged', async () => {
  const lines: string[] = []
  const log = (...words: unknown[]) => void lines.push(JSON.stringify(words))
  const page = arrange({
    wrap: (platform) => ({ ...platform, logger: { debug: log, info: log, warn: log, error: log } }),
  })
  await page.connect()
  for (const frame of ['secret-text', '["secret-text"]', '{"type":7,"text":"secret-text"}'])
    sendFrame(page.backend.connections()[0] as Connection, frame)
  await page.clock.advance(10)
  expect(lines.filter((line) => line.includes('frame ignored'))).toHaveLength(3)
  expect(lines.join()).not.toContain('secret-text')
})
