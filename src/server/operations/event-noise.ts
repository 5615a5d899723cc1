import type { ServerEvent } from '../server-events.ts'

/** Events that anybody can cause without a credential, as fast as requests arrive. */
export type Noise = 'not_found' | 'preflight' | 'origin' | 'malformed' | 'too_many'

/** A request without a sensible target or method is answered before its address is counted. */
const NOISE_OF_STATUS: ReadonlyMap<number, Noise> = new Map([
  [400, 'malformed'],
  [404, 'not_found'],
  [405, 'malformed'],
  [429, 'too_many'],
])

/** The noise that this event belongs to; `null` for one that is always written. */
export function noiseOf(event: ServerEvent): Noise | null {
  switch (event.kind) {
    case 'request_answered':
      if (event.refusedOrigin !== null) return 'origin'
      if (event.method === 'OPTIONS') return 'preflight'
      return NOISE_OF_STATUS.get(event.status) ?? null
    case 'upgrade_refused':
      if (event.reason === 'bad_request') return 'malformed'
      return event.reason === 'origin' || event.reason === 'too_many' ? event.reason : null
    case 'ticket_refused':
    case 'jwt_refused':
      return event.reason === 'malformed' ? 'malformed' : null
    default:
      return null
  }
}
