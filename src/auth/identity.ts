// Whose session it is. An *epoch* is the time in which one user is signed in; the fence stands between two epochs, and
// nothing that was begun in one is used in the next: its signal is aborted before anybody else hears of the change.
//
// Whoever hears of a fence may end the session once more. So every step that follows one looks whether its own epoch is
// still the one: what an epoch would tell after its end is told by nobody.

import { TicketSocketError } from '../contract/errors.ts'
import type { Clock } from '../platform/platform.ts'
import { redactedCause } from '../platform/redact.ts'
import { Secret } from '../platform/secret.ts'
import { abortReason, within } from './deadline.ts'
import { noneNewer, notYet, sessionEnded } from './identity-errors.ts'
import { isOfAnother, type JwtClaims, readJwt } from './jwt.ts'
import { createSharedFlight, type SharedFlight } from './shared-flight.ts'
import { createTokenBook } from './token-book.ts'
import { watchAnswer } from './watch-answer.ts'

export type TokenCallback = () => string | null | undefined | Promise<string | null | undefined>

export interface Epoch {
  /** Aborted when the epoch ends. */
  readonly signal: AbortSignal
  /** The user's id, as far as a token has told it. */
  readonly userId: string | null
}

/** A token and the epoch in which it may be used. */
export interface HeldToken {
  readonly token: Secret
  readonly claims: JwtClaims | null
  readonly epoch: Epoch
}

export interface IdentityDeps {
  getToken: TokenCallback
  refreshToken: TokenCallback | undefined
  clock: Clock
  timeoutMs: number
  /** Called synchronously, after the old epoch's signal was aborted. `begun` may end while it is told. */
  onFence: (begun: Epoch, signedIn: boolean) => void
  /** The app still gives a JWT of a session that has ended: it is taken for none. Called once in an epoch. */
  onBarred: () => void
}

export interface Identity {
  epoch(): Epoch
  /** The token last seen in this epoch, for callers that cannot wait. */
  lastSeen(): HeldToken | null
  /** Whether nobody is signed in, as far as the app has said. */
  isNobody(): boolean
  /** That token, unless the server has refused it. */
  trusted(): HeldToken | null
  /**
   * Asks the app. Null: nobody is signed in. One that the server has refused is refreshed once; where the newer one was
   * refused, too, it rejects, until the app answers with another.
   */
  token(signal: AbortSignal): Promise<HeldToken | null>
  /**
   * Asks the app for a newer token, when nothing proves that the present one is bad: null where there is none newer, whatever
   * the app says to that. The session goes on. Rejects when the callback fails.
   */
  newer(signal: AbortSignal): Promise<HeldToken | null>
  /** Asks the app for a newer token; one request serves everybody who asks meanwhile. */
  refresh(signal: AbortSignal): Promise<HeldToken | null>
  /** The request for a newer token that is under way; null without one. */
  renewing(): Promise<unknown> | null
  /**
   * The same for one that the server has refused, unless there is a newer one already. Rejects when there is none. Null
   * for one of another session.
   */
  renew(refused: Secret, signal: AbortSignal): Promise<HeldToken | null>
  /**
   * Whether so many JWTs were refused in a row that another one is not to be tried, though the app may have made one: it
   * could do so for ever. Said once; who asks again after that begins to count anew.
   */
  mustSignIn(): boolean
  /** The server refused this token for a connection. */
  distrust(token: Secret): void
  /** The server accepted one: what it refused before is forgotten. */
  trust(): void
  /** A ticket was accepted: refusals before it count no more, and the refused tokens stay unused. */
  forgive(): void
  /** Every token that was seen lately, to be masked wherever it comes up. */
  known(): Secret[]
  signOut(): void
  signIn(): void
}

/** What may stand in an HTTP header (RFC 6750 §2.1). */
const TOKEN_FORM = /^[A-Za-z0-9._~+/-]+=*$/

/** A refused JWT is refreshed once; refused again, the user has to sign in. */
const MAX_REFUSALS = 2

