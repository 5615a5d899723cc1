// The credentials of an upgrade, and which of the offered subprotocols may be selected.

import { JWT_PARAMETERS, JWT_PREFIX, SUBPROTOCOL, TICKET_PARAMETERS } from '../contract/wire.ts'
import { textFromBase64url } from './ticket-value.ts'
import type { UpgradeRequest } from './upgrade-decision.ts'

/** `jwt: null` is an entry that names itself a JWT and cannot be read as one. */
export type Credential = { kind: 'ticket'; ticket: string } | { kind: 'jwt'; jwt: string | null }

/** Every credential of the request, in the contract's order. More than one, also the same one twice, is a bad request. */
export function credentialsOf(request: UpgradeRequest, jwtInQuery: boolean): Credential[] {
  const query = queryOf(request.url)
  return [
    ...TICKET_PARAMETERS.flatMap((name) => query.getAll(name)).map(
      (ticket): Credential => ({ kind: 'ticket', ticket }),
    ),
    ...request.protocols.flatMap(credentialIn),
    ...bearerIn(request.authorization).map((jwt): Credential => ({ kind: 'jwt', jwt })),
    ...(jwtInQuery
      ? JWT_PARAMETERS.flatMap((name) => query.getAll(name)).map((jwt): Credential => ({ kind: 'jwt', jwt }))
      : []),
  ]
}

function queryOf(url: string): URLSearchParams {
  const [, query = ''] = /^[^?#]*\?([^#]*)/.exec(url) ?? []
  return new URLSearchParams(query)
}

function credentialIn(protocol: string): Credential[] {
  const [prefix] = /^(jwt-auth|jwt|bearer)\./.exec(protocol) ?? []
  if (prefix === undefined) return []
  const value = protocol.slice(prefix.length)
  // A JWT has dots and its base64url has none, so the two spellings of `jwt.` cannot be taken for each other.
  const jwt = prefix === JWT_PREFIX && !value.includes('.') ? textFromBase64url(value) : value
  return [{ kind: 'jwt', jwt: jwt || null }]
}

// Another scheme is not ours: a staging site's Basic password comes along with every request of the page. A header that
// was sent twice may arrive joined by a comma.
function bearerIn(authorization: string | null): string[] {
  return (authorization ?? '').split(',').flatMap((part) => {
    const [, jwt] = /^\s*bearer\s+(\S+)\s*$/i.exec(part) ?? []
    return jwt ? [jwt] : []
  })
}

/** Never selected: clients of other servers put credentials into these, although none is read here. */
const HOLDS_CREDENTIAL = /^(?:jwt|jwt-auth|bearer|base64url\.bearer|ticket)\./i
/** Names of protocols are short. A longer entry may be a secret in an unknown spelling. */
const LONGEST_ECHO = 64

/**
 * The subprotocol to select: ours when it is offered, else the first that holds no credential, else none. The browser
 * fails a connection for which something was offered and nothing selected.
 */
export function selectSubprotocol(offered: readonly string[]): string | undefined {
  if (offered.includes(SUBPROTOCOL)) return SUBPROTOCOL
  return offered.find((protocol) => protocol.length <= LONGEST_ECHO && !HOLDS_CREDENTIAL.test(protocol))
}
