// The journal's entries. Foreign text is redacted or left out.

import { redact } from '../platform/redact.ts'
import { hasTicketForm } from '../server/ticket-store.ts'
import { type Credential, credentialsOf } from '../server/upgrade-credentials.ts'
import type { UpgradeDecision, UpgradeRequest } from '../server/upgrade-decision.ts'
import { appUrlOf } from './app-url.ts'
import type { UpgradeEntry } from './journal.ts'
import type { FrameData } from './link.ts'
import type { MockServer } from './server.ts'

/** A request's path without its query. The part for a ticket's handle may be the ticket itself. */
export function pathOf(server: MockServer, url: URL): string {
  const [, before, value, after] = /^(.*\/ticket\/)([^/]+)(.*)$/.exec(url.pathname) ?? []
  return value === undefined ? redact(url.pathname) : `${before}${server.nameOf(value)}${after}`
}

/** An upgrade as it arrived; its outcome is added later. */
export function describeUpgrade(server: MockServer, url: URL, request: UpgradeRequest): UpgradeEntry {
  const credentials = credentialsOf(request, true)
  const [first] = credentials
  const isInUrl = first?.kind === 'jwt' && credentialsOf({ ...request, url: '' }, true).length === 0
  const jwtKind = isInUrl ? 'jwt_in_url' : 'jwt'
  const one: UpgradeEntry['offeredCredential'] = !first ? 'none' : first.kind === 'ticket' ? 'ticket' : jwtKind
  return {
    kind: 'upgrade',
    method: null,
    outcome: 'hangs',
    url: `${url.origin}${redact(appUrlOf(url).slice(url.origin.length))}`,
    offeredCredential: credentials.length > 1 ? 'several' : one,
    ...namesOf(server, first),
  }
}

function namesOf(server: MockServer, credential: Credential | undefined): { handle?: string; userId?: string } {
  if (credential?.kind === 'ticket' && hasTicketForm(credential.ticket))
    return { handle: server.nameOf(credential.ticket) }
  const userId = credential?.kind === 'jwt' && credential.jwt !== null ? server.users.whose(credential.jwt) : undefined
  return userId === undefined ? {} : { userId }
}

export function outcomeOf(decision: UpgradeDecision): Partial<UpgradeEntry> & Pick<UpgradeEntry, 'outcome' | 'method'> {
  if (decision.kind === 'rejected') return { outcome: decision.status, method: null }
  const subprotocol = decision.subprotocol === undefined ? {} : { subprotocol: decision.subprotocol }
  if (decision.kind === 'refused') return { outcome: decision.code, method: null, ...subprotocol }
  const { method, identity } = decision
  return { outcome: 'accepted', method, ...subprotocol, ...(identity && { userId: identity.userId }) }
}

/** The entry of a frame. */
export function typeOf(data: FrameData): string {
  if (typeof data !== 'string') return '(binary)'
  try {
    const message: unknown = JSON.parse(data)
    const type = typeof message === 'object' && message !== null && 'type' in message ? message.type : null
    return typeof type === 'string' ? redact(type) : '(text)'
  } catch {
    return '(text)'
  }
}
