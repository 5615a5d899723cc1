import { warnDevelopers } from '../platform/system-platform.ts'
import { HttpProblem } from './http-problem.ts'

/**
 * Somebody has read the body of a request before us, and nobody knows what it was. It must never pass for an empty one: that
 * would mean something else, a ticket with all permissions.
 */
export class LostBody extends HttpProblem {
  override readonly name = 'LostBody'
}

/** Says what is wrong on the console the first time: it is the order in which an app mounts things, not this one request. */
export function createLostBodyWarning(): (error: unknown) => void {
  let hasWarned = false
  return (error) => {
    if (hasWarned || !(error instanceof LostBody)) return
    hasWarned = true
    warnDevelopers(error.message)
  }
}
