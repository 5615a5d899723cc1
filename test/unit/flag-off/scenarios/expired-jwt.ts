import type { Scenario } from '../../../../src/mock/index.ts'
import type { FlagOffScenario } from '../scenario.ts'
import { type Stage, type StageOptions, WALL_START_MS } from '../stage.ts'

const TWO_MINUTES = 120_000

/** A server before the backend that answers every upgrade 401: a browser sees 1006. */
const upgradesAnswered401: Scenario = {
  name: 'upgradesAnswered401',
  start: () => ({ upgrade: () => ({ kind: 'rejected', status: 401 }) }),
}

/** `exp` so many seconds after the start; negative: before it. */
const expiring = (seconds: number): StageOptions => ({ claims: { exp: WALL_START_MS / 1_000 + seconds } })

async function connectInVain({ backend, socket, pass, note }: Stage) {
  const heal = backend.use(upgradesAnswered401)
  socket.connect()
  await pass(TWO_MINUTES)
  note('the server accepts again')
  heal()
  await pass(20_000)
}

export const expiredJwt: FlagOffScenario = {
  name: 'expired-jwt',
  title: 'A JWT past its end, and upgrades that are refused by HTTP',
  acts: [
    {
      title: 'Past its exp by a minute; upgrades are answered 401; refreshToken is given',
      on: { ...expiring(-60), server: 'plain', refreshes: true },
      play: connectInVain,
    },
    {
      title: 'Past its exp by a minute; upgrades are answered 401; refreshToken is left out',
      on: { ...expiring(-60), server: 'plain' },
      play: connectInVain,
    },
    {
      title: 'Valid by its claims; upgrades are answered 401; refreshToken is given',
      on: { ...expiring(3_600), server: 'plain', refreshes: true },
      play: connectInVain,
    },
    {
      title: 'Without exp; upgrades are answered 401; refreshToken is left out',
      on: { server: 'plain' },
      play: connectInVain,
    },
    {
      title: 'Past its exp by a minute, and the server accepts it all the same',
      on: { ...expiring(-60), server: 'plain', refreshes: true },
      async play({ socket, pass }) {
        socket.connect()
        await pass(10_000)
      },
    },
    {
      title: 'It ends in a minute: the session of the library’s server ends with it',
      on: { ...expiring(60), jwtEndsInMs: 60_000, refreshes: true },
      async play({ backend, jwts, socket, pass }) {
        socket.connect()
        await pass(50_000)
        backend.setUser('alice', { token: [jwts.alice, jwts.alice2], permissions: [] })
        await pass(30_000)
      },
    },
  ],
}