interface MutableEpoch extends Epoch {
  userId: string | null
  /**
   * Who may come while no token has shown it: after `signedIn()` somebody will; after a log-out nobody is revived by a
   * refresh that is late, but whoever `getToken` names has signed in.
   */
  expects: 'anybody' | 'somebody' | 'nobody'
  hasBarred: boolean
  /** The user signed out: its tokens are barred. */
  isSignedOut: boolean
  controller: AbortController
  /** A request for a newer token serves its own epoch alone. */
  refresh: SharedFlight<HeldToken | null>
}

export function createIdentity(deps: IdentityDeps): Identity {
  const { getToken, refreshToken, clock, timeoutMs, onFence, onBarred } = deps
  const tokens = createTokenBook()
  let epoch = newEpoch(null, 'anybody')
  let held: HeldToken | null = null
  /** Calls of the app are numbered: one that began before the call which gave the present token answers too late. */
  let calls = 0
  let heldSince = 0

  function newEpoch(userId: string | null, expects: MutableEpoch['expects']): MutableEpoch {
    const controller = new AbortController()
    const refresh = createSharedFlight(askForNewer)
    return { userId, expects, hasBarred: false, isSignedOut: false, controller, signal: controller.signal, refresh }
  }

  /** Answers with the epoch that it began, which may have ended by the time everybody has heard of it. */
  function fence(signedIn: boolean, userId: string | null, expects: MutableEpoch['expects'] = 'anybody'): Epoch {
    const ended = epoch
    const begun = newEpoch(userId, expects)
    epoch = begun
    held = null
    tokens.beginSession()
    ended.controller.abort(sessionEnded())
    if (epoch === begun) onFence(begun, signedIn)
    return begun
  }

  async function ask(name: string, callback: TokenCallback, signal: AbortSignal): Promise<HeldToken | null> {
    const asked = epoch
    const number = ++calls
    let value: unknown
    try {
      const deadline = { clock, ms: timeoutMs, signals: [signal, asked.signal], what: name }
      value = await within(deadline, () => watchAnswer(callback(), (token) => barLate(token, asked)))
    } catch (error) {
      if (error instanceof TicketSocketError) throw error
      const message = `${name} failed. It should answer with the user's JWT, or with null when nobody is signed in.`
      throw new TicketSocketError('token_callback_failed', message, { cause: redactedCause(error, tokens.known()) })
    }
    // The session may have ended between the answer and this line.
    if (asked.signal.aborted) throw abortReason(asked.signal)
    return held && number < heldSince ? held : adopt(name, value, number)
  }

  /** The app may clear a token of the ended session only later. */
  function barLate(token: string, { userId, isSignedOut }: MutableEpoch) {
    const isInUse = held?.token.reveal() === token
    if (isSignedOut && !isInUse && !isOfAnother(token, userId)) tokens.note(token, 'barred')
  }

  function adopt(name: string, value: unknown, number: number): HeldToken | null {
    // What it means that there is no newer token depends on why one was wanted: `refresh` and `newer` differ.
    if (isNone(value)) return name === 'refreshToken' ? null : adoptNone(name)
    if (typeof value !== 'string' || !TOKEN_FORM.test(value)) {
      const got = typeof value === 'string' ? 'a string with characters that no JWT has' : `a ${typeof value}`
      throw new TicketSocketError('token_callback_failed', `${name} must answer with a JWT or null, but gave ${got}.`)
    }
    if (tokens.is(value, 'barred')) return adoptBarred(name)
    if (held?.token.reveal() === value) return held
    // An app that still answers with one which was replaced, or refused, answers late.
    if (held && tokens.is(value, 'replaced', 'refused', 'forgiven')) return held
    const claims = readJwt(value)
    const userId = claims?.userId ?? null
    if (userId !== null && epoch.userId !== null && userId !== epoch.userId) still(fence(true, userId))
    epoch.userId ??= userId
    epoch.expects = 'anybody'
    tokens.note(value, 'used')
    held = { token: new Secret(value), claims, epoch }
    heldSince = number
    return held
  }

  function adoptNone(name: string): null {
    // Taken for nobody, the user who has just signed in would be connected as nobody, and stay so.
    if (isAwaited()) throw notYet(name, 'gives no JWT')
    if (held) still(fence(false, null))
    return null
  }

  function adoptBarred(name: string): null {
    if (!epoch.hasBarred) {
      epoch.hasBarred = true
      onBarred()
    }
    // Nobody has signed in since the log-out: the app is only late. Else somebody has, and is not to be taken for nobody.
    if (isAwaited() || held) throw notYet(name, 'still gives the JWT of a session that has ended')
    return null
  }

  /** Null: the app has none, which says that nobody is signed in any more. */
  function refresh(signal: AbortSignal): Promise<HeldToken | null> {
    const asked = epoch
    return asked.refresh(signal).then((fresh) => (fresh || epoch !== asked ? fresh : adoptNone('refreshToken')))
  }

  async function askForNewer(signal: AbortSignal): Promise<HeldToken | null> {
    // After a log-out only `getToken` says that somebody is signed in again: a refresh may be late.
    if (epoch.expects === 'nobody' && !(await ask('getToken', getToken, signal))) return null
    const before = held?.token.reveal()
    const fresh = await ask(refreshToken ? 'refreshToken' : 'getToken', refreshToken ?? getToken, signal)
    if (fresh && fresh.token.reveal() === before) throw noneNewer()
    if (fresh && before !== undefined) tokens.replace(before)
    return fresh
  }

  const isAwaited = () => epoch.expects === 'somebody'
  const isRefused = ({ token }: HeldToken) => tokens.is(token.reveal(), 'refused', 'forgiven')

  return {
    epoch: () => epoch,
    lastSeen: () => held,
    isNobody: () => held === null && !isAwaited(),
    trusted: () => (held && !isRefused(held) ? held : null),
    async token(signal) {
      const current = await ask('getToken', getToken, signal)
      if (current) still(current.epoch)
      if (!current || !isRefused(current)) return current
      if (tokens.count('refused') >= MAX_REFUSALS) throw noneNewer()
      const fresh = await refresh(signal)
      if (fresh && isRefused(fresh)) throw noneNewer()
      return fresh
    },
    refresh,
    renewing: () => epoch.refresh.underWay(),
    newer: (signal) =>
      epoch.refresh(signal).catch((error: TicketSocketError) => {
        if (error.code === 'unauthenticated') return null
        throw error
      }),
    async renew(refused, signal) {
      const value = refused.reveal()
      // A late answer to a request of a session that has ended: whoever is signed in now has nothing to do with it.
      if (tokens.is(value, 'barred')) return null
      if (!held && epoch.expects !== 'anybody') await ask('getToken', getToken, signal)
      if (isOfAnother(value, epoch.userId)) return null
      const asked = epoch
      if (!held || held.token.reveal() === value) await refresh(signal)
      if (epoch !== asked) return null
      if (held?.token.reveal() === value) throw noneNewer()
      if (held) tokens.replace(value)
      return held
    },
    mustSignIn() {
      if (tokens.count('refused') < MAX_REFUSALS) return false
      tokens.change(['refused'], 'forgiven')
      return true
    },
    distrust(token) {
      if (!tokens.is(token.reveal(), 'forgiven')) tokens.note(token.reveal(), 'refused')
    },
    trust() {
      tokens.change(['refused', 'forgiven'], 'replaced')
      if (held) tokens.note(held.token.reveal(), 'used')
    },
    known: tokens.known,
    forgive: () => tokens.change(['refused'], 'forgiven'),
    signOut() {
      epoch.isSignedOut = true
      tokens.barAll()
      fence(false, null, 'nobody')
    },
    signIn() {
      // What was barred stays so: an app may announce the next user before it has forgotten the last one's token.
      fence(true, null, 'somebody')
    },
  }
}

const isNone = (value: unknown) => value === null || value === undefined || value === ''

/** Whoever heard of the fence may have ended the session that it began: what was about to be used in it is not. */
function still({ signal }: Epoch): void {
  if (signal.aborted) throw abortReason(signal)
}
