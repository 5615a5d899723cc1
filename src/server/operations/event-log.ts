import { oneOf, or, resolve } from '../../platform/option-checks.ts'
import type { Clock, Logger } from '../../platform/platform.ts'
import { clockOf, systemClock } from '../../platform/system-platform.ts'
import { checkRateLimit, type RateLimit } from '../limits.ts'
import { checkMethods } from '../options.ts'
import { emitTo, type ServerObserver } from '../server-events.ts'
import { createRateLimiter } from '../token-buckets.ts'
import { fieldsOf, lineOf } from './event-line.ts'
import { type Level, ruleOf } from './event-rules.ts'

/** From the least urgent to the most. */
const LEVELS = ['debug', 'info', 'warn', 'error'] as const satisfies readonly Level[]

export interface EventLogOptions {
  /** Events below it are not written. Each question to the store is `debug`. @default 'info' */
  level?: Level
  /**
   * `json`: the logger gets one text, a line of JSON. `fields`: it gets the kind of the event and an object, for loggers that
   * format by themselves.
   *
   * @default 'json'
   */
  format?: 'json' | 'fields'
  /**
   * Equal lines that any client can cause, or all clients at once: 404s, preflights, refused origins, refused upgrades,
   * malformed credentials, requests above a limit, and questions that the store does not answer. The next such line holds in
   * `suppressed` how many were left out. `false` writes all. Metrics count all of them.
   *
   * @default { burst: 10, perMinute: 10 }
   */
  sample?: RateLimit | false
  clock?: Clock
}

/**
 * Writes every event as one line of JSON: `time` (ISO 8601), `level`, `event`, and its fields. Tickets and users stand in it
 * by their handles; addresses and origins stand there as they came, without credentials.
 *
 * What needs somebody is an `error`, what was refused a `warn`, the rest `info`; every question to the store and every answer
 * that went well is `debug`. The line is ASCII, and nothing that a request holds can end it.
 *
 * `logger` is `console`-shaped. One that takes the object first (pino) is
 * `{ info: (text, fields) => log.info(fields, text), … }` with `format: 'fields'`.
 *
 * @example
 * ```ts
 * import { AuthTicketManager, createMemoryTicketStore, logServerEvents } from 'ticket-socket/server'
 *
 * const observe = logServerEvents(console, { level: 'warn' })
 * const tickets = new AuthTicketManager({ store: createMemoryTicketStore(), observe })
 * // {"time":"2026-01-31T12:00:00.000Z","level":"warn","event":"ticket_refused","ticket":null,"reason":"malformed"}
 * ```
 */
export function logServerEvents(logger: Logger, options: EventLogOptions = {}): ServerObserver {
  checkMethods('logger', logger, LEVELS)
  const {
    level: lowest,
    format,
    sample,
    clock,
  } = resolve('logServerEvents', options, {
    level: or('info', oneOf(LEVELS)),
    format: or('json', oneOf(['json', 'fields'])),
    sample: or({ burst: 10, perMinute: 10 }, checkRateLimit),
    clock: or(systemClock, clockOf),
  })
  const limiter = createRateLimiter(sample, clock)
  const suppressed = new Map<string, number>()

  /** How many like this one were left out before it; `null` when it is left out itself. */
  function leftOutBefore(key: string): number | null {
    const count = suppressed.get(key) ?? 0
    const isLeftOut = limiter.take(key) > 0
    suppressed.set(key, isLeftOut ? count + 1 : 0)
    return isLeftOut ? null : count
  }

  return (event) => {
    const { level, sample } = ruleOf(event)
    if (LEVELS.indexOf(level) < LEVELS.indexOf(lowest)) return
    const leftOut = sample === null ? 0 : leftOutBefore([event.kind, sample].join())
    if (leftOut === null) return
    const fields = { ...fieldsOf(event), ...(leftOut > 0 && { suppressed: leftOut }) }
    if (format === 'fields') logger[level](event.kind, fields)
    else logger[level](lineOf({ level, timeMs: clock.wallNow(), event: event.kind, fields }))
  }
}

/** Several observers as one. One that throws takes nothing from the others. */
export function combineObservers(...observers: readonly ServerObserver[]): ServerObserver {
  const emits = observers.map(emitTo)
  return (event) => {
    for (const emit of emits) emit(() => event)
  }
}
