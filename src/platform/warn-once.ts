import type { Logger } from './platform.ts'

/** Logs the first warning that it is given, and no other: a client that reconnects would repeat it for ever. */
export function warnOnce(logger: Pick<Logger, 'warn'>): (line: string) => void {
  let hasWarned = false
  return (line) => {
    if (!hasWarned) logger.warn(line)
    hasWarned = true
  }
}
