import { type TicketWebSocketOptions, ticketWebSocket } from '../../../../src/index.ts'
import type { FlagOffScenario } from '../scenario.ts'
import { show } from '../show.ts'
import type { Stage } from '../stage.ts'

/** A socket of the class, with what its owner sees of it. */
function open({ service, platform, recorder, url }: Stage, protocols?: string[], options: TicketWebSocketOptions = {}) {
  const TicketWebSocket = ticketWebSocket(service, { platform, ...options })
  const socket = new TicketWebSocket(url, protocols)
  const look = () => {
    const { readyState, url, protocol, extensions, bufferedAmount } = socket
    return show({ readyState, url, protocol, extensions, bufferedAmount })
  }
  const { write } = recorder
  write('made', look())
  socket.onopen = () => write('open', look())
  socket.onmessage = ({ data, origin }) => write('message', `${show(data)} from ${origin}`)
  socket.onerror = (event) => write('error', show((event as ErrorEvent).error))
  socket.onclose = ({ code, reason, wasClean }) =>
    write('close', `${code} ${show(reason)} ${wasClean ? 'clean' : 'not clean'} ${look()}`)
  return recorder.calls('owner', socket)
}

export const ticketWebSockets: FlagOffScenario = {
  name: 'ticket-web-socket',
  title: 'ticketWebSocket, under a client that knows nothing of credentials',
  acts: [
    {
      title: 'With subprotocols of the app',
      on: { server: 'plain' },
      async play(stage) {
        const socket = open(stage, ['graphql-transport-ws', 'graphql-ws'])
        await stage.pass(100)
        socket.send('{"type":"connection_init"}')
        socket.send(new Uint8Array([1, 2]))
        stage.tell({ type: 'connection_ack' })
        stage.connection().sendBinary(new Uint8Array([3]))
        await stage.pass(10_000)
        socket.close(1000, 'done')
        await stage.pass(1_000)
      },
    },
    {
      title: 'Without any, on the library’s server',
      async play(stage) {
        const socket = open(stage)
        socket.binaryType = 'arraybuffer'
        await stage.pass(100)
        socket.send('{"type":"ping"}')
        stage.tell({ type: 'error', errorText: 'of the app' })
        stage.connection().sendBinary(new Uint8Array([3]))
        await stage.pass(10_000)
        socket.close()
        await stage.pass(1_000)
      },
    },
    {
      title: 'An app that offers ticket-socket.v1 by itself',
      async play(stage) {
        const socket = open(stage, ['ticket-socket.v1'])
        await stage.pass(100)
        socket.send('{"type":"ping","timestamp":1}')
        await stage.pass(100)
        socket.close()
        await stage.pass(1_000)
      },
    },
    {
      title: 'The JWT is refused, and is newer for the next socket',
      on: { refreshes: true },
      async play(stage) {
        stage.backend.setUser('alice', { token: stage.jwts.alice2, permissions: [] })
        open(stage, ['app'])
        await stage.pass(1_000)
        open(stage, ['app'])
        await stage.pass(1_000)
      },
    },
    {
      title: 'Nobody is signed in: refused here, or connected where that is allowed',
      on: { jwt: null, backend: { upgrade: { allowAnonymous: true } } },
      async play(stage) {
        open(stage)
        await stage.pass(100)
        open(stage, ['app'], { allowAnonymous: true })
        await stage.pass(100)
      },
    },
    {
      title: 'Signing out while open, and while connecting',
      async play(stage) {
        open(stage)
        await stage.pass(100)
        open(stage)
        await stage.pass(5)
        stage.auth.handleLogout()
        await stage.pass(1_000)
        stage.session.jwt = stage.jwts.bob
        stage.auth.signedIn()
        open(stage)
        await stage.pass(1_000)
      },
    },
    {
      title: 'close() before it is open, and sending too early and too late',
      async play(stage) {
        const socket = open(stage)
        try {
          socket.send('too early')
        } catch {}
        socket.close(4000, 'changed my mind')
        await stage.pass(100)
        socket.send('too late')
        await stage.pass(100)
      },
    },
    {
      title: 'The server is not there, closes with a code of its own, and breaks off',
      async play(stage) {
        const heal = stage.backend.use({
          name: 'rejects',
          start: () => ({ upgrade: () => ({ kind: 'rejected', status: 503 }) }),
        })
        open(stage)
        await stage.pass(100)
        heal()
        open(stage)
        await stage.pass(100)
        stage.connection().close(4001, 'kicked')
        await stage.pass(100)
        open(stage)
        await stage.pass(100)
        stage.backend.dropConnections()
        await stage.pass(100)
      },
    },
  ],
}
