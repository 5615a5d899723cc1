import { abortSignal, or, resolve } from '../platform/option-checks.ts'

export interface CallOptions {
  /** Ends the waiting: `aborted`. What others wait for with this caller, such as a newer JWT, goes on for them. */
  signal?: AbortSignal | undefined
}

const NEVER = new AbortController().signal

/** Reads the signal of a call. Once `ended` has aborted, every call is aborted from its beginning. */
export const createSignalOf =
  (ended: AbortSignal) =>
  (options: CallOptions = {}): AbortSignal => {
    const { signal } = resolve('this call', options, { signal: or(NEVER, abortSignal) })
    return ended.aborted ? ended : signal
  }
