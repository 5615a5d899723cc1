// The feature flag, read for whoever is signed in. Off when it cannot be read: that is what the app had before.

import { abortReason, within } from './deadline.ts'
import { readFlag } from './feature-flag.ts'
import type { Identity } from './identity.ts'
import type { ResolvedAuthOptions } from './options.ts'

export interface FlagReaderDeps {
  options: Pick<ResolvedAuthOptions, 'ticketAuth' | 'tokenTimeoutMs' | 'platform'>
  identity: Pick<Identity, 'epoch'>
  onRead: (isOn: boolean) => void
}

export type FlagReader = ReturnType<typeof createFlagReader>

export function createFlagReader({ options, identity, onRead }: FlagReaderDeps) {
  const { ticketAuth, tokenTimeoutMs, platform } = options
  let last = false
  const ask = () => readFlag(ticketAuth, identity.epoch().userId)

  return {
    /** For an attempt, which waits for it. */
    async read(signal: AbortSignal): Promise<boolean> {
      const deadline = { clock: platform.clock, ms: tokenTimeoutMs, signals: [signal], what: 'ticketAuth' }
      const answer: unknown = await within(deadline, ask).catch(() => {
        if (!signal.aborted) platform.logger.warn('ticketAuth could not be read; tickets are off for this attempt')
        return false
      })
      // Nobody waits any more, or it was read for a session that has ended.
      if (signal.aborted) throw abortReason(signal)
      last = answer === true
      onRead(last)
      return last
    },

    /** For a decision that cannot wait: the flag as it is, or, where only a promise tells, as it was last read. */
    now(): boolean {
      try {
        const answer: unknown = ask()
        if (!(answer instanceof Promise)) return answer === true
        answer.catch(() => {})
        return last
      } catch {
        return false
      }
    },

    /** Another session begins: the flag may be another for another user. */
    forget() {
      last = false
    },
  }
}
