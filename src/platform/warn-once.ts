import type { Logger } from './platform.ts'
import { silentLogger, warnDevelopers } from './system-platform.ts'

/**
 * Passes on the first warning and no other: a client that reconnects would repeat it for ever. It goes to the app's logger, or
 * without one to the console, in development only.
 */
export function warnOnce(logger: Pick<Logger, 'warn'>): (line: string) => void {
  let hasWarned = false
  return (line) => {
    if (hasWarned) return
    hasWarned = true
    if (logger === silentLogger) warnInDevelopment(line)
    else logger.warn(line)
  }
}

/** Bundlers replace `process.env.NODE_ENV`, and drop the code behind the condition. */
function warnInDevelopment(line: string) {
  try {
    if (process.env.NODE_ENV !== 'production') warnDevelopers(line)
  } catch {}
}
