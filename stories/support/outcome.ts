// What becomes of a connection, by what the toolbar says. A test holds each line to the world.

import type { Toolbar } from './toolbar.ts'

export type Outcome =
  /** Open by this method. */
  { status: 'Open'; method: 'Ticket' | 'JWT' } | { status: 'Offline' | 'Gave up' | 'Reconnecting' }

type Effect =
  /** It connects as without the scenario. */
  | 'connects'
  /** No ticket is to be had, or none is accepted. */
  | 'goes by JWT'
  /** No attempt succeeds, or each connection is closed at once. */
  | 'does not connect'
  /** It comes and goes, or is given up after some attempts. */
  | 'varies'

const EFFECTS: Readonly<Record<string, Effect>> = {
  none: 'connects',
  ticketEndpointDown: 'goes by JWT',
  ticketEndpointMissing: 'goes by JWT',
  ticketEndpointHangs: 'goes by JWT',
  ticketEndpointSlow: 'goes by JWT',
  ticketForbidden: 'goes by JWT',
  rateLimited: 'goes by JWT',
  htmlFromProxy: 'goes by JWT',
  ticketEndpointRedirects: 'goes by JWT',
  malformedTicket: 'goes by JWT',
  ticketRefused: 'goes by JWT',
  // Twice, as in the toolbar.
  ticketRefusedTimes: 'goes by JWT',
  ticketExpiredOnArrival: 'connects',
  // The refused JWT is a moment old. A newer one is asked for after one second, and an attempt waits no longer for a ticket.
  jwtExpired: 'goes by JWT',
  jwtExpiredByHttp: 'goes by JWT',
  revokedElsewhere: 'goes by JWT',
  replacedElsewhere: 'connects',
  storeDown: 'does not connect',
  slowStore: 'connects',
  silentServer: 'does not connect',
  offline: 'does not connect',
  flappingNetwork: 'varies',
  upgradeRefused: 'does not connect',
  upgradeHangs: 'does not connect',
  restartWithNotice: 'connects',
  plainServer: 'connects',
  refusesWithErrorFrame: 'varies',
  closesWith: 'does not connect',
}

/** Null: it depends on the moment. */
export function outcomeOf({ ticketAuth, user, network, scenario }: Toolbar): Outcome | null {
  const effect = EFFECTS[scenario] ?? 'varies'
  if (network === 'offline') return { status: 'Offline' }
  if (network === 'flapping' || effect === 'varies') return null
  if (user === 'nobody') return scenario === 'none' ? { status: 'Gave up' } : null
  if (effect === 'does not connect') return { status: 'Reconnecting' }
  return { status: 'Open', method: ticketAuth === 'on' && effect === 'connects' ? 'Ticket' : 'JWT' }
}
