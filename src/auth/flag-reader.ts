// The feature flag, read for the user who is signed in. Off when it cannot be read: that is what the app had before.
//
// Its questions are numbered. The answer to the newest question that has been answered is the one that counts, whichever
// part of the service has asked it.

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

/** A promise of another realm, or of a library, is one, too. */
const isThenable = (value: unknown): value is PromiseLike<unknown> =>
  typeof (value as PromiseLike<unknown> | null | undefined)?.then === 'function'

export function createFlagReader({ options, identity, onRead }: FlagReaderDeps) {
  const { ticketAuth, tokenTimeoutMs, platform } = options
  const known = { isOn: false, question: 0 }
  let questions = 0

  /** An answer to an older question, or for a session that has ended, is not learnt. */
  function learn(question: number, isOn: boolean) {
    if (question >= known.question) Object.assign(known, { isOn, question })
  }

  /** Answers with what is known then. Also an answer that nobody waits for any more is learnt. */
  function ask(question: number): boolean | Promise<boolean> {
    const learnt = (answer: unknown) => {
      learn(question, answer === true)
      return known.isOn
    }
    const answer: unknown = readFlag(ticketAuth, identity.epoch().userId)
    return isThenable(answer) ? Promise.resolve(answer).then(learnt) : learnt(answer)
  }

  return {
    /** Asks, and waits for the answer. For whoever asks, an error is off, and so is silence. */
    async read(signal: AbortSignal): Promise<boolean> {
      const question = ++questions
      // Nobody is shown that it was late.
      const words = { what: 'ticketAuth', remedy: '' }
      const isOn = await within({ clock: platform.clock, ms: tokenTimeoutMs, signals: [signal], ...words }, () =>
        ask(question),
      ).catch(() => {
        if (signal.aborted) return false
        platform.logger.warn('ticketAuth could not be read; no ticket is requested this time')
        learn(question, false)
        return false
      })
      // Its caller has left, or the session that it was read for has ended.
      if (signal.aborted) throw abortReason(signal)
      onRead(known.isOn)
      return isOn
    },

    /**
     * For a decision that cannot wait: the flag as it is, or, where only a promise tells, its latest known answer. What the
     * promise says is known from then on.
     */
    now(): boolean {
      const question = ++questions
      try {
        const answer = ask(question)
        if (typeof answer === 'boolean') return answer
        const learnt = answer.catch(() => learn(question, false))
        void learnt.then(() => question < known.question || onRead(known.isOn))
      } catch {
        learn(question, false)
      }
      return known.isOn
    },

    /** Another session begins: the flag may be another for another user, and answers for the last one are ignored. */
    forget() {
      learn(++questions, false)
    },
  }
}
