// When a JWT is refreshed although the server has not refused it. A browser does not say why an upgrade failed, so an expired
// JWT looks like a dead network (1006). Nothing here proves that a JWT is bad: whatever the app answers, the client connects.

import type { Clock, Random } from '../platform/platform.ts'
import type { Secret } from '../platform/secret.ts'
import type { Outcome } from './credential.ts'
import { abortReason, pause } from './deadline.ts'
import type { Identity } from './identity.ts'
import { endOf } from './jwt.ts'
import type { AuthSession } from './session.ts'
import type { Jwt } from './user-state.ts'

/** Why a newer JWT may help. Each is a reason once for each JWT. */
type Reason =
  /** The server ended the session that this JWT had opened. */
  | 'ended'
  /** Its `exp` has passed, by the wall clock. */
  | 'expired'
  /** It looks good, and yet upgrades with it fail without a word from the server, and none has succeeded. */
  | 'lost'

type Standing = { kind: 'untried'; losses: number } | { kind: 'accepted' } | { kind: 'ended' }

interface Known {
  standing: Standing
  answeredFor: Set<Reason>
}

export interface JwtFreshnessDeps {
  identity: Pick<Identity, 'newer' | 'trusted'>
  /** The app has a `refreshToken`. Else a refresh asks `getToken` once more: never with the flag off, as before. */
  hasRefreshToken: boolean
  isOnline: () => boolean
  clock: Clock
  random: Random
}

/** Clocks differ by seconds, and servers allow as much. */
const EXPIRED_FOR_MS = 30_000
const LOSSES_BEFORE_REFRESH = 3
/** After an outage the clients of a server must not all refresh at the same moment. */
const LONGEST_SPREAD_MS = 5_000
const REFRESH_GAP_MS = 300_000
/** After a callback that failed. The wait doubles up to `REFRESH_GAP_MS`: a network that is back must not wait for long. */
const FIRST_RETRY_MS = 30_000
const MAX_KNOWN = 64

export type JwtFreshness = ReturnType<typeof createJwtFreshness>

