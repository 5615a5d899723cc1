// The app's logger and page may throw. That must not cost the user a connection.

import type { Logger, Page, Platform } from './platform.ts'
import { reportUncaught, silentLogger } from './system-platform.ts'

/** What somebody's code answers; where it throws, that is reported and `otherwise` holds. */
export function attempt<T>(work: () => T, otherwise: T): T {
  try {
    return work()
  } catch (error) {
    reportUncaught(error)
    return otherwise
  }
}

function guardedLogger(logger: Logger): Logger {
  if (logger === silentLogger) return logger
  const guarded = (level: keyof Logger): Logger[keyof Logger] => {
    return (message, details) => attempt(() => logger[level](message, details), undefined)
  }
  return { debug: guarded('debug'), info: guarded('info'), warn: guarded('warn'), error: guarded('error') }
}

/** A page that does not tell is online and shown, as a server is. */
const guardedPage = (page: Page): Page => ({
  isOnline: () => attempt(() => page.isOnline(), true),
  isHidden: () => attempt(() => page.isHidden(), false),
  subscribe: (listener) =>
    attempt(
      () => page.subscribe(listener),
      () => {},
    ),
  onBlocked: (listener) => attempt(() => page.onBlocked?.(listener), undefined),
})

/** The same outside, asked with care. `WebSocket` is left where it is: it is looked up when it is used. */
export const guardedPlatform = (platform: Platform): Platform =>
  Object.create(platform, {
    page: { value: guardedPage(platform.page) },
    logger: { value: guardedLogger(platform.logger) },
  })
