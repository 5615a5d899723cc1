// What ends a wait: a deadline, a signal, and the signal of a call.

import { TicketSocketError } from '../contract/errors.ts'
import { abortSignal, optional, resolve } from '../platform/option-checks.ts'
import type { Clock } from '../platform/platform.ts'

/** Why a signal was aborted, as the error that callers see. */
export function abortReason(signal: AbortSignal): TicketSocketError {
  return signal.reason instanceof TicketSocketError
    ? signal.reason
    : new TicketSocketError('aborted', 'The request was cancelled by its caller. Nothing needs to be done.')
}

export interface Deadline {
  clock: Pick<Clock, 'setTimer'>
  ms: number
  signals: readonly AbortSignal[]
  /** The error when the time is over. Left out where no caller sees it. */
  late?: () => TicketSocketError
}

/** `what`: who should have answered. */
export const noAnswer = (what: string, ms: number, remedy: string) =>
  new TicketSocketError('timeout', `${what} did not answer within ${ms} ms. ${remedy}`)

/**
 * Runs `work` and always settles: with its result, with its error, or as soon as a signal aborts or the time is over,
 * whether or not `work` listens to the signal that it is given. A late result is ignored.
 */
export function within<T>(
  { clock, ms, signals, late = () => noAnswer('It', ms, '') }: Deadline,
  work: (signal: AbortSignal) => T | PromiseLike<T>,
): Promise<T> {
  const aborted = signals.find((signal) => signal.aborted)
  if (aborted) return Promise.reject(abortReason(aborted))
  return new Promise<T>((resolve, reject) => {
    const controller = new AbortController()
    const stop = (error: TicketSocketError) => {
      finish()
      controller.abort(error)
      reject(error)
    }
    // Not by the event's `currentTarget`: Node clears it after the first listener.
    const onAbort = () => stop(abortReason(signals.find((signal) => signal.aborted) as AbortSignal))
    const cancelTimer = clock.setTimer(() => stop(late()), ms)
    for (const signal of signals) signal.addEventListener('abort', onAbort)
    function finish() {
      cancelTimer()
      for (const signal of signals) signal.removeEventListener('abort', onAbort)
    }
    // The wrapper turns a synchronous throw of `work` into a rejection.
    new Promise<T>((settle) => settle(work(controller.signal))).then(resolve, reject).finally(finish)
  })
}

/** The same without a deadline: for work that has one already. */
export function untilAborted<T>(
  signals: readonly AbortSignal[],
  work: (signal: AbortSignal) => T | PromiseLike<T>,
): Promise<T> {
  return within({ clock: TIMELESS, ms: Number.POSITIVE_INFINITY, signals }, work)
}

const TIMELESS: Pick<Clock, 'setTimer'> = { setTimer: () => () => {} }

/** Resolves after `ms`; rejects at once when a signal aborts. */
export function pause(clock: Clock, ms: number, signals: readonly AbortSignal[]): Promise<void> {
  return untilAborted(signals, (signal) => {
    return new Promise<void>((resolve) => signal.addEventListener('abort', clock.setTimer(resolve, ms)))
  })
}

export interface CallOptions {
  /** Ends the waiting: `aborted`. What others wait for with this caller, such as a newer JWT, goes on for them. */
  signal?: AbortSignal | undefined
}

/**
 * Reads the signal of a call; without one, one that never aborts. Once `ended` has aborted, every call is aborted from its
 * beginning.
 */
export const createSignalOf =
  (ended: AbortSignal) =>
  (options: CallOptions = {}): AbortSignal => {
    const { signal } = resolve('this call', options, { signal: optional(abortSignal) })
    // Made here and not with the module: Cloudflare Workers refuse an `AbortController` while a module is loaded.
    return ended.aborted ? ended : (signal ?? new AbortController().signal)
  }
