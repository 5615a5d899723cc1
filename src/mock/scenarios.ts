// Named behaviours that tests and stories share. On the wire each looks like the real failure; none depends on the client.

import { CLOSE, closeReason } from '../contract/close-codes.ts'
import { SUBPROTOCOL } from '../contract/wire.ts'
import { type Check, or, record, resolve, text } from '../platform/option-checks.ts'
import { checkNumber, numberIn } from '../server/options.ts'
import { announceRestart, closeForRestart } from '../server/restart.ts'
import { problemResponse } from './problem-response.ts'
import type { HttpCall, Scenario, UpgradeCall } from './scenario.ts'

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

/** Ticket requests are answered, `delayMs` later than usual. */
function ticketEndpointSlow(options: { delayMs?: number } = {}): Scenario {
  const { delayMs } = resolve('ticketEndpointSlow', options, { delayMs: or(3_000, numberIn({ min: 0 })) })
  return {
    name: 'ticketEndpointSlow',
    start: () => ({
      async http({ request, wait }, next) {
        if (isTicketRequest(request)) await wait(delayMs)
        return next()
      },
    }),
  }
}

/** Ticket requests are refused with 403: the origin or a permission is missing. */
const ticketForbidden: Scenario = {
  name: 'ticketForbidden',
  start: () => ({
    http: ({ request }, next) =>
      isTicketRequest(request) ? problemResponse(403, 'Forbidden', 'This user may have no ticket.') : next(),
  }),
}

/** Ticket requests are answered 429, with `Retry-After` in seconds. */
function rateLimited(options: { retryAfterSeconds?: number } = {}): Scenario {
  const { retryAfterSeconds } = resolve('rateLimited', options, {
    retryAfterSeconds: or(5, numberIn({ min: 0, integer: true })),
  })
  const seconds = String(retryAfterSeconds)
  const refuse = () =>
    problemResponse(429, 'Too Many Requests', 'Too many tickets were asked for.', { 'retry-after': seconds })
  return {
    name: 'rateLimited',
    start: () => ({ http: ({ request }, next) => (isTicketRequest(request) ? refuse() : next()) }),
  }
}

/** Something before the backend answers 200 with an HTML page: a captive portal, a single page app's fallback. */
const htmlFromProxy: Scenario = {
  name: 'htmlFromProxy',
  start: () => ({
    http: () =>
      new Response('<!doctype html><title>Welcome</title><p>Please sign in to use this network.', {
        headers: { 'content-type': 'text/html; charset=utf-8' },
      }),
  }),
}

/** An SSO proxy stands before the ticket endpoints: 307 to the sign-in page of another origin. */
const ticketEndpointRedirects: Scenario = {
  name: 'ticketEndpointRedirects',
  start: () => ({ http: () => Response.redirect('https://login.example.com/?return_to=tickets', 307) }),
}

/** A ticket request is answered with JSON without a ticket. */
const malformedTicket: Scenario = {
  name: 'malformedTicket',
  start: () => ({
    http: ({ request }, next) =>
      isTicketRequest(request) ? Response.json({ ticket_id: 42, expires_at: 'soon', ttl_seconds: null }) : next(),
  }),
}

function refuseTickets(name: string, times: number): Scenario {
  return { name, start: (controls) => ({ stop: controls.refuseTickets(times) }) }
}

/** Tickets are issued, and each is refused with 4401 `ticket_invalid`: the servers do not share a store. */
const ticketRefused = refuseTickets('ticketRefused', Number.POSITIVE_INFINITY)

/** The server refuses the next `times` tickets with 4401 `ticket_invalid`, and accepts later ones. */
function ticketRefusedTimes(times: number): Scenario {
  return refuseTickets('ticketRefusedTimes', checkNumber('times', times, { min: 0, integer: true }))
}

/** The next ticket has expired and is refused with 4401 `ticket_invalid`. The ticket issued afterwards is accepted. */
const ticketExpiredOnArrival = refuseTickets('ticketExpiredOnArrival', 1)

