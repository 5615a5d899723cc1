import { scenarios } from '../../../../src/mock/index.ts'
import { createReconnectingTicketSocket } from '../../../../src/reconnecting-websocket/index.ts'
import type { FlagOffScenario } from '../scenario.ts'
import { show } from '../show.ts'
import type { Stage } from '../stage.ts'

type Options = Parameters<typeof createReconnectingTicketSocket>[2]

function open({ service, platform, recorder, url }: Stage, options: Options = {}) {
  const socket = createReconnectingTicketSocket(service, url, { platform, ...options })
  const { write } = recorder
  const look = () => {
    const { readyState, url, protocol, retryCount } = socket
    return show({ readyState, url, protocol, retryCount })
  }
  write('made', look())
  socket.addEventListener('open', () => write('open', look()))
  socket.addEventListener('message', ({ data }) => write('message', show(data)))
  socket.addEventListener('error', (event) => write('error', show((event as ErrorEvent).error)))
  socket.addEventListener('close', ({ code, reason, wasClean }) =>
    write('close', `${code} ${show(reason)} ${wasClean ? 'clean' : 'not clean'}`),
  )
  return recorder.calls('owner', socket)
}

export const reconnectingWebSocket: FlagOffScenario = {
  name: 'reconnecting-websocket',
  title: 'createReconnectingTicketSocket',
  acts: [
    {
      title: 'Connects, sends what was queued, and reconnects when the connection breaks',
      async play(stage) {
        const socket = open(stage, { protocols: ['app'] })
        socket.send('queued')
        await stage.pass(1_000)
        stage.tell({ type: 'hello' })
        await stage.pass(6_000)
        stage.backend.dropConnections()
        await stage.pass(10_000)
        socket.close()
        await stage.pass(10_000)
      },
    },
    {
      title: 'The server is not there for a minute',
      async play(stage) {
        const heal = stage.backend.use(scenarios.upgradeRefused)
        const socket = open(stage)
        await stage.pass(60_000)
        heal()
        await stage.pass(20_000)
        socket.close(1000, 'done')
        await stage.pass(1_000)
      },
    },
    {
      title: 'A handshake that never ends, and a bound for the attempts',
      async play(stage) {
        stage.backend.use(scenarios.upgradeHangs)
        const socket = open(stage, { connectionTimeout: 4_000, maxRetries: 2 })
        await stage.pass(60_000)
        socket.close()
        await stage.pass(1_000)
      },
    },
    {
      title: 'A handshake that never ends, without options',
      async play(stage) {
        stage.backend.use(scenarios.upgradeHangs)
        const socket = open(stage)
        await stage.pass(70_000)
        socket.close()
        await stage.pass(1_000)
      },
    },
    {
      title: 'The JWT is refused once, then signed out everywhere',
      on: { refreshes: true },
      async play(stage) {
        stage.backend.setUser('alice', { token: stage.jwts.alice2, permissions: [] })
        const socket = open(stage)
        await stage.pass(20_000)
        await stage.backend.revoke('alice')
        await stage.pass(60_000)
        socket.close()
        await stage.pass(1_000)
      },
    },
    {
      title: 'One user signs out, another signs in; reconnect() and close()',
      async play(stage) {
        const socket = open(stage)
        await stage.pass(1_000)
        stage.session.jwt = null
        stage.auth.handleLogout()
        socket.send('from nobody')
        await stage.pass(1_000)
        stage.session.jwt = stage.jwts.bob
        stage.auth.signedIn()
        await stage.pass(1_000)
        socket.reconnect(4000, 'again')
        await stage.pass(5_000)
        socket.close()
        stage.auth.handleLogout()
        stage.auth.signedIn()
        await stage.pass(5_000)
      },
    },
    {
      title: 'Closed at the start',
      async play(stage) {
        const socket = open(stage, { startClosed: true })
        await stage.pass(1_000)
        socket.reconnect()
        await stage.pass(1_000)
        socket.close()
        await stage.pass(1_000)
      },
    },
  ],
}
