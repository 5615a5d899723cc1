// How a connection ends up under each setting of the toolbar. A test compares each line with the world.

import type { Toolbar } from './toolbar.ts'

export type Outcome =
  /** Open with this method. */
  { status: 'Open'; method: 'Ticket' | 'JWT' } | { status: 'Offline' | 'Gave up' | 'Reconnecting' }

type Effect =
  /** It connects as without the scenario. */
  | 'connects'
  /** No ticket is available, or none is accepted. */
  | 'connects with the JWT'
  /** No attempt succeeds, or each connection is closed at once. */
  | 'does not connect'
  /** It comes and goes, or is given up after some attempts. */
  | 'varies'

const EFFECTS: Readonly<Record<string, Effect>> = {
  none: 'connects',
  ticketEndpointDown: 'connects with the JWT',
  ticketEndpointMissing: 'connects with the JWT',
  ticketEndpointHangs: 'connects with the JWT',
  ticketEndpointSlow: 'connects with the JWT',
  ticketForbidden: 'connects with the JWT',
  rateLimited: 'connects with the JWT',
  htmlFromProxy: 'connects with the JWT',
  ticketEndpointRedirects: 'connects with the JWT',
  malformedTicket: 'connects with the JWT',
  ticketRefused: 'connects with the JWT',
  // Twice, as in the toolbar.
  ticketRefusedTimes: 'connects with the JWT',
  ticketExpiredOnArrival: 'connects',
  // The refused JWT is a moment old. The client asks for a newer one after one second, and an attempt waits no longer for a ticket.
  jwtExpired: 'connects with the JWT',
  jwtExpiredByHttp: 'connects with the JWT',
  revokedElsewhere: 'connects with the JWT',
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

/** Null: it varies over time. */
export function outcomeOf({ ticketAuth, user, network, scenario }: Toolbar): Outcome | null {
  const effect = EFFECTS[scenario] ?? 'varies'
  if (network === 'offline') return { status: 'Offline' }
  if (network === 'flapping' || effect === 'varies') return null
  if (user === 'nobody') return scenario === 'none' ? { status: 'Gave up' } : null
  if (effect === 'does not connect') return { status: 'Reconnecting' }
  return { status: 'Open', method: ticketAuth === 'on' && effect === 'connects' ? 'Ticket' : 'JWT' }
}