/** JWTs issued until now have expired: 401, and 4401 `jwt_expired`. Tickets and live connections go on. */
const jwtExpired: Scenario = {
  name: 'jwtExpired',
  start: ({ expireTokens }) => ({ stop: expireTokens() }),
}

/**
 * JWTs issued until now have expired, and the server refuses their upgrades with HTTP 401, as many servers do: a
 * browser reports only 1006. Ticket requests are answered 401; tickets and live connections go on.
 */
const jwtExpiredByHttp: Scenario = {
  name: 'jwtExpiredByHttp',
  start: ({ expireTokens }) => ({
    async upgrade(_call, next) {
      const decision = await next()
      const isExpired = decision.kind === 'refused' && decision.reason === 'jwt_expired'
      return isExpired ? { kind: 'rejected', status: 401 } : decision
    },
    stop: expireTokens(),
  }),
}

/** The ticket store does not answer: 503, and 4503 for every ticket. */
const storeDown: Scenario = {
  name: 'storeDown',
  start: ({ breakStore }) => ({ stop: breakStore() }),
}

/**
 * Every command of the ticket store takes `delayMs` longer. From 5 s on, upgrades with a ticket are refused with 4503; from
 * 10 s on, ticket requests with 503.
 */
function slowStore(options: { delayMs?: number } = {}): Scenario {
  const { delayMs } = resolve('slowStore', options, { delayMs: or(400, numberIn({ min: 0 })) })
  return { name: 'slowStore', start: (controls) => ({ stop: controls.slowStore(delayMs) }) }
}

/**
 * Every user signs out of all sessions, as in another tab: connections close with 4410, earlier tickets and JWTs are
 * refused. After the undo all users have signed in again with the same JWTs.
 */
const revokedElsewhere: Scenario = {
  name: 'revokedElsewhere',
  start: ({ revokeAll }) => ({ stop: revokeAll() }),
}

/** The session is opened elsewhere: the open connections close with 4409. */
const replacedElsewhere: Scenario = {
  name: 'replacedElsewhere',
  start({ connections }) {
    for (const connection of connections()) connection.close(CLOSE.replaced, closeReason('replaced'))
    return {}
  },
}

/**
 * No network: requests fail, connections cannot be opened (1006), and open ones receive nothing more, as when a
 * cable is pulled. `navigator.onLine` belongs to the page: pass the client a `platform.page` that is offline.
 */
const offline: Scenario = {
  name: 'offline',
  start: ({ silence }) => ({ ...noNetwork, stop: silence() }),
}

const noNetwork = {
  http: (call: HttpCall) => call.fail(),
  upgrade: (call: UpgradeCall) => call.fail(),
}

/**
 * An unstable network: after `upMs` every connection breaks, and no frame gets through for `downMs`, and so on until the undo.
 */
function flappingNetwork(options: { upMs?: number; downMs?: number } = {}): Scenario {
  const { upMs, downMs } = resolve('flappingNetwork', options, {
    upMs: or(5_000, numberIn({ min: 1 })),
    downMs: or(2_000, numberIn({ min: 1 })),
  })
  return {
    name: 'flappingNetwork',
    start({ clock, dropConnections }) {
      let isDown = false
      let stop = clock.setTimer(flip, upMs)
      function flip() {
        isDown = !isDown
        if (isDown) dropConnections()
        stop = clock.setTimer(flip, isDown ? downMs : upMs)
      }
      return {
        http: (call, next) => (isDown ? call.fail() : next()),
        upgrade: (call, next) => (isDown ? call.fail() : next()),
        stop: () => stop(),
      }
    },
  }
}

/** Connections open and stay open, and no frame arrives in either direction. */
const silentServer: Scenario = {
  name: 'silentServer',
  start: ({ silence }) => ({ stop: silence() }),
}

/** A proxy refuses upgrades with an HTTP status: a browser reports only 1006. */
const upgradeRefused: Scenario = {
  name: 'upgradeRefused',
  start: () => ({ upgrade: () => ({ kind: 'rejected', status: 503 }) }),
}

