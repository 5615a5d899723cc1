// The two addresses of a ticket: the app's own URL with the ticket in it, which is dialled, and the backend's
// `websocket_url`, which is only passed on to apps that dial by themselves.

/**
 * The app's URL plus `ticket`, and otherwise as it is spelled: `URL` and `URLSearchParams` would rewrite it. It has no fragment
 * and no ticket of its own; `ticket` needs no escaping.
 */
export function withTicket(url: string, ticket: string): string {
  const separator = !url.includes('?') ? '?' : /[?&]$/.test(url) ? '' : '&'
  return `${url}${separator}ticket=${ticket}`
}

function parse(text: string): URL | null {
  // The WHATWG parser drops tabs and newlines, takes backslashes for slashes and forgets an empty fragment; nobody honest
  // sends any of these.
  if (/[\s\\#]/.test(text) || !/^wss?:\/\//.test(text)) return null
  return URL.canParse(text) ? new URL(text) : null
}

/**
 * The backend's `websocket_url` for an app that dials by itself: as it is where it names the host of the backend
 * (`http://` becomes `ws://`) or a listed origin, with the same scheme, without user or password. Else empty.
 */
export function passedOnUrl(httpUrl: string, given: string | undefined, listedOrigins: readonly string[]): string {
  const backend = new URL(httpUrl.replace(/^http/, 'ws'))
  const url = parse(given ?? '')
  const isTrusted =
    url !== null &&
    (url.host === backend.host || listedOrigins.includes(url.origin)) &&
    url.protocol === backend.protocol &&
    !url.username &&
    !url.password
  return isTrusted && given !== undefined ? given : ''
}
