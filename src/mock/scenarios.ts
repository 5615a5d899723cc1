// The behaviours that tests and stories share, by name. On the wire each is what the real thing looks like; none
// knows what a client makes of it.

import { CLOSE, closeReason } from '../contract/close-codes.ts'
import { SUBPROTOCOL } from '../contract/wire.ts'
import { checkNumber } from '../server/options.ts'
import { problemResponse } from './problem-response.ts'
import type { Scenario } from './scenario.ts'

const isTicketRequest = ({ method }: Request) => method === 'POST'

/** The ticket endpoints answer 503. Sockets work. */
const ticketEndpointDown: Scenario = {
  name: 'ticketEndpointDown',
  start: () => ({ http: () => problemResponse(503, 'Service Unavailable', 'The service is down.') }),
}

/** A backend without ticket endpoints: 404. */
const ticketEndpointMissing: Scenario = {
  name: 'ticketEndpointMissing',
  start: () => ({ http: () => problemResponse(404, 'Not Found', 'There is nothing here.') }),
}

/** The ticket endpoints never answer. */
const ticketEndpointHangs: Scenario = {
  name: 'ticketEndpointHangs',
  start: () => ({ http: (call) => call.hang() }),
}

/** Ticket requests are answered 429, with `Retry-After` in seconds. */
function rateLimited({ retryAfterSeconds }: { retryAfterSeconds: number }): Scenario {
  const seconds = String(checkNumber('retryAfterSeconds', retryAfterSeconds, { min: 0, integer: true }))
  const refuse = () =>
    problemResponse(429, 'Too Many Requests', 'Too many tickets were asked for.', { 'retry-after': seconds })
  return {
    name: 'rateLimited',
    start: () => ({ http: ({ request }, next) => (isTicketRequest(request) ? refuse() : next()) }),
  }
}

/** Something before the backend answers 200 with a page of its own: a captive portal, a single page app's fallback. */
const htmlFromProxy: Scenario = {
  name: 'htmlFromProxy',
  start: () => ({
    http: () =>
      new Response('<!doctype html><title>Welcome</title><p>Please sign in to use this network.', {
        headers: { 'content-type': 'text/html; charset=utf-8' },
      }),
  }),
}

/** A ticket request is answered with JSON that is no ticket. */
const malformedTicket: Scenario = {
  name: 'malformedTicket',
  start: () => ({
    http: ({ request }, next) =>
      isTicketRequest(request) ? Response.json({ ticket_id: 42, expires_at: 'soon', ttl_seconds: null }) : next(),
  }),
}

// The ticket is taken away before the server looks for it, so that the refusal is the server's own.
function refuseTickets(name: string, times: number): Scenario {
  return {
    name,
    start({ loseTicket }) {
      let left = times
      return {
        async upgrade({ ticket }, next) {
          if (ticket !== undefined && left-- > 0) await loseTicket(ticket)
          return next()
        },
      }
    },
  }
}

/** Tickets are issued, and each is refused with 4401 `ticket_invalid`: another server's store, expired on arrival. */
const ticketRefused = refuseTickets('ticketRefused', Number.POSITIVE_INFINITY)

/** The next `times` tickets that are presented are refused like that; those after them are accepted. */
function ticketRefusedTimes(times: number): Scenario {
  return refuseTickets('ticketRefusedTimes', checkNumber('times', times, { min: 0, integer: true }))
}

/** JWTs issued until now have expired: 401, and 4401 `jwt_expired`. Tickets and live connections go on. */
const jwtExpired: Scenario = {
  name: 'jwtExpired',
  start: ({ expireTokens }) => ({ stop: expireTokens() }),
}

/** The ticket store does not answer: 503, and 4503 for every ticket. */
const storeDown: Scenario = {
  name: 'storeDown',
  start: ({ breakStore }) => ({ stop: breakStore() }),
}

/** Connections open and stay, and nothing is heard on any of them, either way. */
const silentServer: Scenario = {
  name: 'silentServer',
  start: ({ silence }) => ({ stop: silence() }),
}

/** Upgrades are refused by plain HTTP, before any server sees them: a browser sees 1006 and learns nothing. */
const upgradeRefused: Scenario = {
  name: 'upgradeRefused',
  start: () => ({ upgrade: () => ({ kind: 'rejected', status: 503 }) }),
}

const RESTART_NOTICE_MS = 5_000

/** `going_away` now to whoever speaks `ticket-socket.v1`, 1012 `restart` to whoever is still there after 5 s. */
const restartWithNotice: Scenario = {
  name: 'restartWithNotice',
  start({ clock, connections }) {
    const leaving = new Set(connections())
    for (const connection of leaving) {
      if (connection.spoken) connection.send({ type: 'going_away', deadline_ms: RESTART_NOTICE_MS })
    }
    // Those that connect meanwhile reached the server that replaces this one.
    const stop = clock.setTimer(() => {
      for (const connection of leaving) connection.close(CLOSE.serviceRestart, closeReason('restart'))
    }, RESTART_NOTICE_MS)
    return { stop }
  },
}

/**
 * A backend as it is found in the field: its tickets have neither handle nor subprotocol, and `ticket-socket.v1` is not
 * spoken. Without a protocol of its own it selects the first one offered that holds no credential.
 */
const plainServer: Scenario = {
  name: 'plainServer',
  start: () => ({
    async http({ request }, next) {
      const response = await next()
      if (!isTicketRequest(request) || !response.ok) return response
      const { ticket_handle, subprotocol, ...ticket } = (await response.json()) as Record<string, unknown>
      return Response.json(ticket, { headers: { 'cache-control': 'no-store' } })
    },
    upgrade: ({ request }, next) =>
      next({ ...request, protocols: request.protocols.filter((protocol) => protocol !== SUBPROTOCOL) }),
  }),
}

/**
 * Named behaviours for `backend.use()`.
 *
 * @example
 * ```ts
 * import { createMockBackend, scenarios } from 'ticket-socket/mock'
 *
 * const backend = createMockBackend({ users: { alice: { token: 'jwt-of-alice' } } })
 * const heal = backend.use(scenarios.ticketEndpointDown)
 * // … what a client does without tickets …
 * heal()
 * ```
 */
export const scenarios = {
  ticketEndpointDown,
  ticketEndpointMissing,
  ticketEndpointHangs,
  rateLimited,
  htmlFromProxy,
  malformedTicket,
  ticketRefused,
  ticketRefusedTimes,
  jwtExpired,
  storeDown,
  silentServer,
  upgradeRefused,
  restartWithNotice,
  plainServer,
} as const
