import { createHash } from 'node:crypto'
import type { IncomingMessage, Server } from 'node:http'

/** What arrived at the server, as it arrived: every URL, every JWT in a header, every ticket that was presented. */
export interface Traffic {
  readonly urls: readonly string[]
  readonly jwts: ReadonlySet<string>
  /** In the order of their upgrades. */
  readonly tickets: readonly string[]
  /** `DELETE /websocket/ticket/…` and the like. */
  readonly requests: readonly string[]
  /** Of the newest upgrade. */
  lastUpgrade(): { by: 'ticket' | 'jwt' | 'none' }
  stop(): void
}

/** Watches an HTTP server from now on. */
export function watchTraffic(http: Server): Traffic {
  const urls: string[] = []
  const tickets: string[] = []
  const requests: string[] = []
  const jwts = new Set<string>()
  let last: 'ticket' | 'jwt' | 'none' = 'none'

  function onRequest({ url = '', method, headers }: IncomingMessage) {
    urls.push(url)
    requests.push(`${method} ${url}`)
    const [, jwt] = /^Bearer (.+)$/.exec(headers.authorization ?? '') ?? []
    if (jwt) jwts.add(jwt)
  }
  function onUpgrade({ url = '', headers }: IncomingMessage) {
    urls.push(url)
    // The development server has a socket of its own.
    if (!url.startsWith('/ws')) return
    const ticket = new URL(url, 'http://localhost').searchParams.get('ticket')
    if (ticket) tickets.push(ticket)
    last = ticket ? 'ticket' : /\bjwt\./.test(headers['sec-websocket-protocol'] ?? '') ? 'jwt' : 'none'
  }
  http.on('request', onRequest)
  http.on('upgrade', onUpgrade)
  return {
    urls,
    jwts,
    tickets,
    requests,
    lastUpgrade: () => ({ by: last }),
    stop() {
      http.off('request', onRequest)
      http.off('upgrade', onUpgrade)
    },
  }
}

/** As the server computes it; what pages and logs show of a ticket. */
export const handleOf = (ticket: string) => createHash('sha256').update(ticket).digest('base64url')

/** URLs that hold a JWT, in either spelling, or something that looks like one. */
export function urlsWithJwt({ urls, jwts }: Traffic): string[] {
  const spellings = [...jwts].flatMap((jwt) => [jwt, Buffer.from(jwt).toString('base64url')])
  return urls.filter(
    (url) => /\beyJ[\w-]+\.[\w-]+\./.test(decodeURIComponent(url)) || spellings.some((jwt) => url.includes(jwt)),
  )
}

/** Tickets that were presented more than once. */
export const repeated = (tickets: readonly string[]) => tickets.filter((ticket, at) => tickets.indexOf(ticket) !== at)
