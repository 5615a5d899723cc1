// What a socket tells its logger: codes and counts, nothing that opens anything and nothing of what the app sends.

import type { Emitter } from '../platform/emitter.ts'
import type { Logger } from '../platform/platform.ts'
import type { SocketEvents } from './socket-state.ts'

export function logEvents({ on }: Pick<Emitter<SocketEvents>, 'on'>, logger: Logger): void {
  on('open', ({ method }) => logger.debug('socket open', { method }))
  on('lost', ({ error: { code }, retryInMs }) => logger.info('socket lost', { code, retryInMs }))
  on('closed', ({ by }) => logger.debug('socket closed', { by }))
  on('failed', ({ error: { code } }) => logger.warn('socket gave up', { code }))
  on('dropped', ({ id, reason }) => logger.info('message dropped', { id, reason }))
  on('invalidMessage', ({ reason }) => logger.info('frame ignored', { reason }))
}
