// What a phase keeps alive, listed once: so nothing has to be remembered and cancelled.

import type { Connection, Open } from './connection.ts'

/** Identity is the `key`: a need whose key stays is kept, also across phases. */
export type Need =
  | { key: string; kind: 'timer'; at: number }
  | { key: string; kind: AttemptNeed; id: number }
  /** `takesJwt`: where there is no ticket, a newer JWT extends the session. */
  | { key: string; kind: 'renewal'; id: number; takesJwt: boolean }
  /** `spoken`: by the protocol's ping; else by what the app asks, if anything. */
  | { key: string; kind: 'heartbeat'; id: number; spoken: boolean }
  /** A ticket may be needed from then on. */
  | { key: string; kind: 'spare'; from: number }
  | { key: string; kind: 'signals' }

type AttemptNeed = 'credential' | 'socket'

/** A spare asked for this long before a wait ends arrives in time, and not all at the start of an outage. */
const SPARE_LEAD_MS = 1_000

const timer = (at: number): Need => ({ key: `timer@${at}`, kind: 'timer', at })
const attempt = (kind: AttemptNeed, id: number): Need => ({ key: `${kind}#${id}`, kind, id })
const spare = (from: number): Need => ({ key: `spare@${from}`, kind: 'spare', from })
const renewal = ({ id, takesJwt }: Open): Need => ({ key: `renewal#${id}`, kind: 'renewal', id, takesJwt })
const SIGNALS: Need = { key: 'signals', kind: 'signals' }

function deadlines({ settleAt, leaveAt, renewal }: Open): number[] {
  const renewalAt = renewal.kind === 'later' ? renewal.at : renewal.kind === 'asking' ? renewal.until : null
  return [...new Set([settleAt, leaveAt, renewalAt])].filter((at) => at !== null)
}

export function needs(state: Connection): Need[] {
  switch (state.phase) {
    case 'authenticating':
      return [attempt('credential', state.id), SIGNALS]
    case 'opening':
    case 'confirming':
      return [attempt('socket', state.id), timer(state.until), SIGNALS]
    case 'open':
      return [
        attempt('socket', state.id),
        { key: `heartbeat#${state.id}`, kind: 'heartbeat', id: state.id, spoken: state.spoken },
        ...(state.renewal.kind === 'asking' ? [renewal(state)] : []),
        ...deadlines(state).map(timer),
        spare(0),
        SIGNALS,
      ]
    case 'waiting':
      return [timer(state.until), spare(state.until - SPARE_LEAD_MS), SIGNALS]
    case 'suspended':
      return [SIGNALS]
    case 'idle':
    case 'closed':
    case 'failed':
      return []
    default:
      return state satisfies never
  }
}
