// What the service logs: handles and codes, nothing that opens anything.

import type { Emitter } from '../platform/emitter.ts'
import type { Logger } from '../platform/platform.ts'
import { silentLogger } from '../platform/system-platform.ts'
import type { AuthEvents } from './auth-events.ts'

export function logEvents({ on }: Pick<Emitter<AuthEvents>, 'on'>, logger: Logger): void {
  if (logger === silentLogger) return
  on('ticketIssued', (issued) => logger.debug('ticket issued', issued))
  on('ticketRefreshed', (refreshed) => logger.debug('ticket refreshed', refreshed))
  on('ticketTaken', (taken) => logger.debug('ticket taken', taken))
  on('ticketFailed', ({ error: { code, status } }) => logger.info('no ticket', { code, status }))
  on('fallback', ({ from, to, cause }) => logger.warn('fell back', { from, to, code: cause.code }))
  on('reverted', ({ cause }) => logger.warn('reverted to JWT for good', { code: cause.code }))
  on('userChanged', (change) => logger.info('user changed', change))
}
