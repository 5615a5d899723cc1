// The waits between attempts: they grow while attempts are lost in a row, and what opens and closes at once is no success.

import type { Judge } from '../edge.ts'
import type { World } from '../world.ts'

const BASE_MS = 2_000
const CAP_MS = 10_000
const SPREAD_MS = 5_000
/** So many losses in a row, and it is one probe every 15 to 30 s. */
const BREAKER_STREAK = 20
const BREAKER_MS = 30_000
/** Open for so long, a connection counts as good. */
const SETTLED_MS = 5_000
/** A ticket that had lain here, a new one, and the JWT: each refusal but the last is followed by another credential at once. */
const MOST_AT_ONCE = 3
/** Nothing was wrong, or somebody wanted it so. */
const WITHOUT_WAIT = new Set(['going_away', 'session_expired', 'signed_out'])

export function judgePatience({ edge, tab, snapshot }: Pick<World, 'edge' | 'tab' | 'snapshot'>): Judge {
  let losses = 0
  let openedAt: number | null = null
  let openedWorldAt = 0
  let isReplaced = false
  let atOnce = 0

  /** Of one attempt the next credential is offered. Offline it waits for the network. */
  function isNextCredential(code: string, retryInMs: number | null, hintMs: number): boolean {
    if (code !== 'ticket_rejected' || !edge.setting.chain.includes('jwt') || atOnce === MOST_AT_ONCE) return false
    atOnce++
    edge.reach(atOnce > 1 ? 'two refusals without a wait' : 'a refusal without a wait')
    if (retryInMs !== null && retryInMs > hintMs)
      edge.violate('patience', `waits ${retryInMs} ms for another credential`)
    return true
  }

  return {
    sessionChanged() {
      losses = atOnce = 0
    },
    acting(act) {
      if (act === 'connect' || act === 'reconnect') {
        const { status } = snapshot()
        if (status === 'failed' || status === 'closed') losses = atOnce = 0
        // A connect() before `lost` takes nothing back.
        isReplaced ||= act === 'reconnect'
      }
    },
    dialled() {
      isReplaced = false
    },
    event(of, name, payload) {
      if (of !== 'socket') return
      if (name === 'open') {
        openedAt = tab.clock.now()
        openedWorldAt = edge.clock.now()
      }
      if (name === 'closed' || name === 'failed') {
        losses = atOnce = 0
        openedAt = null
      }
      if (name !== 'lost') return
      const { error, retryInMs } = payload as { error: { code: string }; retryInMs: number | null }
      const hasSettled =
        openedAt !== null && tab.clock.now() >= openedAt + SETTLED_MS && tab.punctualSince <= openedWorldAt
      if (openedAt !== null && tab.clock.now() >= openedAt + SETTLED_MS) losses = atOnce = 0
      const dial = edge.dials.at(-1)
      // A plain server that opens has said nothing yet; one that has accepted a ticket ends the session.
      const wasAccepted = openedAt !== null && (dial?.isSpoken || dial?.isConfirmed || hasSettled)
      openedAt = null
      if (isReplaced || error.code === 'signed_out') return
      // Clients that were told the same moment spread over a fifth of the wait.
      const hintMs = 1.2 * Math.max(0, edge.dialNotBefore - edge.clock.now(), edge.askNotBefore - edge.clock.now())
      if (!wasAccepted && isNextCredential(error.code, retryInMs, hintMs)) return
      atOnce = 0
      if (retryInMs === null) {
        // The page says that it is offline: further attempts say nothing about the server.
        losses = Math.max(losses, 1)
        return
      }
      losses++
      if (losses > 3) edge.reach('four attempts lost in a row')
      const most = Math.max(snapshot().failedAttempts >= BREAKER_STREAK ? BREAKER_MS : CAP_MS, hintMs)
      if (!(retryInMs >= 0 && retryInMs <= most))
        edge.violate('patience', `waits ${retryInMs} ms, and ${most} are the most`)
      // After a connection that has settled, it begins anew.
      const first = Math.max(SPREAD_MS, hintMs)
      if (losses === 1 && hasSettled && retryInMs > first)
        edge.violate('patience', `waits ${retryInMs} ms after a connection that was good, and ${first} are the most`)
      const limit = Math.min(CAP_MS, BASE_MS * 2 ** (losses - 1))
      const isFull = edge.setting.jitter === 'most' && !WITHOUT_WAIT.has(error.code)
      if (isFull && retryInMs < 0.98 * limit)
        edge.violate('patience', `waits ${retryInMs} ms after ${losses} losses, and the limit is ${limit}`)
    },
    quiet() {
      const { failedAttempts, status } = snapshot()
      if (failedAttempts >= BREAKER_STREAK && status === 'reconnecting') edge.reach('a breaker wait')
      if (status === 'offline') edge.reach('suspended while offline')
    },
  }
}
