// The protocol's own frames that a client sends, and their answers. Frames that only a server sends, or that a newer client
// sends, are ignored: an answer could start a duel.

import { type AuthRefresh, type ControlFrame, isAuthRefresh, isPing, type Message } from '../contract/wire.ts'
import type { Clock } from '../platform/platform.ts'
import type { ConsumedTicket } from './consumed-ticket.ts'
import { withDeadline } from './deadline.ts'
import type { Identity } from './identity.ts'
import type { RateLimit } from './limits.ts'
import { createRateLimiter } from './token-buckets.ts'
import type { TokenVerdict } from './token-check.ts'

export interface ControlFramesDeps {
  consume(ticket: string): Promise<ConsumedTicket | null>
  /** Checks a JWT as an upgrade does; null: this connection takes none (PR-79). */
  checkToken: ((jwt: string) => Promise<TokenVerdict>) | null
  isOpen(): boolean
  identity(): Identity | null
  /** Continues the session with the credential's identity, and returns its new end. */
  extend(renewed: RenewedSession): { expires_at: number; expires_in: number }
  send(frame: AnsweringFrame): void
  /** Its timers end with the connection. */
  clock: Clock
  /** A verifier that never answers would otherwise end every later refresh as well. */
  deadlineMs: number
}

/** The shortest ticket lives for 30 s, so an honest session is renewed twice a minute at most. Each renewal asks the store. */
const REFRESHES: RateLimit = { burst: 5, perMinute: 12 }

/** What a session goes on with. */
export interface RenewedSession extends Pick<ConsumedTicket, 'sessionExpiresAtMs' | 'afterRevocationMs'> {
  identity: Identity
  /** Of the ticket; null: it was a JWT. */
  metadata: ConsumedTicket['metadata'] | null
}

/** `reply_to`: the `id` of the frame that it answers. */
export type AnsweringFrame = ControlFrame & { reply_to?: unknown }

/** Returns the function that is given each reserved frame of a client. */
export function createControlFrames(deps: ControlFramesDeps) {
  const { consume, checkToken, isOpen, identity, extend, send, clock, deadlineMs } = deps
  const refreshes = createRateLimiter(REFRESHES, clock)
  let isRefreshing = false

  /** The session that the credential stands for, or the refusal. Another user's credential is refused like an unknown one. */
  async function check({ ticket, jwt }: AuthRefresh): Promise<RenewedSession | Refusal> {
    if (typeof jwt === 'string') {
      const verdict = await checkToken?.(jwt)
      if (!verdict) return NO_JWT
      if (verdict.kind === 'refused') return refusedCredential(verdict.reason, 'JWT')
      const { identity: renewed, afterRevocationMs } = verdict
      if (renewed.userId !== identity()?.userId) return refusedCredential('jwt_invalid', 'JWT')
      return { identity: renewed, sessionExpiresAtMs: renewed.expiresAt ?? null, afterRevocationMs, metadata: null }
    }
    const consumed = await consume(ticket)
    if (!consumed || consumed.userId !== identity()?.userId) return refusedCredential('ticket_invalid', 'ticket')
    const { sessionExpiresAtMs, metadata, afterRevocationMs, ...renewed } = consumed
    return { identity: renewed, sessionExpiresAtMs, afterRevocationMs, metadata }
  }

  async function refresh(message: Message & AuthRefresh) {
    // One at a time, or a client could have the store searched as fast as it can write.
    if (isRefreshing) return refuse('too_many', 'A refresh is under way.', message)
    if (refreshes.take('session') > 0)
      return refuse('too_many', 'Too many refreshes. Try again in a few seconds.', message)
    isRefreshing = true
    try {
      const checked = await withDeadline(clock, deadlineMs, check(message), () => new Error('no answer in time'))
      if (!isOpen()) return
      if ('code' in checked) return refuse(checked.code, checked.words, message)
      send({ type: 'ts:auth_refreshed', ...extend(checked), ...replyTo(message) })
    } catch {
      refuse('unavailable', 'The credential cannot be checked now. Try again before the session ends.', message)
    } finally {
      isRefreshing = false
    }
  }

  function refuse(code: string, words: string, message: Message) {
    send({ type: 'ts:error', code, message: words, ...replyTo(message) })
  }

  return function answer(message: Message): void {
    switch (message.type) {
      case 'ts:ping':
        if (isPing(message)) return send({ type: 'ts:pong', timestamp: message.timestamp })
        return refuse('invalid_message', 'ts:ping needs a "timestamp".', message)
      case 'ts:auth_refresh':
        if (isAuthRefresh(message)) return void refresh(message)
        return refuse('invalid_message', 'ts:auth_refresh needs one credential: a "ticket", or a "jwt".', message)
    }
  }
}

interface Refusal {
  code: string
  words: string
}

const NO_JWT: Refusal = {
  code: 'invalid_message',
  words: 'This connection takes no JWT in ts:auth_refresh. Send a "ticket".',
}

const refusedCredential = (code: string, name: string): Refusal => ({
  code,
  words: `The ${name} was not accepted. The session goes on until its end.`,
})

const replyTo = ({ id }: Message) => (typeof id === 'string' || typeof id === 'number' ? { reply_to: id } : {})
