// Whose session it is. An *epoch* is the time in which one user is signed in; its signal is aborted before anybody hears
// that it has ended, and nothing that was begun in one is used in the next. A listener may end the session once more: each
// step after a notification checks its own epoch, and events of an ended one are dropped.

import type { TicketSocketError } from '../contract/errors.ts'
import type { Clock } from '../platform/platform.ts'
import { Secret } from '../platform/secret.ts'
import { abortReason, pause } from './deadline.ts'
import { noneNewer, notYet, sessionEnded } from './identity-errors.ts'
import { isOfAnother, type JwtClaims, readJwt } from './jwt.ts'
import { createSharedFlight, type SharedFlight } from './shared-flight.ts'
import { createTokenBook } from './token-book.ts'
import { createTokenCalls, type TokenCallback } from './token-calls.ts'

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

interface MutableEpoch extends Epoch {
  userId: string | null
  /**
   * Who may come while no token has shown it: after `signedIn()` somebody will; after a sign-out nobody is revived by a
   * refresh that is late, but whoever `getToken` names has signed in.
   */
  expects: 'anybody' | 'somebody' | 'nobody'
  hasBarred: boolean
  controller: AbortController
  /** A request for a newer token serves its own epoch alone. */
  refresh: SharedFlight<HeldToken | null>
}

/**
 * A server refuses each JWT of the very second in which its user signed out of all sessions (docs/decisions/0007), and the
 * next one of that second as well. Issued this much later, it names a later second.
 */
const REFRESH_REFUSED_AFTER_MS = 1_000

export function createIdentity(deps: IdentityDeps): Identity {
  const { getToken, refreshToken, clock, timeoutMs, onFence, onBarred } = deps
  const tokens = createTokenBook()
  const calls = createTokenCalls({ tokens, clock, timeoutMs })
  let epoch = newEpoch(null, 'anybody')
  let held: HeldToken | null = null
  /** Questions to the app are numbered: the answer to one older than the one that gave the present token is too late. */
  let questions = 0
  let heldSince = 0
  let receivedAt = Number.NEGATIVE_INFINITY
  /** What `renew` was last called for: refused by the server for something else than a connection. */
  let toRenew: string | null = null

  function newEpoch(userId: string | null, expects: MutableEpoch['expects']): MutableEpoch {
    const controller = new AbortController()
    const refresh = createSharedFlight(askForNewer)
    return { userId, expects, hasBarred: false, controller, signal: controller.signal, refresh }
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
    const question = ++questions
    const value = await calls.ask(name, callback, asked, signal)
    // The session may have ended between the answer and this line.
    if (asked.signal.aborted) throw abortReason(asked.signal)
    return held && question < heldSince ? held : adopt(name, value, question)
  }

  function adopt(name: string, value: string | null, question: number): HeldToken | null {
    // What it means that there is no newer token depends on why one was wanted: `refresh` and `newer` differ.
    if (value === null) return name === 'refreshToken' ? null : adoptNone(name)
    if (tokens.isBarred(value)) return adoptBarred(name)
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
    heldSince = question
    receivedAt = clock.now()
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
    // Nobody has signed in since the sign-out: the app is only late. Else somebody has, and is not to be taken for nobody.
    if (isAwaited() || held) throw notYet(name, 'still gives the JWT of a session that has ended')
    return null
  }

  /** Null: the app has none, which says that nobody is signed in any more. */
  function refresh(signal: AbortSignal): Promise<HeldToken | null> {
    const asked = epoch
    return asked.refresh(signal).then((fresh) => (fresh || epoch !== asked ? fresh : adoptNone('refreshToken')))
  }

  async function askForNewer(signal: AbortSignal): Promise<HeldToken | null> {
    // After a sign-out only `getToken` says that somebody is signed in again: a refresh may be late.
    if (epoch.expects === 'nobody' && !(await ask('getToken', getToken, signal))) return null
    const refused = held && mayBeOfASignOut(held) ? held : null
    const leftMs = () => receivedAt + REFRESH_REFUSED_AFTER_MS - clock.now()
    // `getToken` may answer with a newer one meanwhile, and that may be refused as well.
    while (refused && leftMs() > 0) {
      await pause(clock, leftMs(), [signal, epoch.signal])
      if (held && !mayBeOfASignOut(held)) return held
    }
    const before = held?.token.reveal()
    const fresh = await ask(refreshToken ? 'refreshToken' : 'getToken', refreshToken ?? getToken, signal)
    if (fresh && fresh.token.reveal() === before) throw noneNewer()
    if (fresh && before !== undefined) tokens.replace(before)
    return fresh
  }

  const isAwaited = () => epoch.expects === 'somebody'
  const isRefused = ({ token }: HeldToken) => tokens.is(token.reveal(), 'refused', 'forgiven')

  /** The server has refused it, and not because its `exp` has passed. */
  const mayBeOfASignOut = (refused: HeldToken) =>
    (isRefused(refused) || refused.token.reveal() === toRenew) &&
    (refused.claims?.expiresAt ?? Number.POSITIVE_INFINITY) > clock.wallNow()

  return {
    epoch: () => epoch,
    lastSeen: () => held,
    isNobody: () => held === null && !isAwaited(),
    trusted: () => (held && !isRefused(held) ? held : null),
    async token(signal) {
      const current = await ask('getToken', getToken, signal)
      if (current) still(current.epoch)
      if (!current || !isRefused(current)) return current
      if (tokens.hasRefusedEnough()) throw noneNewer()
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
      if (tokens.isBarred(value)) return null
      if (!held && epoch.expects !== 'anybody') await ask('getToken', getToken, signal)
      if (isOfAnother(value, epoch.userId)) return null
      const asked = epoch
      toRenew = value
      if (!held || held.token.reveal() === value) await refresh(signal)
      if (epoch !== asked) return null
      if (held?.token.reveal() === value) throw noneNewer()
      if (held) tokens.replace(value)
      return held
    },
    mustSignIn() {
      if (!tokens.hasRefusedEnough()) return false
      tokens.forgive()
      return true
    },
    distrust: (token) => tokens.refuse(token.reveal()),
    trust() {
      tokens.accept()
      if (held) tokens.note(held.token.reveal(), 'used')
    },
    known: tokens.known,
    forgive: tokens.forgive,
    signOut() {
      tokens.barAll()
      calls.signedOut(epoch.userId)
      fence(false, null, 'nobody')
    },
    signIn() {
      // A token that was seen before a sign-out stays barred: an app may announce the next user before it has cleared it.
      calls.signedIn()
      fence(true, null, 'somebody')
    },
  }
}

/** Whoever heard of the fence may have ended the session that it began: what was about to be used in it is not. */
function still({ signal }: Epoch): void {
  if (signal.aborted) throw abortReason(signal)
}
