// The processes of the benchmark, and what they are asked.

import { type ChildProcess, fork } from 'node:child_process'
import { join } from 'node:path'
import type { ClientsOrder, ClientsReport } from './clients-process.ts'
import type { Order, Report, ServerSettings } from './server-process.ts'

const start = (file: string, settings: object) =>
  fork(join(import.meta.dirname, file), [JSON.stringify(settings)], { execArgv: ['--expose-gc'] })

/** The next message of this kind: one question of a kind at a time for each process. */
function answerOf<Said extends { kind: string }, Kind extends Said['kind']>(child: ChildProcess, kind: Kind) {
  return new Promise<Extract<Said, { kind: Kind }>>((resolve, reject) => {
    const ended = () => reject(new Error(`a process ended before it said ${kind}`))
    const hear = (said: Said) => {
      if (said.kind !== kind) return
      child.off('message', hear).off('exit', ended)
      resolve(said as Extract<Said, { kind: Kind }>)
    }
    child.on('message', hear).once('exit', ended)
  })
}

export async function startServer(settings: ServerSettings) {
  const child = start('server-process.ts', settings)
  const { port } = await answerOf<Report, 'listening'>(child, 'listening')
  const order = (what: Order) => void child.send(what)
  return {
    child,
    port,
    order,
    report({ collect = false } = {}) {
      order({ kind: 'report', collect })
      return answerOf<Report, 'report'>(child, 'report')
    },
  }
}
export type Server = Awaited<ReturnType<typeof startServer>>

/** All clients, in so many processes. */
export function startClients(processes: number, secret: string) {
  const children = Array.from({ length: processes }, (_, index) =>
    start('clients-process.ts', { secret, name: `user-${index}` }),
  )
  const ask = <Kind extends ClientsReport['kind']>(kind: Kind, orderFor: (index: number) => ClientsOrder) =>
    Promise.all(
      children.map((child, index) => {
        child.send(orderFor(index))
        return answerOf<ClientsReport, Kind>(child, kind)
      }),
    )
  const share = (total: number, index: number) => Math.floor((total + index) / processes)
  return {
    setTarget: ({ port }: Server) => ask('targeted', () => ({ kind: 'target', port })),
    /** How long each took to open. */
    async add(total: number, { atOnce = total, withinMs = 0 } = {}) {
      const added = await ask('added', (index) => ({
        kind: 'add',
        count: share(total, index),
        atOnce: Math.max(1, share(atOnce, index)),
        withinMs,
      }))
      return added.flatMap(({ tookMs }) => tookMs)
    },
    async report() {
      const reports = await ask('report', () => ({ kind: 'report' }))
      return {
        lost: reports.reduce((sum, report) => sum + report.lost, 0),
        awayMs: reports.flatMap(({ awayMs }) => awayMs),
      }
    },
  }
}
export type Clients = ReturnType<typeof startClients>
