// What a socket logs: codes and counts, nothing that opens anything and nothing of what the app sends.

import type { Emitter } from '../platform/emitter.ts'
import type { Logger } from '../platform/platform.ts'
import { silentLogger } from '../platform/system-platform.ts'
import type { SocketEvents } from './socket-events.ts'

export function logEvents({ on }: Pick<Emitter<SocketEvents>, 'on'>, logger: Logger): void {
  if (logger === silentLogger) return
  on('open', ({ method }) => logger.debug('socket open', { method }))
  on('lost', ({ error: { code }, retryInMs, closeDetails }) =>
    logger.info('socket lost', { code, retryInMs, closeDetails }),
  )
  on('closed', ({ by, closeDetails }) => logger.debug('socket closed', { by, closeDetails }))
  on('failed', ({ error: { code }, closeDetails }) => logger.warn('socket gave up', { code, closeDetails }))
  on('dropped', ({ id, reason }) => logger.info('message dropped', { id, reason }))
  on('invalidMessage', ({ reason }) => logger.info('frame ignored', { reason }))
}
