import { sendFrame } from '../../../../src/server/session.ts'
import type { FlagOffScenario } from '../scenario.ts'

export const plainServer: FlagOffScenario = {
  name: 'plain-server',
  title: 'A server that knows nothing of this library',
  acts: [
    {
      title: 'It says nothing: the connection opens after 100 ms',
      on: { server: 'plain' },
      async play({ socket, pass }) {
        socket.send({ type: 'queued' })
        socket.connect()
        await pass(130)
        await pass(120_000)
      },
    },
    {
      title: 'It says something: the connection opens with that',
      on: { server: 'plain', onConnection: (connection) => connection.send({ type: 'hello' }) },
      async play({ socket, pass }) {
        socket.send({ type: 'queued' })
        socket.connect()
        await pass(10_000)
      },
    },
    {
      title: 'Every frame is the app’s, whatever its type',
      on: { server: 'plain' },
      async play({ socket, pass, tell, connection }) {
        socket.connect()
        await pass(1_000)
        for (const type of ['connection_established', 'ping', 'pong', 'auth_refreshed', 'going_away', 'error', 'ack']) {
          tell({ type, of: 'the app' })
        }
        await pass(100)
        for (const type of ['ping', 'pong', 'auth_refresh', 'error', 'ack']) socket.send({ type, of: 'the app' })
        socket.send(new Uint8Array([1, 2, 3]).buffer)
        connection().sendBinary(new Uint8Array([4, 5]))
        await pass(100)
      },
    },
    {
      title: 'Frames that are no messages',
      on: { server: 'plain' },
      async play({ socket, pass, tell, connection }) {
        socket.connect()
        await pass(1_000)
        tell({ jsonrpc: '2.0', id: 1, result: null })
        tell([1, 2])
        sendFrame(connection(), 'ping')
        await pass(100)
      },
    },
    {
      title: 'The heartbeat is the app’s, and a connection that died without a word',
      on: { server: 'plain', socket: { heartbeat: { message: () => ({ type: 'keepalive' }), intervalMs: 20_000 } } },
      async play({ backend, socket, pass }) {
        backend.onMessage('keepalive', (_, connection) => connection.send({ type: 'still here' }))
        socket.connect()
        await pass(50_000)
        backend.silence(true)
        await pass(40_000)
        backend.silence(false)
        await pass(15_000)
      },
    },
    {
      title: 'An app with subprotocols of its own for the JWT',
      on: { server: 'plain', auth: { jwtProtocols: (jwt) => ['chat.v2', `bearer.${jwt}`] } },
      async play({ socket, pass }) {
        socket.connect()
        await pass(1_000)
      },
    },
  ],
}
