// Calls of the app's getToken and refreshToken. Every answer is noted, also one that nobody waits for any more: a sign-out
// must also bar a JWT that the app was asked for before, and that it answers with, once more, until it has cleared it.

import { TicketSocketError } from '../contract/errors.ts'
import type { Clock } from '../platform/platform.ts'
import { redactedCause } from '../platform/redact.ts'
import { abortReason, within } from './deadline.ts'
import { isOfAnother } from './jwt.ts'
import type { TokenBook } from './token-book.ts'

export type TokenCallback = () => string | null | undefined | Promise<string | null | undefined>

/** The session for which the app is asked. */
interface Session {
  readonly signal: AbortSignal
  readonly userId: string | null
}

interface Call {
  /** Resolves when the app has answered, whatever it said. */
  answered: Promise<void>
  /** Its deadline. */
  dueAt: number
  /** Who has signed out before the answer: the JWT that it brings may be theirs. Null: a user whose id is not known. */
  left: Set<string | null>
}

export interface TokenCallsDeps {
  tokens: TokenBook
  clock: Clock
  /** For one call, in milliseconds; and for how long a sign-out concerns the calls that it has overtaken. */
  timeoutMs: number
}

/** What may stand in an HTTP header (RFC 6750 §2.1). */
const TOKEN_FORM = /^[A-Za-z0-9._~+/-]+=*$/

/** An app whose callback hangs is asked again and again. */
const MAX_OPEN = 64

export function createTokenCalls({ tokens, clock, timeoutMs }: TokenCallsDeps) {
  const open = new Set<Call>()
  /** So long after a sign-out the app may not have cleared its token. What it still answers then, it means. */
  let clearedBy = 0

  function heard(token: string, call: Call, { signal, userId }: Session) {
    if (call.left.size > 0) {
      if (clock.now() < clearedBy && isOfLeaver(token, call)) tokens.overtake(token)
    } else if (!signal.aborted && !isOfAnother(token, userId) && !tokens.has(token)) tokens.note(token, 'heard')
  }

  /** The callback's answer as it is, or as a promise that asks the app's own only once. */
  function watched(callback: TokenCallback, session: Session): unknown {
    const call: Call = { answered: Promise.resolve(), dueAt: clock.now() + timeoutMs, left: new Set() }
    open.add(call)
    for (const oldest of open) {
      if (open.size <= MAX_OPEN) break
      open.delete(oldest)
    }
    const ended = (answer: unknown) => {
      open.delete(call)
      if (isToken(answer)) heard(answer, call, session)
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

  /** Only the answers of overtaken calls tell whether this token is that of the user who has left. */
  async function untilOvertakenHaveAnswered(token: string, name: string, signals: readonly AbortSignal[]) {
    const answers: Promise<void>[] = []
    let ms = 0
    for (const call of open) {
      const leftMs = call.dueAt - clock.now()
      if (leftMs <= 0 || !isOfLeaver(token, call)) continue
      answers.push(call.answered)
      ms = Math.max(ms, leftMs)
    }
    if (answers.length === 0) return
    // Nobody is shown that it was late.
    const words = { what: name, remedy: '' }
    await within({ clock, ms, signals, ...words }, () => Promise.all(answers)).catch((error: TicketSocketError) => {
      if (error.code !== 'timeout') throw error
    })
  }

  return {
    /** A JWT; null: nobody is signed in, or there is none newer. Rejects with a `TicketSocketError`, at the deadline, or as soon as a signal aborts or the session ends. */
    async ask(name: string, callback: TokenCallback, session: Session, signal: AbortSignal): Promise<string | null> {
      const signals = [signal, session.signal]
      let answer: unknown
      try {
        const words = { what: name, remedy: 'Make it settle sooner, or raise tokenTimeoutMs.' }
        answer = await within({ clock, ms: timeoutMs, signals, ...words }, () => watched(callback, session))
      } catch (error) {
        if (error instanceof TicketSocketError) throw error
        const message = `${name} failed. It should answer with the user's JWT, or with null when nobody is signed in.`
        throw new TicketSocketError('token_callback_failed', message, { cause: redactedCause(error, tokens.known()) })
      }
      if (isToken(answer)) await untilOvertakenHaveAnswered(answer, name, signals)
      // The session may have ended between the answer and this line.
      if (session.signal.aborted) throw abortReason(session.signal)
      if (clock.now() >= clearedBy) tokens.forget('overtaken')
      return tokenIn(answer, name)
    },

    /** What is still unanswered was asked for the user who leaves. */
    signedOut(userId: string | null) {
      clearedBy = clock.now() + timeoutMs
      for (const call of open) call.left.add(userId)
    },

    /** The app says that its token is the next user's: what an overtaken call answers may be it as well. */
    signedIn() {
      for (const call of open) call.left.clear()
      tokens.forget('overtaken')
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
