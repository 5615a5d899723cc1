import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

export interface Proxy {
  readonly port: number
  add(port: number): void
  /** Takes a server out of the rotation: what a platform does with one that is not ready. Open connections stay. */
  remove(port: number): void
  close(): Promise<void>
}

/** Hands each connection to the next server, HTTP and WebSocket alike. It looks at nothing that passes. */
export async function startProxy(): Promise<Proxy> {
  const rotation: number[] = []
  const sockets = new Set<Socket>()
  const server = createServer((client) => {
    const next = rotation.shift()
    if (next === undefined) return client.destroy()
    rotation.push(next)
    const upstream = connect(next, '127.0.0.1')
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(from)
      from.pipe(to)
      from.on('error', () => to.destroy())
      from.on('close', () => {
        sockets.delete(from)
        to.destroy()
      })
    }
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    add: (port) => void rotation.push(port),
    remove: (port) => void rotation.splice(rotation.indexOf(port), rotation.includes(port) ? 1 : 0),
    async close() {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
