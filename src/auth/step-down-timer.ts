// The timer of a wait for a ticket (`ticket-wait.ts`) where the JWT can stand in. The option `stepDownAfterMs` sets its time. It ends
// early when tickets are given up, and late while a newer JWT is being requested.

import { TicketSocketError } from '../contract/errors.ts'
import type { Clock } from '../platform/platform.ts'

export interface StepDownTimer {
  /** Aborted when the time is over, with the reason as a `TicketSocketError`. Its caller connects with the JWT. */
  readonly signal: AbortSignal
  leftMs(): number
  /** The request that the attempt waits for; null: it waits in a queue. It goes on when the time is over. */
  request: Promise<unknown> | null
  stop(): void
}

export interface StepDownTimerDeps {
  clock: Clock
  ms: number
  /** Aborted when tickets are given up: then there is no more to wait for than at the end of the time. */
  givingUp: AbortSignal
  /** Whether a newer JWT is being requested: until it has come there is nothing to connect with instead. */
  renewing: () => Promise<unknown> | null
}

export function createStepDownTimer({ clock, ms, givingUp, renewing }: StepDownTimerDeps): StepDownTimer {
  const controller = new AbortController()
  const endsAt = clock.now() + ms
  let isStopped = false
  let cancel = clock.setTimer(look, ms)
  givingUp.addEventListener('abort', look)

  function look() {
    cancel()
    const renewal = renewing()
    if (!renewal) return over()
    // Where no newer JWT comes, the ticket request fails as well, in this very turn: its error says more.
    const lookAgain = () => {
      if (!isStopped) cancel = clock.setTimer(look, 0)
    }
    renewal.then(lookAgain, lookAgain)
  }

  function over() {
    if (!isStopped) controller.abort(notInTime(ms))
  }

  return {
    signal: controller.signal,
    leftMs: () => (controller.signal.aborted ? 0 : endsAt - clock.now()),
    request: null,
    stop() {
      isStopped = true
      cancel()
      givingUp.removeEventListener('abort', look)
    },
  }
}

const notInTime = (ms: number) =>
  new TicketSocketError('timeout', `No ticket within ${ms} ms (stepDownAfterMs). Connecting with the JWT instead.`)
