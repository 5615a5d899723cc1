// A stream that survives a cut: @tanstack/ai-client asks for the rest by `runId` and `offset` in the URL of its redial.

import { webSocket } from '@tanstack/ai-client'
import { expect, onTestFinished, test } from 'vitest'
import { base64url } from '../../../src/auth/jwt.ts'
import { ticketWebSocket } from '../../../src/index.ts'
import { type Serve, type SignedInPage, signedInPage } from './page.ts'

const TOKENS = Array.from({ length: 20 }, (_, n) => `token ${n + 1}`)
const CUT_AFTER = 10
const RUN = { threadId: 'thread-1', runId: 'run-1' }

/** Streams a run with its offsets, as TanStack AI's servers do: first a half of it, and the rest to whoever asks for that. */
const serveRuns: Serve = (connection, { request }) => {
  const chunks = [
    { type: 'RUN_STARTED', ...RUN },
    ...TOKENS.map((delta) => ({ type: 'TEXT_MESSAGE_CONTENT', messageId: 'message-1', delta })),
    { type: 'RUN_FINISHED', ...RUN },
  ]
  const { searchParams } = new URL(request.url ?? '', 'http://localhost')
  const stream = (from: number, until: number) => {
    chunks.slice(from, until).forEach((chunk, n) => connection.send({ id: `log:${from + n}`, chunk }))
  }
  const offset = searchParams.get('offset')
  if (offset !== null && searchParams.get('runId') === RUN.runId) {
    stream(Number(offset.slice('log:'.length)) + 1, chunks.length)
    return connection.close(1000)
  }
  connection.onText(() => stream(0, CUT_AFTER + 1))
}

/** The tokens of one run, whose connection breaks in the middle. */
async function tokensOf(page: SignedInPage, WebSocketImpl: typeof WebSocket): Promise<string[]> {
  const ending = new AbortController()
  onTestFinished(() => ending.abort())
  const connection = webSocket(page.url, { WebSocketImpl })
  const chunks = connection.subscribe(ending.signal)
  const tokens: string[] = []
  const finished = (async () => {
    for await (const { type, delta } of chunks) {
      if (delta !== undefined && tokens.push(delta) === CUT_AFTER) page.connections[0]?.terminate()
      if (type === 'RUN_FINISHED') return
    }
  })()
  const question = { id: 'question-1', role: 'user', parts: [{ type: 'text', content: 'Count to twenty.' }] }
  await connection.send([question], undefined, ending.signal, RUN)
  await finished
  return tokens
}

/** What the app had before: a browser's WebSocket, and the JWT as a subprotocol. */
function nativeWebSocket({ session }: SignedInPage): typeof WebSocket {
  return class extends WebSocket {
    constructor(url: string | URL) {
      super(url, ['jwt-auth', `jwt.${base64url(session.jwt ?? '')}`])
    }
  }
}

const ticketSocketOf = ({ source }: SignedInPage): typeof WebSocket => ticketWebSocket(source)

test.each([
  { over: 'a browser’s WebSocket', method: 'jwt', ticketAuth: false, WebSocketOf: nativeWebSocket },
  { over: 'ticketWebSocket with tickets', method: 'ticket', ticketAuth: true, WebSocketOf: ticketSocketOf },
  { over: 'ticketWebSocket with the flag off', method: 'jwt', ticketAuth: false, WebSocketOf: ticketSocketOf },
  {
    over: 'ticketWebSocket that has fallen back',
    method: 'jwt',
    ticketAuth: true,
    WebSocketOf(page: SignedInPage) {
      page.server.breakTickets(true)
      return ticketSocketOf(page)
    },
  },
])('a stream that is cut over $over is complete: 20 of 20 tokens', async ({ method, ticketAuth, WebSocketOf }) => {
  const page = await signedInPage(serveRuns, { ticketAuth })
  expect(await tokensOf(page, WebSocketOf(page))).toEqual(TOKENS)
  expect(page.connections.map((connection) => connection.method)).toEqual([method, method])
  const [first, second] = page.arrivals().map((arrival) => new URL(arrival, 'ws://localhost'))
  expect(Object.fromEntries(first?.searchParams ?? [])).toEqual({ room: 'a b', v: '1', runId: RUN.runId })
  expect(Object.fromEntries(second?.searchParams ?? [])).toEqual({
    room: 'a b',
    v: '1',
    runId: RUN.runId,
    offset: `log:${CUT_AFTER}`,
  })
  expect([first?.pathname, second?.pathname]).toEqual(['/ws', '/ws'])
})
