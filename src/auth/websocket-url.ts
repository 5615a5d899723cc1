// Where a connection goes. The backend's `websocket_url` is a hint: it may choose the path, never the host.

/** The ticket's own name first; a hint with another credential in it would send two. */
const CREDENTIAL_PARAMETERS = ['ticket', 'auth_ticket', 'ticket_id', 'token', 'access_token', 'auth_token', 'jwt']
const TICKET_PARAMETERS = CREDENTIAL_PARAMETERS.slice(0, 3)

/** Whether the hint may be followed: same scheme, host and port as configured (or listed), nothing hidden in it. */
function isTrusted(hint: URL, base: URL, listedOrigins: readonly string[]): boolean {
  const known = hint.host === base.host || listedOrigins.includes(hint.origin)
  return known && hint.protocol === base.protocol && !hint.username && !hint.password
}

function parse(text: string): URL | null {
  // The WHATWG parser drops tabs and newlines, takes backslashes for slashes and forgets an empty fragment; nobody honest
  // sends any of these.
  if (/[\s\\#]/.test(text) || !/^wss?:\/\//.test(text)) return null
  return URL.canParse(text) ? new URL(text) : null
}

const trustedHint = (base: URL, hint: string, listedOrigins: readonly string[]): URL | null => {
  const hinted = parse(hint)
  return hinted && isTrusted(hinted, base, listedOrigins) ? hinted : null
}

/** Without these parameters, and otherwise as it was spelled: `URLSearchParams` would rewrite what is not ours. */
function queryWithout(query: string, names: readonly string[]): string[] {
  const nameOf = (part: string) => [...new URLSearchParams(part).keys()][0] ?? ''
  return query.split('&').filter((part) => part !== '' && !names.includes(nameOf(part)))
}

/**
 * The URL to dial with a ticket: the hint's when it is trusted, else the base; with the ticket in it exactly once.
 * `base` is the app's own configuration and was checked before; `ticket` needs no escaping.
 */
export function ticketUrl(base: string, hint: string, ticket: string, listedOrigins: readonly string[] = []): string {
  const configured = new URL(base)
  const hinted = trustedHint(configured, hint, listedOrigins)
  const url = hinted ?? configured
  const kept = queryWithout(url.search.slice(1), hinted ? CREDENTIAL_PARAMETERS : TICKET_PARAMETERS)
  url.search = [...kept, `ticket=${ticket}`].join('&')
  return url.href
}

/**
 * The hint for an app that dials by itself: as it is where it names the host of the backend (`http://` becomes `ws://`),
 * or a listed origin; else empty.
 */
export function hintFor(httpUrl: string, hint: string, listedOrigins: readonly string[]): string {
  return trustedHint(new URL(httpUrl.replace(/^http/, 'ws')), hint, listedOrigins) ? hint : ''
}
