// No credential in what is shown, told, logged or thrown, nor (a JWT) in a URL; and each request as the contract has it.

import type { AuthSnapshot } from '../../../../src/auth/auth-snapshot.ts'
import { holdsCredential } from '../../../support/canaries.ts'
import { textIn } from '../../../support/text-in.ts'
import type { Edge, Judge } from '../edge.ts'

export function judgeSecrecy(edge: Edge, snapshot: () => AuthSnapshot): Judge {
  let lastSnapshot: AuthSnapshot | null = null

  function look(where: string, what: unknown) {
    if (holdsCredential(textIn(what))) edge.violate('secrecy', `a credential in ${where}`)
  }

  return {
    requested({ method, path, init, isTicketRequest }) {
      // A backend without handles is told the ticket itself in the path of a revocation: there is nothing else.
      const isRevocation = method === 'DELETE' && path.includes('/ticket/')
      if (holdsCredential(path) && !(isRevocation && !path.includes('CANARYJ')))
        edge.violate('secrecy', 'a credential in a URL')
      const { redirect, cache, credentials, referrerPolicy } = init
      if (redirect !== 'manual' || cache !== 'no-store' || credentials !== 'omit' || referrerPolicy !== 'no-referrer') {
        edge.violate('trust', 'a request that follows redirects, uses a cache, or says too much')
      }
      if (isTicketRequest && typeof init.body === 'string') look('a body', init.body)
    },

    event: (name, payload) => look(name, payload),

    ended(_call, end) {
      if (end.kind === 'error' || end.kind === 'thrown') look('an error', end.error)
      if (end.kind !== 'grant') return
      const { grant, value } = end.grant
      look('a grant', grant)
      const base = 'wss://api.example.com/ws?room=a%20b'
      const url = grant.url(base)
      if (url !== (value === null ? base : `${base}&ticket=${value}`)) edge.violate('trust', 'dials another URL')
      if (url.includes('CANARYJ')) edge.violate('secrecy', 'a JWT in a URL')
      const publicProtocols = grant.method === 'jwt' ? grant.protocols().slice(0, 1) : grant.protocols()
      look('a public subprotocol', publicProtocols)
    },

    quiet() {
      const now = snapshot()
      if (now === lastSnapshot) return
      lastSnapshot = now
      look('the snapshot', now)
    },
  }
}
