import { warnDevelopers } from '../platform/system-platform.ts'
import { HttpProblem } from './http-problem.ts'

/**
 * Another handler has read the body of a request before, and its content is unknown. It must never count as an empty one: an empty
 * body asks for a ticket with all permissions.
 */
export class LostBody extends HttpProblem {
  override readonly name = 'LostBody'
}

/** Warns on the console the first time: the cause is the order in which the app mounts its handlers, not the request. */
export function createLostBodyWarning(): (error: unknown) => void {
  let hasWarned = false
  return (error) => {
    if (hasWarned || !(error instanceof LostBody)) return
    hasWarned = true
    warnDevelopers(error.message)
  }
}
