// Where a connection goes. The backend's `websocket_url` is a hint: it may choose the path, never the host.

const TICKET_PARAMETERS = ['ticket', 'auth_ticket', 'ticket_id']

/** Whether the hint may be followed: same scheme, host and port as configured (or listed), nothing hidden in it. */
function isTrusted(hint: URL, base: URL, listedOrigins: readonly string[]): boolean {
  const known = hint.host === base.host || listedOrigins.includes(hint.origin)
  return known && hint.protocol === base.protocol && !hint.username && !hint.password && !hint.hash
}

function parse(text: string): URL | null {
  // The WHATWG parser drops tabs and newlines and takes backslashes for slashes; nobody honest sends either.
  if (/[\s\\]/.test(text) || !/^wss?:\/\//.test(text)) return null
  return URL.canParse(text) ? new URL(text) : null
}

/**
 * The URL to dial with a ticket: the hint's when it is trusted, else the base; with the ticket in it exactly once.
 * `base` is the app's own configuration and was checked before.
 */
export function ticketUrl(base: string, hint: string, ticket: string, listedOrigins: readonly string[] = []): string {
  const configured = new URL(base)
  const hinted = parse(hint)
  const url = hinted && isTrusted(hinted, configured, listedOrigins) ? hinted : configured
  for (const name of TICKET_PARAMETERS) url.searchParams.delete(name)
  url.searchParams.set('ticket', ticket)
  return url.href
}