/** The handshake of a connection never ends. */
const upgradeHangs: Scenario = {
  name: 'upgradeHangs',
  start: () => ({ upgrade: (call) => call.hang() }),
}

const RESTART_NOTICE_MS = 5_000

/**
 * `ts:going_away` now to clients with `ticket-socket.v1`. After 5 s those that are still connected are closed with 4512 `restart`, and
 * clients without the protocol with 1012.
 */
const restartWithNotice: Scenario = {
  name: 'restartWithNotice',
  start({ clock, connections }) {
    const leaving = connections()
    for (const connection of leaving) announceRestart(connection, RESTART_NOTICE_MS)
    // Clients that connect meanwhile have reached the server that replaces this one.
    const stop = clock.setTimer(() => {
      for (const connection of leaving) closeForRestart(connection)
    }, RESTART_NOTICE_MS)
    return { stop }
  },
}

/**
 * A plain backend: its tickets have neither handle nor subprotocol, and it does not negotiate `ticket-socket.v1`. It selects the
 * first offered subprotocol that holds no credential.
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

interface ClosesWithOptions {
  code?: number
  reason?: string
  afterMs?: number
}

interface ErrorFrameOptions {
  frame?: Record<string, unknown>
  code?: number
  reason?: string
  /** Between the frame and the close. */
  delayMs?: number
}

const closeCode = numberIn({ min: 1000, max: 4999, integer: true })
const closeText: Check<string> = (name, value) => (value === '' ? value : text(name, value))

/**
 * A plain server that refuses connections as many servers do: it accepts the handshake, sends an error frame, and closes with the
 * given code. It issues tickets, and uses them up.
 */
function refusesWithErrorFrame(options: ErrorFrameOptions = {}): Scenario {
  const { frame, code, reason, delayMs } = resolve('refusesWithErrorFrame', options, {
    frame: or({ type: 'error', message: 'Not authenticated' }, record),
    code: or(CLOSE.policy, closeCode),
    reason: or('', closeText),
    delayMs: or(0, numberIn({ min: 0 })),
  })
  const close = closesWith({ code, reason, afterMs: delayMs })
  return {
    name: 'refusesWithErrorFrame',
    start(controls) {
      const closing = close.start(controls)
      return {
        ...plainServer.start(controls),
        connected(connection) {
          connection.send(frame)
          closing.connected?.(connection)
        },
        stop: () => closing.stop?.(),
      }
    },
  }
}

/** Connections are accepted, and closed `afterMs` later with this code: 4001 and 4003 are common for "unauthorized". */
function closesWith(options: ClosesWithOptions = {}): Scenario {
  const { code, reason, afterMs } = resolve('closesWith', options, {
    code: or(4001, closeCode),
    reason: or('', closeText),
    afterMs: or(0, numberIn({ min: 0 })),
  })
  return {
    name: 'closesWith',
    start({ clock }) {
      const timers = new Set<() => void>()
      return {
        connected(connection) {
          if (afterMs === 0) return connection.close(code, reason)
          const stop = clock.setTimer(() => {
            timers.delete(stop)
            connection.close(code, reason)
          }, afterMs)
          timers.add(stop)
        },
        stop() {
          for (const stop of timers) stop()
        },
      }
    },
  }
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
  ticketEndpointSlow,
  ticketForbidden,
  rateLimited,
  htmlFromProxy,
  ticketEndpointRedirects,
  malformedTicket,
  ticketRefused,
  ticketRefusedTimes,
  ticketExpiredOnArrival,
  jwtExpired,
  jwtExpiredByHttp,
  revokedElsewhere,
  replacedElsewhere,
  storeDown,
  slowStore,
  silentServer,
  offline,
  flappingNetwork,
  upgradeRefused,
  upgradeHangs,
  restartWithNotice,
  plainServer,
  refusesWithErrorFrame,
  closesWith,
} as const
