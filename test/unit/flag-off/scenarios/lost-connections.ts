import { scenarios } from '../../../../src/mock/index.ts'
import type { FlagOffScenario } from '../scenario.ts'

export const lostConnections: FlagOffScenario = {
  name: 'lost-connections',
  title: 'The network breaks, and the page sleeps',
  acts: [
    {
      title: 'An open connection breaks, and the next attempts fail',
      async play({ backend, socket, pass }) {
        socket.connect()
        await pass(10_000)
        const heal = backend.use(scenarios.upgradeRefused)
        backend.dropConnections()
        socket.send({ type: 'queued meanwhile' })
        await pass(45_000)
        heal()
        await pass(30_000)
      },
    },
    {
      title: 'It breaks right after it opened, again and again',
      async play({ backend, socket, pass }) {
        socket.connect()
        for (let i = 0; i < 5; i++) {
          await pass(4_000)
          backend.dropConnections()
        }
        await pass(20_000)
      },
    },
    {
      title: 'A handshake that never ends',
      async play({ backend, socket, pass }) {
        const heal = backend.use(scenarios.upgradeHangs)
        socket.connect()
        await pass(25_000)
        heal()
        await pass(20_000)
      },
    },
    {
      title: 'A bound for the attempts, and connect() after it',
      on: { socket: { reconnect: { maxRetries: 2, baseDelayMs: 1_000, maxDelayMs: 3_000 } } },
      async play({ backend, socket, pass }) {
        const heal = backend.use(scenarios.upgradeRefused)
        socket.connect()
        await pass(30_000)
        heal()
        socket.connect()
        await pass(1_000)
      },
    },
    {
      title: 'Offline and online again, while open and while waiting',
      async play({ backend, page, socket, pass, note }) {
        socket.connect()
        await pass(10_000)
        note('offline')
        page.say('offline')
        await pass(5_000)
        backend.dropConnections()
        await pass(60_000)
        note('online')
        page.say('online')
        await pass(10_000)
        const heal = backend.use(scenarios.upgradeRefused)
        backend.dropConnections()
        await pass(3_000)
        note('offline')
        page.say('offline')
        await pass(30_000)
        heal()
        note('online')
        page.say('online')
        await pass(10_000)
      },
    },
    {
      title: 'Offline from the start',
      async play({ page, socket, pass, note }) {
        page.say('offline')
        socket.connect()
        await pass(60_000)
        note('online')
        page.say('online')
        await pass(10_000)
      },
    },
    {
      title: 'The page is hidden, shown, restored from the cache, and sleeps',
      async play({ clock, page, socket, pass, note }) {
        socket.connect()
        await pass(10_000)
        for (const signal of ['hidden', 'shown', 'restored'] as const) {
          note(signal)
          page.say(signal)
          await pass(15_000)
        }
        note('sleeps for ten minutes')
        await clock.sleep(600_000)
        await pass(30_000)
      },
    },
    {
      title: 'The network comes and goes',
      async play({ backend, socket, pass }) {
        backend.use(scenarios.flappingNetwork())
        socket.connect()
        await pass(30_000)
      },
    },
  ],
}
