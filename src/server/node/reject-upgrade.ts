import type { Duplex } from 'node:stream'
import type { Clock } from '../../platform/platform.ts'
import { GRACE_MS, type Rejection, rejectionOf } from '../upgrade-rejection.ts'

/** Answers an upgrade with plain HTTP and `application/problem+json`, then ends its socket. */
export function rejectUpgrade(socket: Duplex, rejection: Rejection, clock: Clock): void {
  const { title, headers, body } = rejectionOf(rejection)
  const all = { Connection: 'close', 'Content-Length': String(Buffer.byteLength(body)), ...headers }
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`)
  socket.on('error', () => socket.destroy())
  const stop = clock.setTimer(() => socket.destroy(), GRACE_MS)
  socket.once('close', stop)
  socket.end(`HTTP/1.1 ${rejection.status} ${title}\r\n${lines.join('')}\r\n${body}`)
}
