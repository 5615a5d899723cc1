// The feature flag: whether tickets are used at all. It is off by default, and off when it cannot be read: that is what the app had
// before. The app may flip it at any time, and the next attempt obeys.
//
// Its questions are numbered. The answer to the newest question that has been answered is the one that counts, whichever
// part of the service has asked it.

import { asGiven, or, resolve } from '../platform/option-checks.ts'
import type { Clock, Logger } from '../platform/platform.ts'
import { abortReason, within } from './deadline.ts'
import type { AuthSession, Writable } from './session.ts'
import { jwtOf, userIdOf } from './user-state.ts'

/**
 * `true`/`false`; a function asked before each attempt; or a share of users: `{ rollout: 0.1 }` is one user in ten,
 * always the same ones. Change `salt` to draw other users.
 */
export type FeatureFlag = boolean | (() => boolean | Promise<boolean>) | { rollout: number; salt?: string }

export function checkFlag(name: string, flag: FeatureFlag): FeatureFlag {
  if (typeof flag === 'boolean' || typeof flag === 'function') return flag
  if (typeof flag === 'object' && flag !== null) {
    const { rollout, salt } = resolve(name, flag, { rollout: asGiven, salt: or('', asGiven) }, `${name}.`)
    if (typeof rollout === 'number' && rollout >= 0 && rollout <= 1 && typeof salt === 'string') return flag
  }
  throw new TypeError(`${name} must be a boolean, a function, or { rollout } from 0 to 1, with a string as salt`)
}

/** FNV-1a with a final mix: short, stable for ever, evenly spread. Not for secrets. */
function shareOf(text: string): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32
}

/** The flag for this user. A roll-out needs somebody to be sticky to: without a user id it is off. */
export function readFlag(flag: FeatureFlag, userId: string | null): boolean | Promise<boolean> {
  if (typeof flag === 'function') return flag()
  if (typeof flag === 'boolean') return flag
  return userId !== null && shareOf(`${flag.salt ?? ''}:${userId}`) < flag.rollout
}

export interface FlagReaderDeps {
  flag: FeatureFlag
  /** For one call of the app. */
  timeoutMs: number
  clock: Clock
  logger: Logger
  onRead: (session: AuthSession) => void
}

export type FlagReader = ReturnType<typeof createFlagReader>

/** A promise of another realm, or of a library, is one, too. */
const isThenable = (value: unknown): value is PromiseLike<unknown> =>
  typeof (value as PromiseLike<unknown> | null | undefined)?.then === 'function'

export function createFlagReader({ flag, timeoutMs, clock, logger, onRead }: FlagReaderDeps) {
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
    const answer: unknown = readFlag(flag, userIdOf(session.user))
    return isThenable(answer) ? Promise.resolve(answer).then(learnt) : learnt(answer)
  }

  return {
    /** Asks, and waits for the answer. For its caller an error is off, and so is silence. */
    async read(session: AuthSession, signal: AbortSignal): Promise<boolean> {
      const question = ++questions
      const isOn = await within({ clock, ms: timeoutMs, signals: [signal] }, () => ask(session, question)).catch(() => {
        if (signal.aborted) return false
        logger.warn('ticketAuth could not be read; no ticket is requested this time')
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
      if (!jwtOf(session.user)) return false
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
