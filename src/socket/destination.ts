// Where one connection after the other goes: to the app's own URL, by a credential of its own. The URL comes first, since a
// ticket lives briefly, and a ticket that is taken for an attempt without a URL is taken for nothing.

import type { CredentialSource, Grant } from '../auth/credential.ts'
import { within } from '../auth/deadline.ts'
import { isTicketSocketError, TicketSocketError } from '../contract/errors.ts'
import type { Clock, Logger } from '../platform/platform.ts'
import { redact, redactedCause } from '../platform/redact.ts'
import type { SocketUrl, UrlCallback } from './app-url.ts'
import { type AllowedCredentials, credentialInUrl } from './credential-in-url.ts'

/** What one attempt dials with. */
export interface Departure {
  /** The app's URL. `grant.url(url)` is what is dialled. */
  readonly url: string
  readonly grant: Grant
}

export interface Destination {
  /**
   * Throws a `TypeError` for a fixed URL that cannot be dialled: a wrong one, a relative one without a page, and with
   * tickets always on one that holds a credential. Does nothing where the app is asked at each attempt.
   */
  check(): void
  /** For one attempt. Settles within the deadlines; rejects with a `TicketSocketError`. */
  depart(signal: AbortSignal): Promise<Departure>
}

export interface DestinationDeps {
  url: SocketUrl
  /** Throws a `TypeError` for what cannot be dialled. */
  parse: (given: string | URL) => string
  auth: CredentialSource
  allowed: AllowedCredentials
  clock: Pick<Clock, 'setTimer'>
  logger: Pick<Logger, 'warn'>
  urlTimeoutMs: number
}

export function createDestination({ url, parse, auth, allowed, ...deps }: DestinationDeps): Destination {
  let fixed: string | null = null
  let hasWarned = false

  function fixedUrl(given: string | URL): string {
    if (fixed !== null) return fixed
    const parsed = parse(given)
    const problem = auth.ticketAuth === true ? credentialInUrl(parsed, allowed) : null
    if (problem !== null) throw new TypeError(problem)
    fixed = parsed
    return parsed
  }

  async function ask(callback: UrlCallback, signal: AbortSignal): Promise<string> {
    const deadline = { clock: deps.clock, ms: deps.urlTimeoutMs, signals: [signal], what: 'url' }
    const given = await within(deadline, async () => {
      try {
        return await callback()
      } catch (error) {
        throw urlFailed(
          'url failed. It should return the URL to connect to.',
          isTicketSocketError(error) ? error : redactedCause(error),
        )
      }
    })
    try {
      return parse(given)
    } catch (error) {
      throw urlFailed(`url returned what cannot be dialled: ${redact((error as Error).message)}`)
    }
  }

  /** With tickets on an error; else said once, and it is dialled as before. */
  function look(dialled: string, ticketAuth: boolean) {
    const problem = credentialInUrl(dialled, allowed)
    if (problem === null) return
    if (ticketAuth) throw new TicketSocketError('credential_in_url', problem)
    if (hasWarned) return
    hasWarned = true
    deps.logger.warn(`${problem} With ticketAuth on, this URL is an error.`)
  }

  async function acquire(dialled: string, signal: AbortSignal): Promise<Departure> {
    // Before a ticket is asked for, where that can be known.
    if (auth.ticketAuth === true) look(dialled, true)
    const grant = await auth.acquire({ signal })
    try {
      look(dialled, grant.ticketAuth ?? auth.ticketAuth ?? grant.method === 'ticket')
    } catch (error) {
      grant.report({ kind: 'unused' })
      throw error
    }
    return { url: dialled, grant }
  }

  async function askAndAcquire(callback: UrlCallback, signal: AbortSignal): Promise<Departure> {
    // Meanwhile a request for a ticket goes on, so that the ticket is there when the URL is.
    const endLease = auth.keepSpare()
    try {
      const dialled = await ask(callback, signal)
      return acquire(dialled, signal)
    } finally {
      endLease()
    }
  }

  return {
    check() {
      if (typeof url !== 'function') fixedUrl(url)
    },
    depart: (signal) => (typeof url === 'function' ? askAndAcquire(url, signal) : acquire(fixedUrl(url), signal)),
  }
}

const urlFailed = (message: string, cause?: Error) =>
  new TicketSocketError('url_callback_failed', message, cause && { cause })
