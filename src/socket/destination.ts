// What each attempt dials with: the app's URL (from the option `url`, which may be a function), then a credential for it. The URL comes
// first: a ticket lives briefly, and an attempt without a URL would waste it. How the URL is parsed is in `app-url.ts`.

import { type Credential, type CredentialSource, keepPrefetched } from '../auth/credential.ts'
import { noAnswer, within } from '../auth/deadline.ts'
import { isTicketSocketError, TicketSocketError } from '../contract/errors.ts'
import type { Clock } from '../platform/platform.ts'
import { redact, redactedCause } from '../platform/redact.ts'
import type { SocketUrl, UrlCallback } from './app-url.ts'
import { type AllowedCredentials, credentialInUrl } from './credential-in-url.ts'

/** What one attempt dials with. */
export interface DialTarget {
  /** The app's URL. `credential.url(url)` is what is dialled. */
  readonly url: string
  readonly credential: Credential
}

export interface Destination {
  /**
   * The URL of each attempt; null where the app is asked for it. Throws a `TypeError` for one that cannot be dialled: a wrong
   * one, a relative one without a page, and with tickets always on one that holds a credential.
   */
  fixedUrl(): string | null
  /** For one attempt. Settles within the deadlines; rejects with a `TicketSocketError`. */
  prepare(signal: AbortSignal): Promise<DialTarget>
}

export interface DestinationDeps {
  url: SocketUrl
  /** Throws for what cannot be dialled. */
  parse: (given: string | URL) => string
  auth: CredentialSource
  allowed: AllowedCredentials
  clock: Pick<Clock, 'setTimer'>
  /** Called for each attempt by a URL that holds a credential while tickets are off. */
  warn: (line: string) => void
  /** For one call of `url`, where it is a function. */
  urlTimeoutMs?: number
}

export const URL_TIMEOUT_MS = 10_000

export function createDestination({ url, parse, auth, allowed, clock, warn, ...deps }: DestinationDeps): Destination {
  let parsed: string | null = null

  function parseOnce(given: string | URL): string {
    if (parsed !== null) return parsed
    const first = parse(given)
    const problem = auth.ticketAuth === true ? credentialInUrl(first, allowed) : null
    if (problem !== null) throw new TypeError(problem)
    parsed = first
    return first
  }

  async function ask(callback: UrlCallback, signal: AbortSignal): Promise<string> {
    const ms = deps.urlTimeoutMs ?? URL_TIMEOUT_MS
    const late = () => noAnswer('url', ms, 'Make it settle sooner, or raise urlTimeoutMs.')
    const given = await within({ clock, ms, signals: [signal], late }, async () => {
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

  /** With tickets on an error; else a warning, and it is dialled as before. */
  function look(dialled: string, ticketAuth: boolean) {
    const problem = credentialInUrl(dialled, allowed)
    if (problem === null) return
    if (ticketAuth) throw new TicketSocketError('credential_in_url', problem)
    warn(`${problem} With ticketAuth on, this URL is an error.`)
  }

  async function acquire(dialled: string, signal: AbortSignal): Promise<DialTarget> {
    // Before a ticket is asked for, where that can be known.
    if (auth.ticketAuth === true) look(dialled, true)
    const credential = await auth.acquire({ signal })
    try {
      look(dialled, credential.ticketAuth ?? auth.ticketAuth ?? credential.method === 'ticket')
    } catch (error) {
      credential.report({ kind: 'unused' })
      throw error
    }
    return { url: dialled, credential }
  }

  async function askAndAcquire(callback: UrlCallback, signal: AbortSignal): Promise<DialTarget> {
    // Meanwhile a request for a ticket goes on, so that the ticket is there when the URL is.
    const endLease = keepPrefetched(auth)
    try {
      const dialled = await ask(callback, signal)
      return acquire(dialled, signal)
    } finally {
      endLease()
    }
  }

  return {
    fixedUrl: () => (typeof url === 'function' ? null : parseOnce(url)),
    prepare: (signal) => (typeof url === 'function' ? askAndAcquire(url, signal) : acquire(parseOnce(url), signal)),
  }
}

const urlFailed = (message: string, cause?: Error) =>
  new TicketSocketError('url_callback_failed', message, cause && { cause })
