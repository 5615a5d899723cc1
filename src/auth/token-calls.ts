// Calls of the app's getToken and refreshToken. Every answer is noted, also one that nobody waits for any more: a sign-out
// must also bar a JWT that the app was asked for before, and that it answers with, once more, until it has cleared it.

import { TicketSocketError } from '../contract/errors.ts'
import type { Clock } from '../platform/platform.ts'
import { redactedCause } from '../platform/redact.ts'
import { Secret } from '../platform/secret.ts'
import { noAnswer, within } from './deadline.ts'
import { isOfAnother } from './jwt.ts'
import { type AuthSession, still } from './session.ts'
import { noteLatest } from './token-states.ts'
import { userIdOf } from './user-state.ts'

export type TokenCallback = () => string | null | undefined | Promise<string | null | undefined>

/** Why a token is taken for none in every session. */
type Bar =
  /** Its user has signed out: an app that clears it late cannot revive it. */
  | 'signed_out'
  /** Requested before a sign-out and answered after it: barred for as long as an app may take to clear its token. */
  | 'overtaken'

interface Call {
  /** Resolves when the app has answered, whatever the answer. */
  answered: Promise<void>
  /** Its deadline. */
  dueAt: number
  /** Who has signed out before the answer: the JWT that it brings may be theirs. Null: a user whose id is not known. */
  left: Set<string | null>
}

export interface TokenCallsDeps {
  clock: Clock
  /** For one call, in milliseconds; and for how long a sign-out concerns the calls that it has overtaken. */
  timeoutMs: number
}

/** What may stand in an HTTP header (RFC 6750 §2.1). */
const TOKEN_FORM = /^[A-Za-z0-9._~+/-]+=*$/

/** An app whose callback hangs is asked again and again. */
const MAX_OPEN = 64

export function createTokenCalls({ clock, timeoutMs }: TokenCallsDeps) {
  const open = new Set<Call>()
  const barred = new Map<string, Bar>()
  /** So long after a sign-out the app may not have cleared its token. A token that it still gives then, it means. */
  let clearedBy = 0

  function received(token: string, call: Call, { user, tokens }: AuthSession) {
    if (call.left.size > 0) {
      const isBarred = clock.now() < clearedBy && isOfLeaver(token, call)
      if (isBarred && !barred.has(token)) noteLatest(barred, token, 'overtaken')
    } else if (!isOfAnother(token, userIdOf(user))) tokens.receive(token)
  }

  function forgetOvertaken() {
    for (const [token, bar] of barred) if (bar === 'overtaken') barred.delete(token)
  }

  /** Every token that was seen lately, to be masked wherever it comes up. */
  const known = ({ tokens }: AuthSession) => [...tokens.values(), ...barred.keys()].map((token) => new Secret(token))

  /** The callback's answer as it is, or as a promise that asks the app's own only once. */
  function watched(callback: TokenCallback, session: AuthSession): unknown {
    const call: Call = { answered: Promise.resolve(), dueAt: clock.now() + timeoutMs, left: new Set() }
    open.add(call)
    for (const oldest of open) {
      if (open.size <= MAX_OPEN) break
      open.delete(oldest)
    }
    const ended = (answer: unknown) => {
      open.delete(call)
      if (isToken(answer)) received(answer, call, session)
    }
    let answer: unknown
    try {
      answer = callback()
    } catch (error) {
      ended(null)
      throw error
    }
    if (typeof answer === 'string') {
      ended(answer)
      return answer
    }
    const settled = Promise.resolve(answer)
    call.answered = settled.then(ended, () => ended(null))
    return settled
  }

  /** Only the answers of overtaken calls show whether this token is that of the user who has left. */
  async function untilOvertakenHaveAnswered(token: string, signals: readonly AbortSignal[]) {
    const answers: Promise<void>[] = []
    let ms = 0
    for (const call of open) {
      const leftMs = call.dueAt - clock.now()
      if (leftMs <= 0 || !isOfLeaver(token, call)) continue
      answers.push(call.answered)
      ms = Math.max(ms, leftMs)
    }
    if (answers.length === 0) return
    await within({ clock, ms, signals }, () => Promise.all(answers)).catch((error: TicketSocketError) => {
      if (error.code !== 'timeout') throw error
    })
  }

  return {
    /** A JWT; null: nobody is signed in, or there is none newer. Rejects with a `TicketSocketError`, at the deadline, or as soon as a signal aborts or the session ends. */
    async ask(
      name: string,
      callback: TokenCallback,
      session: AuthSession,
      signal: AbortSignal,
    ): Promise<string | null> {
      const signals = [signal, session.signal]
      let answer: unknown
      try {
        const late = () => noAnswer(name, timeoutMs, 'Make it settle sooner, or raise tokenTimeoutMs.')
        answer = await within({ clock, ms: timeoutMs, signals, late }, () => watched(callback, session))
      } catch (error) {
        if (error instanceof TicketSocketError) throw error
        const message = `${name} failed. It should answer with the user's JWT, or with null when nobody is signed in.`
        throw new TicketSocketError('token_callback_failed', message, { cause: redactedCause(error, known(session)) })
      }
      if (isToken(answer)) await untilOvertakenHaveAnswered(answer, signals)
      still(session)
      if (clock.now() >= clearedBy) forgetOvertaken()
      return tokenIn(answer, name)
    },

    /** A token of a session that has ended, unless this session uses it already. */
    isBarred: ({ tokens }: AuthSession, token: string) =>
      barred.has(token) && !tokens.is(token, 'used', 'replaced', 'refused', 'forgiven'),

    known,

    /** Bars every token of this session. A call without an answer was made for the user who leaves. */
    signedOut({ user, tokens }: AuthSession) {
      for (const token of tokens.values()) noteLatest(barred, token, 'signed_out')
      clearedBy = clock.now() + timeoutMs
      for (const call of open) call.left.add(userIdOf(user))
    },

    /** The app says that its token is the next user's: what an overtaken call answers may be it as well. */
    signedIn() {
      for (const call of open) call.left.clear()
      forgetOvertaken()
    },
  }
}

const isOfLeaver = (token: string, { left }: Call) => [...left].some((userId) => !isOfAnother(token, userId))

const isToken = (answer: unknown): answer is string => typeof answer === 'string' && TOKEN_FORM.test(answer)

function tokenIn(answer: unknown, name: string): string | null {
  if (answer === null || answer === undefined || answer === '') return null
  if (isToken(answer)) return answer
  const got = typeof answer === 'string' ? 'a string with characters that no JWT has' : `a ${typeof answer}`
  throw new TicketSocketError('token_callback_failed', `${name} must answer with a JWT or null, but gave ${got}.`)
}
