// Buying one ticket: the JWT, the request, its retries, one refresh of the JWT after a 401, and one budget over all.

import { TicketSocketError } from '../contract/errors.ts'
import type { TicketGenerationRequest } from '../contract/wire.ts'
import { type BackoffPolicy, fullJitter } from '../platform/backoff.ts'
import type { Clock, Random } from '../platform/platform.ts'
import { pause, within } from './deadline.ts'
import type { Epoch, Identity } from './identity.ts'
import type { Ticket } from './ticket.ts'
import type { TicketEndpoint } from './ticket-endpoint.ts'

export interface RetryPolicy extends BackoffPolicy {
  maxRetries: number
  /** Over all tries and waits of one purchase, in milliseconds. */
  budgetMs: number
}

export interface PurchaseDeps {
  endpoint: TicketEndpoint
  identity: Identity
  request: TicketGenerationRequest
  retry: RetryPolicy
  clock: Clock
  random: Random
}

export interface PurchaseOptions {
  epoch: Epoch
  signal: AbortSignal
  /** One try, no retry: for fetching ahead. */
  quiet?: boolean
}

const isTransient = ({ code }: TicketSocketError) =>
  code === 'network' || code === 'timeout' || code === 'server_unavailable' || code === 'rate_limited'

export type BuyTicket = (options: PurchaseOptions) => Promise<Ticket>

export function createTicketPurchase({ endpoint, identity, request, retry, clock, random }: PurchaseDeps): BuyTicket {
  return function buy({ epoch, signal: outer, quiet = false }) {
    const deadline = { clock, ms: retry.budgetMs, signals: [outer, epoch.signal], what: 'The ticket endpoint' }
    const endsAt = clock.now() + retry.budgetMs

    return within(deadline, async (signal) => {
      // Nobody has asked the app just now when fetching ahead: it may have a newer JWT since.
      let held = quiet ? await identity.token(signal) : identity.lastSeen()
      let refreshed = false
      for (let failures = 0; ; ) {
        if (!held) throw new TicketSocketError('unauthenticated', 'Nobody is signed in: getToken gave no JWT.')
        try {
          return await endpoint.generate(held.token, request, [signal])
        } catch (error) {
          if (!(error instanceof TicketSocketError)) throw error
          if (error.code === 'unauthenticated' && !refreshed) {
            refreshed = true
            held = await identity.refresh(signal)
            continue
          }
          if (quiet || !isTransient(error) || failures >= retry.maxRetries) throw error
          const hint = error.retryAfterMs ?? 0
          const wait = Math.max(hint, fullJitter(failures++, retry, random()))
          // Waiting longer than that would keep a user from a connection that a JWT could open now.
          if (hint > retry.maxDelayMs || clock.now() + wait >= endsAt) throw error
          await pause(clock, wait, [signal])
        }
      }
    })
  }
}
