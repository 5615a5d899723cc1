import type { FlagOffScenario } from '../scenario.ts'
import type { Stage } from '../stage.ts'

/** The server refuses the JWT like this, on the first `times` connections. */
function refusing(times: number, code: number, reason: string, frame?: object) {
  let refused = 0
  return (connection: { send(message: object): void; close(code: number, reason: string): void }) => {
    if (refused++ >= times) return
    if (frame) connection.send(frame)
    connection.close(code, reason)
  }
}

const connectFor = (ms: number) => ({
  async play({ socket, pass }: Stage) {
    socket.send({ type: 'queued' })
    socket.connect()
    await pass(ms)
  },
})

const ERROR_FRAME = { type: 'error', message: 'Invalid token' }

export const refusedJwt: FlagOffScenario = {
  name: 'refused-jwt',
  title: 'The server refuses the JWT',
  acts: [
    {
      title: 'The library’s server, 4401: refreshed once, and accepted',
      on: { refreshes: true },
      async play({ backend, recorder, jwts, socket, pass }) {
        backend.setUser('alice', { token: jwts.alice2, permissions: [] })
        recorder.write('', 'the server knows the second JWT alone')
        socket.send({ type: 'queued' })
        socket.connect()
        await pass(10_000)
      },
    },
    {
      title: 'The newer JWT is refused as well',
      on: { refreshes: true },
      async play({ backend, jwts, session, socket, pass, note }) {
        backend.setUser('alice', { token: 'another-one', permissions: [] })
        socket.connect()
        await pass(60_000)
        note('the app has a JWT that is accepted')
        backend.setUser('alice', { token: jwts.alice, permissions: [] })
        session.jwt = jwts.alice
        socket.connect()
        await pass(10_000)
        note('and one that was not refused before')
        backend.setUser('bob', null)
        backend.setUser('alice', { token: jwts.bob, permissions: [] })
        session.jwt = jwts.bob
        socket.connect()
        await pass(10_000)
      },
    },
    {
      title: 'Without refreshToken: getToken is asked once more',
      async play({ backend, jwts, session, socket, pass }) {
        backend.setUser('alice', { token: jwts.alice2, permissions: [] })
        socket.connect()
        await pass(20)
        session.jwt = jwts.alice2
        await pass(30_000)
      },
    },
    {
      title: 'Without refreshToken, and getToken knows no newer one',
      async play({ backend, socket, pass }) {
        backend.setUser('alice', { token: 'another-one', permissions: [] })
        socket.connect()
        await pass(60_000)
      },
    },
    {
      title: 'A plain server closes with 1008 at once',
      on: { server: 'plain', refreshes: true, onConnection: refusing(1, 1008, 'policy') },
      ...connectFor(20_000),
    },
    {
      title: 'A plain server closes with 1008 each time',
      on: { server: 'plain', refreshes: true, onConnection: refusing(100, 1008, 'policy') },
      ...connectFor(60_000),
    },
    {
      title: 'A plain server sends an error frame and closes with 1008',
      on: { server: 'plain', refreshes: true, onConnection: refusing(1, 1008, 'policy', ERROR_FRAME) },
      ...connectFor(60_000),
    },
    {
      title: 'A plain server sends an error frame, and goes on',
      on: { server: 'plain', onConnection: (connection) => connection.send(ERROR_FRAME) },
      ...connectFor(10_000),
    },
    {
      title: 'A plain server closes with 1008 a second after it opened, and after a minute',
      on: { server: 'plain', refreshes: true },
      async play({ socket, pass, connection }) {
        socket.connect()
        await pass(1_000)
        connection().close(1008, 'policy')
        await pass(60_000)
        connection().close(1008, 'policy')
        await pass(60_000)
      },
    },
  ],
}
