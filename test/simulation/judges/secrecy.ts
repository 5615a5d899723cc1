// No credential in what is shown, told, logged or said in a close frame, nor (a JWT) in a URL; and each dial goes to the
// app's own URL.

import { holdsCredential } from '../../support/canaries.ts'
import { textIn } from '../../support/text-in.ts'
import { WS_URL } from '../backend.ts'
import type { Judge } from '../edge.ts'
import type { World } from '../world.ts'

export function judgeSecrecy({ edge, snapshot }: Pick<World, 'edge' | 'snapshot'>): Judge {
  let lastSnapshot: unknown = null

  function look(where: string, what: unknown) {
    if (holdsCredential(textIn(what))) edge.violate('secrecy', `a credential in ${where}`)
  }

  return {
    requested({ url, init }) {
      look('a URL', url)
      const { redirect, cache, credentials, referrerPolicy } = init
      if (redirect !== 'manual' || cache !== 'no-store' || credentials !== 'omit' || referrerPolicy !== 'no-referrer')
        edge.violate('trust', 'a request that follows redirects, uses a cache, or says too much')
    },
    dialled({ url, protocols, ticket }) {
      const expected = ticket === null ? WS_URL : `${WS_URL}&ticket=${ticket}`
      if (url.href !== expected) edge.violate('trust', `dials ${url.host}${url.pathname}`)
      if (url.href.includes('CANARYJ')) edge.violate('secrecy', 'a JWT in a URL')
      if (ticket !== null && url.href.split('CANARYT').length !== 2)
        edge.violate('secrecy', 'a ticket beside its place')
      look('a subprotocol', [...protocols])
    },
    left: (_dial, _code, reason) => look('a close frame', reason),
    event: (_of, name, payload) => look(name, payload),
    logged: (line) => look('a log line', line),
    quiet() {
      const now = snapshot()
      if (now === lastSnapshot) return
      lastSnapshot = now
      look('the snapshot', now)
    },
  }
}
