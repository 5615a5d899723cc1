// Looks at what a connection tells the auth service of its grants.

import { keepPrefetched, onSessionChange } from '../../src/auth/credential.ts'
import type { CredentialSource, Outcome } from '../../src/index.ts'

export function grantsOf(auth: CredentialSource): { source: CredentialSource; reports: Outcome[] } {
  const reports: Outcome[] = []
  const source: CredentialSource = {
    ticketAuth: auth.ticketAuth,
    keepPrefetched: () => keepPrefetched(auth),
    onSessionChange: (listener) => onSessionChange(auth, listener),
    onReverted: (listener) => auth.onReverted(listener),
    async acquire(options) {
      const grant = await auth.acquire(options)
      return {
        method: grant.method,
        userId: grant.userId,
        ticketAuth: grant.ticketAuth,
        steppedDown: grant.steppedDown,
        url: (base) => grant.url(base),
        protocols: () => grant.protocols(),
        refreshFrame: () => grant.refreshFrame(),
        redact: (text) => grant.redact?.(text) ?? text,
        report(outcome) {
          reports.push(outcome)
          grant.report(outcome)
        },
      }
    },
  }
  return { source, reports }
}
