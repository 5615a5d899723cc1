import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'

/** Ports that are tried one after the other. */
const TRIES = 20

/**
 * Listens on this machine only, and answers with the port: the wanted one, or the next that is free. Port 0 takes any.
 */
export async function listenNear(server: Server, wanted: number): Promise<number> {
  for (let port = wanted; ; port++) {
    try {
      await listen(server, port)
      return (server.address() as AddressInfo).port
    } catch (error) {
      const isTaken = (error as NodeJS.ErrnoException).code === 'EADDRINUSE'
      if (!isTaken || port >= wanted + TRIES || port >= 65_535) throw error
    }
  }
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, 'localhost', () => {
      server.off('error', reject)
      resolve()
    })
  })
}
