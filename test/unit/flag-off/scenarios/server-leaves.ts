import { scenarios } from '../../../../src/mock/index.ts'
import type { Act, FlagOffScenario } from '../scenario.ts'

const closing = (code: number, reason: string): Act => ({
  title: `It closes with ${code} ${reason}`,
  async play({ socket, pass, connection }) {
    socket.connect()
    await pass(10_000)
    connection().close(code, reason)
    socket.send({ type: 'queued meanwhile' })
    await pass(20_000)
  },
})

export const serverLeaves: FlagOffScenario = {
  name: 'server-leaves',
  title: 'The server shuts down, restarts or is overloaded',
  acts: [
    {
      title: 'It announces that it goes away, and closes 5 s later',
      async play({ backend, socket, pass }) {
        socket.connect()
        await pass(10_000)
        backend.use(scenarios.restartWithNotice)
        await pass(20_000)
      },
    },
    {
      title: 'The same on a plain server: 1012 alone',
      on: { server: 'plain' },
      async play({ backend, socket, pass }) {
        socket.connect()
        await pass(10_000)
        backend.restart()
        await pass(20_000)
      },
    },
    closing(1001, 'going_away'),
    closing(1012, 'restart;retry_after_ms=7000'),
    closing(4512, 'restart;retry_after_ms=7000'),
    closing(1013, ''),
    closing(1011, 'server_error'),
    closing(4503, 'unavailable;retry_after_ms=12000'),
  ],
}
