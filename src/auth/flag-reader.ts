// The feature flag, read for the user who is signed in. Off when it cannot be read: that is what the app had before.
//
// Its questions are numbered. The answer to the newest question that has been answered is the one that counts, whichever
// part of the service has asked it.

import { abortReason, within } from './deadline.ts'
import type { ResolvedAuthOptions } from './options.ts'
import type { AuthSession, Writable } from './session.ts'
import { jwtOf, userIdOf } from './who.ts'

export interface FlagReaderDeps {
  options: Pick<ResolvedAuthOptions, 'tokenTimeoutMs' | 'platform'>
  /** The app's flag for this user. */
  readFlag: ReadFlag
  onRead: (session: AuthSession) => void
}

export type ReadFlag = (userId: string | null) => boolean | Promise<boolean>

export type FlagReader = ReturnType<typeof createFlagReader>

/** A promise of another realm, or of a library, is one, too. */
const isThenable = (value: unknown): value is PromiseLike<unknown> =>
  typeof (value as PromiseLike<unknown> | null | undefined)?.then === 'function'

export function createFlagReader({ options, readFlag, onRead }: FlagReaderDeps) {
  const { tokenTimeoutMs, platform } = options
  let questions = 0

  /** An answer to an older question is not learnt. */
  function learn(session: Writable<'flag'>, question: number, isOn: boolean) {
    if (question >= session.flag.question) session.flag = { isOn, question }
  }

  const known = ({ flag }: AuthSession) => flag.isOn === true

  /** Answers with what is known then. Also an answer that nobody waits for any more is learnt. */
  function ask(session: AuthSession, question: number): boolean | Promise<boolean> {
    const learnt = (answer: unknown) => {
      learn(session, question, answer === true)
      return known(session)
    }
    const answer: unknown = readFlag(userIdOf(session.who))
    return isThenable(answer) ? Promise.resolve(answer).then(learnt) : learnt(answer)
  }

  return {
    /** Asks, and waits for the answer. For its caller an error is off, and so is silence. */
    async read(session: AuthSession, signal: AbortSignal): Promise<boolean> {
      const question = ++questions
      const isOn = await within({ clock: platform.clock, ms: tokenTimeoutMs, signals: [signal] }, () =>
        ask(session, question),
      ).catch(() => {
        if (signal.aborted) return false
        platform.logger.warn('ticketAuth could not be read; no ticket is requested this time')
        learn(session, question, false)
        return false
      })
      // Its caller has left, or the session that it was read for has ended.
      if (signal.aborted) throw abortReason(signal)
      onRead(session)
      return isOn
    },

    /**
     * For a decision that cannot wait: the flag as it is, or, where the app answers by a promise, its latest known answer. What the
     * promise says is known from then on.
     */
    now(session: AuthSession): boolean {
      // A user who signs in within this session may have another flag than nobody has.
      if (!jwtOf(session.who)) return false
      const question = ++questions
      try {
        const answer = ask(session, question)
        if (typeof answer === 'boolean') return answer
        const learnt = answer.catch(() => learn(session, question, false))
        void learnt.then(() => onRead(session))
      } catch {
        learn(session, question, false)
      }
      return known(session)
    },
  }
}
