import type { Logger } from '../../platform/platform.ts'
import { checkMethods } from '../options.ts'
import { type ServerEvent, type ServerObserver, tellTo } from '../server-events.ts'

/**
 * Writes every event as one structured line: the kind of the event, and its fields. Tickets and users stand in it by their
 * handles. What needs somebody is an `error`, what was refused a `warn`, the rest `info`; every question to the store and
 * every answer that went well is `debug`.
 *
 * `logger` is `console`-shaped. One that takes the object first (pino) is `{ info: (text, fields) => log.info(fields, text), … }`.
 *
 * @example
 * ```ts
 * import { AuthTicketManager, createMemoryTicketStore, logServerEvents } from 'ticket-socket/server'
 *
 * const tickets = new AuthTicketManager({ store: createMemoryTicketStore(), observe: logServerEvents(console) })
 * ```
 */
export function logServerEvents(logger: Logger): ServerObserver {
  checkMethods('logger', logger, ['debug', 'info', 'warn', 'error'])
  return (event) => {
    const { kind, ...fields } = event
    logger[levelOf(event)](kind, fields)
  }
}

function levelOf(event: ServerEvent): keyof Logger {
  switch (event.kind) {
    case 'store_asked':
      return event.isAnswered ? 'debug' : 'error'
    case 'request_answered':
      return event.status >= 500 ? 'error' : event.status >= 400 ? 'warn' : 'debug'
    case 'upgrade_refused':
      return event.reason === 'unavailable' ? 'error' : 'warn'
    case 'user_revoked':
      return event.isPublished ? 'info' : 'error'
    case 'ticket_refused':
    case 'jwt_refused':
    case 'connection_refused':
      return 'warn'
    case 'ticket_generated':
    case 'ticket_consumed':
    case 'ticket_revoked':
    case 'upgrade_accepted':
    case 'connection_opened':
    case 'connection_closed':
    case 'drain_started':
    case 'drain_ended':
      return 'info'
    default:
      return event satisfies never
  }
}

/** Several observers as one. One that throws takes nothing from the others. */
export function combineObservers(...observers: readonly ServerObserver[]): ServerObserver {
  const tells = observers.map(tellTo)
  return (event) => {
    for (const tell of tells) tell(() => event)
  }
}
