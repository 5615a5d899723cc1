import type { Act, FlagOffScenario } from '../scenario.ts'
import type { StageOptions } from '../stage.ts'

const closing = (server: StageOptions['server'], code: number, reason = ''): Act => ({
  title: `${server === 'own' ? 'The library’s server' : 'A plain server'}: ${code} ${reason}`.trimEnd(),
  on: { server: server ?? 'own', refreshes: true },
  async play({ socket, pass, connection }) {
    socket.connect()
    await pass(6_000)
    connection().close(code, reason)
    await pass(30_000)
  },
})

const PLAIN_CODES = [3000, 4000, 4001, 4003, 4444, 4600] as const

export const closeCodes: FlagOffScenario = {
  name: 'close-codes',
  title: 'An open connection is closed by the server, with each code that means something',
  acts: [
    closing('own', 1000, 'done'),
    closing('own', 1002),
    closing('own', 1009),
    closing('own', 4400, 'bad_request'),
    closing('own', 4401, 'jwt_expired'),
    closing('own', 4401, 'unauthenticated'),
    closing('own', 4403, 'permission'),
    closing('own', 4408, 'heartbeat'),
    closing('own', 4409, 'replaced'),
    closing('own', 4410, 'revoked'),
    closing('own', 4411, 'expired'),
    closing('own', 4429, 'too_many;retry_after_ms=9000'),
    closing('own', 4444, 'an unknown one'),
    closing('own', 4999, 'an unknown one'),
    ...PLAIN_CODES.map((code) => closing('plain', code, "the app's own words")),
    closing('plain', 1009, 'too long'),
    {
      title: 'A plain server that closes each connection with 4001 as soon as it is open',
      on: { server: 'plain', refreshes: true, onConnection: (connection) => connection.close(4001, 'unauthorized') },
      async play({ socket, pass }) {
        socket.connect()
        await pass(60_000)
      },
    },
    {
      title: 'A message above the server’s limit, sent whenever the connection opens',
      async play({ recorder, socket, pass }) {
        const stop = socket.on('open', () => {
          const { status } = socket.send({ type: 'big', text: 'x'.repeat(70_000) })
          recorder.write('', `the app sent 70 kB: ${status}`)
        })
        socket.connect()
        await pass(12_000)
        stop()
      },
    },
  ],
}
