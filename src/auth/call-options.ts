import { abortSignal, optional, resolve } from '../platform/option-checks.ts'

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