export function createJwtFreshness({ identity, hasRefreshToken, isOnline, clock, random }: JwtFreshnessDeps) {
  const known = new Map<string, Known>()
  let askedAt = Number.NEGATIVE_INFINITY
  /** Calls of the app in a row that threw, rejected or hung. */
  let failures = 0
  /** A refresh answered with a JWT that is past its `exp`, too: this machine's clock is wrong, and `exp` proves nothing. */
  let clockDoubtedUntil = Number.NEGATIVE_INFINITY

  function of(token: Secret): Known {
    const value = token.reveal()
    const entry = known.get(value) ?? { standing: { kind: 'untried', losses: 0 }, answeredFor: new Set() }
    known.delete(value)
    known.set(value, entry)
    for (const oldest of known.keys()) {
      if (known.size <= MAX_KNOWN) break
      known.delete(oldest)
    }
    return entry
  }

  /** `aheadMs`: how long before its `exp` a JWT counts as expired; negative: how long after. */
  const hasExpired = (jwt: Jwt, aheadMs: number) =>
    clock.now() >= clockDoubtedUntil && endOf(jwt) <= clock.wallNow() + aheadMs

  function applies(reason: Reason, jwt: Jwt): boolean {
    const { standing } = of(jwt.token)
    switch (reason) {
      case 'ended':
        return standing.kind === 'ended'
      case 'expired':
        return hasExpired(jwt, -EXPIRED_FOR_MS)
      case 'lost':
        return (
          standing.kind === 'untried' &&
          standing.losses >= LOSSES_BEFORE_REFRESH &&
          isOnline() &&
          !hasExpired(jwt, -EXPIRED_FOR_MS)
        )
    }
  }

  const isNewReason = (reason: Reason, jwt: Jwt) => applies(reason, jwt) && !of(jwt.token).answeredFor.has(reason)

  function gapBefore(reason: Reason): number {
    if (reason === 'lost') return REFRESH_GAP_MS
    return failures === 0 ? 0 : Math.min(REFRESH_GAP_MS, FIRST_RETRY_MS * 2 ** (failures - 1))
  }

  /** `wallAskedAt`: when the app was asked. A machine may sleep until its answer is read. */
  function noteNewer(jwt: Jwt, wallAskedAt: number) {
    if (endOf(jwt) <= wallAskedAt - EXPIRED_FOR_MS) clockDoubtedUntil = clock.now() + REFRESH_GAP_MS
  }

  async function refresh(session: AuthSession, jwt: Jwt, reason: Reason, signal: AbortSignal) {
    askedAt = clock.now()
    const wallAskedAt = clock.wallNow()
    // Attempts side by side wait for one call of the app, and its failure is one.
    const failuresBefore = failures
    try {
      let newer = await identity.newer(session, signal)
      // A request that was under way for an older JWT has answered with this very one: the app was not asked about it.
      if (newer?.token.reveal() === jwt.token.reveal()) newer = await identity.newer(session, signal)
      if (newer) noteNewer(newer, wallAskedAt)
      of(jwt.token).answeredFor.add(reason)
      failures = 0
    } catch {
      if (signal.aborted) throw abortReason(signal)
      // Offline it fails for want of a network, however often.
      failures = isOnline() ? failuresBefore + 1 : Math.max(failuresBefore, 1)
    }
  }

  /** The JWT to use in this attempt: a newer one where there is a reason to ask for it and the app has one. */
  async function refreshed(
    session: AuthSession,
    jwt: Jwt,
    reasons: readonly Reason[],
    signal: AbortSignal,
  ): Promise<Jwt> {
    const present = () => identity.trusted(session) ?? jwt
    const isDue = (reason: Reason) => isNewReason(reason, present()) && clock.now() >= askedAt + gapBefore(reason)
    const due = () => reasons.find(isDue)
    if (due() === 'lost') await pause(clock, random() * LONGEST_SPREAD_MS, [signal])
    // While it waited, another attempt may have refreshed the JWT, or have been accepted with it.
    const reason = due()
    if (reason) await refresh(session, present(), reason, signal)
    return present()
  }

  return {
    /** Before the JWT opens a connection. */
    beforeDial: (
      session: AuthSession,
      jwt: Jwt,
      { ticketAuth, signal }: { ticketAuth: boolean; signal: AbortSignal },
    ) => refreshed(session, jwt, hasRefreshToken || ticketAuth ? ['expired', 'lost'] : [], signal),
    /** Before the JWT is used for anything, a ticket included. Without `refreshToken`, `getToken` has just been asked. */
    afterEnd: (session: AuthSession, jwt: Jwt, signal: AbortSignal) =>
      refreshed(session, jwt, hasRefreshToken ? ['ended'] : [], signal),
    /** Whether the server has ended this JWT's session and the app was not asked for a newer one yet. */
    hasEnded: (jwt: Jwt) => hasRefreshToken && isNewReason('ended', jwt),
    /** Whether a JWT is past its `exp`, or will be in `aheadMs`, as far as this machine's clock can be believed. */
    hasExpired,
    noteNewer,
    /** The server took this JWT: for a connection, or for a ticket. */
    noteAccepted(token: Secret) {
      const entry = of(token)
      // What another connection or an earlier request learns takes nothing back of what the server has ended.
      if (entry.standing.kind === 'untried') entry.standing = { kind: 'accepted' }
    },
    /** The server ended the session that this JWT had opened. */
    noteEnded(token: Secret) {
      of(token).standing = { kind: 'ended' }
    },
    /** A dial with this JWT begins; the returned function takes what became of it before the server accepted it. */
    dialled(token: Secret): (outcome: Outcome) => void {
      const lossesBefore = lossesOf(of(token))
      return ({ kind }) => {
        const entry = of(token)
        if (entry.standing.kind !== 'untried') return
        const { losses } = entry.standing
        // The server was reached: the row of losses is broken.
        if (kind === 'ended') entry.standing = { kind: 'untried', losses: 0 }
        // Several sockets that lose one network have lost it once. Offline that says nothing.
        if (kind === 'lost' && losses === lossesBefore && isOnline())
          entry.standing = { kind: 'untried', losses: losses + 1 }
      }
    },
  }
}

const lossesOf = ({ standing }: Known) => (standing.kind === 'untried' ? standing.losses : 0)
