import { STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Clock } from '../../platform/platform.ts'
import type { UpgradeDecision } from '../upgrade.ts'

/** A peer that does not close by itself is dropped after this long. */
export const GRACE_MS = 1_000

type Rejection = Omit<Extract<UpgradeDecision, { kind: 'rejected' }>, 'kind'>

/** Answers an upgrade with plain HTTP and `application/problem+json`, then ends its socket. */
export function rejectUpgrade(socket: Duplex, { status, reason, retryAfterMs }: Rejection, clock: Clock): void {
  const title = STATUS_CODES[status] ?? ''
  const body = JSON.stringify({ type: 'about:blank', title, status, detail: reason ?? title })
  const head = [
    `HTTP/1.1 ${status} ${title}`,
    'Connection: close',
    'Content-Type: application/problem+json',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Cache-Control: no-store',
    'Vary: Origin',
    ...(status === 401 ? ['WWW-Authenticate: Bearer'] : []),
    ...(retryAfterMs === undefined ? [] : [`Retry-After: ${Math.max(1, Math.ceil(retryAfterMs / 1_000))}`]),
  ]
  socket.on('error', () => socket.destroy())
  const stop = clock.setTimer(() => socket.destroy(), GRACE_MS)
  socket.once('close', stop)
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`)
}
