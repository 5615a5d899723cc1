// Client and server on real sockets: bytes, a codec of theirs, and messages that are too large.

import { expect, onTestFinished, test } from 'vitest'
import WebSocket from 'ws'
import { createTicketSocket, type SocketConstructor, UnifiedAuthService } from '../../../../src/index.ts'
import type { Connection } from '../../../../src/server/index.ts'
import type { AttachTicketSocketOptions } from '../../../../src/server/node/index.ts'
import { ORIGIN, serve, until } from './serve.ts'

class PageWebSocket extends WebSocket {
  constructor(url: string, protocols?: string | string[]) {
    super(url, protocols, { origin: ORIGIN })
  }
}

type SocketOptions = Partial<Parameters<typeof createTicketSocket>[0]>

async function arrange(server: Partial<AttachTicketSocketOptions>, client: SocketOptions = {}) {
  const atServer: unknown[] = []
  const { port, sign } = await serve({
    ...server,
    onConnection(connection: Connection) {
      connection.onMessage((message) => atServer.push(message))
      connection.onBinary((data) => atServer.push([...data]))
      connection.onMessage((message) => connection.send({ ...message, type: 'echo' }))
    },
  })
  const platform = { WebSocket: PageWebSocket as unknown as SocketConstructor }
  const auth = new UnifiedAuthService({
    httpUrl: `http://127.0.0.1:${port}`,
    getToken: () => sign('alice'),
    ticketAuth: true,
    platform: { fetch: (url, init) => fetch(url, { ...init, headers: { ...init.headers, origin: ORIGIN } }) },
  })
  const socket = createTicketSocket({ url: `ws://127.0.0.1:${port}/ws`, auth, platform, ...(client as object) })
  onTestFinished(() => {
    socket.dispose()
    auth.dispose()
  })
  const heard: unknown[] = []
  socket.on('message', (message) => heard.push(message))
  const lost: string[] = []
  socket.on('lost', ({ error }) => lost.push(error.code))
  socket.connect()
  await until(() => expect(socket.store.getState().status).toBe('open'))
  return { socket, atServer, heard, lost }
}

/** Bytes: a length, the type, and what is left. */
const codec = {
  decode(frame: string | Uint8Array) {
    if (typeof frame === 'string') return null
    const [length = 0] = frame
    const type = new TextDecoder().decode(frame.subarray(1, 1 + length))
    return { type, data: [...frame.subarray(1 + length)] }
  },
  encode: ({ type, data }: { type: string; data?: number[] }) =>
    Buffer.from([type.length, ...Buffer.from(type), ...(data ?? [])]),
}

test('bytes of every kind arrive in the order in which they were sent', async () => {
  const { socket, atServer } = await arrange({})
  socket.send({ type: 'first' })
  socket.send(new Blob(['a']))
  socket.send(new Uint8Array([1, 2, 3]).subarray(1))
  socket.send(new DataView(new ArrayBuffer(1)))
  socket.send({ type: 'last' })
  await until(() => expect(atServer).toEqual([{ type: 'first' }, [97], [2, 3], [0], { type: 'last' }]))
})

test('one codec serves both ends, and the protocol goes on beside it', async () => {
  const { socket, atServer, heard } = await arrange({ codec, pingIntervalMs: 20 }, { codec })
  socket.send({ type: 'chat', data: [1, 2] })
  await until(() => expect(heard).toEqual([{ type: 'echo', data: [1, 2] }]))
  expect(atServer[0]).toEqual([4, ...Buffer.from('chat'), 1, 2])
  expect(atServer[1]).toEqual({ type: 'chat', data: [1, 2] })
  expect(socket.store.getState()).toMatchObject({ status: 'open', session: { userId: 'alice' } })
})

test('PR-90: a server that sets no limit announces the default of its sockets', async () => {
  const { socket } = await arrange({})
  expect(socket.store.getState().session?.maxMessageBytes).toBe(64 * 1024)
})

test('PR-90: the limit that the server announces is that of its sockets, to the byte', async () => {
  const { socket, atServer, lost } = await arrange({ maxPayload: 1_000 })
  expect(socket.store.getState().session?.maxMessageBytes).toBe(1_000)
  expect(socket.send(new Uint8Array(1_001))).toMatchObject({ status: 'dropped', reason: 'too_large' })
  expect(socket.send(new Uint8Array(1_000))).toEqual({ status: 'sent' })
  await until(() => expect(atServer).toHaveLength(1))
  expect(lost).toEqual([])
})
