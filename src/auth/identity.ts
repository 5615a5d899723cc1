// Whose session it is. An *epoch* is the time in which one user is signed in; the fence stands between two epochs, and
// nothing that was begun in one is used in the next: its signal is aborted before anybody else hears of the change.

import { TicketSocketError } from '../contract/errors.ts'
import type { Clock } from '../platform/platform.ts'
import { redactedCause } from '../platform/redact.ts'
import { Secret } from '../platform/secret.ts'
import { abortReason, within } from './deadline.ts'
import { type JwtClaims, readJwt } from './jwt.ts'
import { createSharedFlight } from './shared-flight.ts'

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
  /** Called synchronously, after the old epoch's signal was aborted. */
  onFence: (signedIn: boolean) => void
  /** The app still gives a JWT of a session that has ended: it is taken for none. Called once in an epoch. */
  onBarred: () => void
}

export interface Identity {
  epoch(): Epoch
  /** The token last seen in this epoch, for callers that cannot wait. */
  lastSeen(): HeldToken | null
  /** That token, unless the server has refused it. */
  trusted(): HeldToken | null
  /** Asks the app. Null: nobody is signed in. */
  token(signal: AbortSignal): Promise<HeldToken | null>
  /** Asks the app for a newer token; one request serves everybody who asks meanwhile. */
  refresh(signal: AbortSignal): Promise<HeldToken | null>
  /** The same for one that the server has refused, unless there is a newer one already. Rejects when there is none. */
  renew(refused: HeldToken, signal: AbortSignal): Promise<void>
  /** The server refused this token: when the app gives it again, `token()` asks for a newer one. */
  distrust(token: Secret): void
  /** The server accepted one: what it refused before is forgotten. */
  trust(): void
  /** How many different tokens in a row the server has refused. */
  refusals(): number
  /** A ticket was accepted: refusals before it count no more, and the refused tokens stay unused. */
  forgive(): void
  signOut(): void
  signIn(): void
}

/** What may stand in an HTTP header (RFC 6750 §2.1). */
const TOKEN_FORM = /^[A-Za-z0-9._~+/-]+=*$/
/** Tokens of a session that has ended, remembered so that an app which forgets them late cannot revive it. */
const MAX_BARRED = 32

interface MutableEpoch extends Epoch {
  userId: string | null
  /** The app has said that somebody is signed in, and no token has shown it yet. */
  isAwaited: boolean
  hasBarred: boolean
  controller: AbortController
}

