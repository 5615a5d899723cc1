// A way to a server that a test can cut, slow down or make swallow what it carries. A Redis that is frozen is no
// substitute: its kernel still takes what is sent to it, and it reads that when it wakes up.

import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'

export interface TcpProxy {
  port: number
  /** Ends every connection as a server does that exits (FIN). New ones are served. */
  end(): void
  /** Ends every connection as a machine does that knows nothing of it (RST). New ones are served. */
  reset(): void
  /** Breaks every connection at once and refuses new ones, until `heal()`. */
  cut(): void
  /** Takes what is sent and passes nothing on, in either direction, until `heal()`: what was swallowed stays lost. */
  swallow(): void
  /** Lets each answer wait this long, in milliseconds. Their order stays. */
  delayAnswers(ms: number): void
  heal(): void
}

type Way = { kind: 'open'; delayMs: number } | { kind: 'cut' } | { kind: 'swallowing' }

export async function startProxy(target: { port: number }): Promise<TcpProxy> {
  let way: Way = { kind: 'open', delayMs: 0 }
  const sockets = new Set<Socket>()
  const clients = new Set<Socket>()

  const server = createServer((client) => {
    const upstream = connect(target.port, '127.0.0.1')
    const bothEnd = () => {
      client.destroy()
      upstream.destroy()
    }
    clients.add(client)
    client.on('close', () => clients.delete(client))
    for (const socket of [client, upstream]) {
      sockets.add(socket)
      socket.on('error', bothEnd)
      socket.on('close', () => {
        sockets.delete(socket)
        bothEnd()
      })
    }
    client.on('data', (chunk) => {
      if (way.kind === 'open') upstream.write(chunk)
    })
    upstream.on('data', (chunk) => {
      if (way.kind !== 'open') return
      if (way.delayMs === 0) client.write(chunk)
      else setTimeout(() => client.write(chunk), way.delayMs)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo

  function breakAll() {
    for (const socket of sockets) socket.destroy()
  }
  onTestFinished(async () => {
    breakAll()
    await new Promise((resolve) => server.close(resolve))
  })

  return {
    port,
    end() {
      for (const client of clients) client.end()
    },
    reset() {
      for (const client of clients) client.resetAndDestroy()
    },
    cut() {
      way = { kind: 'cut' }
      server.close()
      breakAll()
    },
    swallow() {
      way = { kind: 'swallowing' }
    },
    delayAnswers(delayMs) {
      way = { kind: 'open', delayMs }
    },
    heal() {
      // A connection that has lost bytes is of no use any more.
      if (way.kind === 'swallowing') breakAll()
      if (way.kind === 'cut') server.listen(port, '127.0.0.1')
      way = { kind: 'open', delayMs: 0 }
    },
  }
}