export function createIdentity(deps: IdentityDeps): Identity {
  const { getToken, refreshToken, clock, timeoutMs, onFence, onBarred } = deps
  let epoch = newEpoch(null)
  let held: HeldToken | null = null
  /** By value: several connections may be refused with the same one. */
  const distrusted = new Set<string>()
  /** Of these, how many were refused before a ticket was accepted: they are not used again, but count no more. */
  let forgiven = 0
  /** Replaced by a newer one: an app that still answers with it answers late. */
  const superseded = new Set<string>()
  const seen = new Set<string>()
  const barred = new Set<string>()

  function newEpoch(userId: string | null, isAwaited = false): MutableEpoch {
    const controller = new AbortController()
    return { userId, isAwaited, hasBarred: false, controller, signal: controller.signal }
  }

  function fence(signedIn: boolean, userId: string | null, isAwaited = false) {
    const ended = epoch
    epoch = newEpoch(userId, isAwaited)
    held = null
    distrusted.clear()
    forgiven = 0
    superseded.clear()
    ended.controller.abort(
      new TicketSocketError(
        'signed_out',
        'The session ended while this was under way. Ask again for the current user.',
      ),
    )
    onFence(signedIn)
  }

  function bar() {
    for (const token of seen) barred.add(token)
    seen.clear()
    for (const token of barred) {
      if (barred.size <= MAX_BARRED) break
      barred.delete(token)
    }
  }

  async function ask(name: string, callback: TokenCallback, signal: AbortSignal): Promise<HeldToken | null> {
    const asked = epoch
    let value: unknown
    try {
      const deadline = { clock, ms: timeoutMs, signals: [signal, asked.signal], what: name }
      value = await within(deadline, () => callback())
    } catch (error) {
      if (error instanceof TicketSocketError) throw error
      const message = `${name} failed. It should answer with the user's JWT, or with null when nobody is signed in.`
      throw new TicketSocketError('token_callback_failed', message, { cause: redactedCause(error) })
    }
    // The session may have ended between the answer and this line.
    if (asked.signal.aborted) throw abortReason(asked.signal)
    return adopt(name, value)
  }

  function adopt(name: string, value: unknown): HeldToken | null {
    const isBarred = barred.has(value as string)
    if (value === null || value === undefined || value === '' || isBarred) {
      if (isBarred && !epoch.hasBarred) {
        epoch.hasBarred = true
        onBarred()
      }
      // Taken for nobody, the user who has just signed in would be connected as nobody, and stay so.
      if (epoch.isAwaited) throw notYet(name, isBarred)
      if (held) fence(false, null)
      return null
    }
    if (typeof value !== 'string' || !TOKEN_FORM.test(value)) {
      const got = typeof value === 'string' ? 'a string with characters that no JWT has' : `a ${typeof value}`
      throw new TicketSocketError('token_callback_failed', `${name} must answer with a JWT or null, but gave ${got}.`)
    }
    if (held && superseded.has(value)) return held
    const claims = readJwt(value)
    const userId = claims?.userId ?? null
    if (userId !== null && epoch.userId !== null && userId !== epoch.userId) {
      bar()
      fence(true, userId)
    }
    epoch.userId ??= userId
    epoch.isAwaited = false
    seen.add(value)
    if (held?.token.reveal() !== value) held = { token: new Secret(value), claims, epoch }
    return held
  }

  const refresh = createSharedFlight(async (signal) => {
    const before = held?.token.reveal()
    const fresh = await ask(refreshToken ? 'refreshToken' : 'getToken', refreshToken ?? getToken, signal)
    if (fresh && fresh.token.reveal() === before) throw noneNewer()
    if (fresh && before !== undefined) superseded.add(before)
    return fresh
  })

  return {
    epoch: () => epoch,
    lastSeen: () => held,
    trusted: () => (held && !distrusted.has(held.token.reveal()) ? held : null),
    async token(signal) {
      const current = await ask('getToken', getToken, signal)
      if (!current || !distrusted.has(current.token.reveal())) return current
      const fresh = await refresh(signal)
      if (fresh && distrusted.has(fresh.token.reveal())) throw noneNewer()
      return fresh
    },
    refresh,
    async renew(refused, signal) {
      if (held === refused) await refresh(signal)
      if (held?.token.reveal() === refused.token.reveal()) throw noneNewer()
      if (held) superseded.add(refused.token.reveal())
    },
    distrust(token) {
      distrusted.add(token.reveal())
    },
    trust() {
      distrusted.clear()
      forgiven = 0
    },
    refusals: () => distrusted.size - forgiven,
    forgive() {
      forgiven = distrusted.size
    },
    signOut() {
      bar()
      fence(false, null)
    },
    signIn() {
      // What was barred stays so: an app may announce the next user before it has forgotten the last one's token.
      seen.clear()
      fence(true, null, true)
    },
  }
}

const notYet = (name: string, isBarred: boolean) => {
  const gave = isBarred ? 'still gives the JWT of the session that has ended' : 'gives no JWT'
  const message = `signedIn() was called, but ${name} ${gave}. Put the new JWT in place before that call.`
  return new TicketSocketError('token_callback_failed', message)
}

const noneNewer = () => {
  const message = 'The server refused the JWT and no newer one is to be had. The user has to sign in again.'
  return new TicketSocketError('unauthenticated', message)
}
