// What a client owes: to leave a server that goes away, to ask a link when the tab is back, to renew a session before it
// ends, and not to kill a link that lives.

import type { Judge, SeenDial } from '../edge.ts'
import type { World } from '../world.ts'

/** Renewal begins a minute before the end, or a quarter of the session, and at half of that at the latest. */
const MAX_LEAD_MS = 60_000
const MIN_RENEWABLE_MS = 10_000
const MIN_GAIN_MS = 1_000
/** A link has so long to answer, and a timer that comes so late is no proof. */
const ANSWER_MS = 10_000
const PUNCTUAL_MS = 1_000
/** A timer, and a way through the network. */
const SLACK_MS = 1_000

interface Session {
  endsAt: number
  /** By then the client has begun to renew it; null: it need not. */
  renewBy: number | null
}

export function judgeDuties({
  edge,
  tab,
  snapshot,
  network,
}: Pick<World, 'edge' | 'tab' | 'snapshot' | 'network'>): Judge {
  const { clock } = edge
  const sessions = new WeakMap<SeenDial, Session>()
  const leaveBy = new Map<SeenDial, number>()
  let askedForTokenAt = 0
  let pingedAt = 0
  /** A signal has just come, and a ping is due in this very turn. */
  let owesPing: { dial: SeenDial; at: number } | null = null

  const open = () => (snapshot().status === 'open' ? edge.dials.find(({ state }) => state === 'open') : undefined)
  const isPunctualFor = (ms: number) => tab.punctualSince <= clock.now() - ms

  function begun(dial: SeenDial, expiresInMs: number) {
    const before = sessions.get(dial)
    const endsAt = clock.now() + expiresInMs
    const isGain = !before || endsAt >= before.endsAt + MIN_GAIN_MS
    const lead = Math.min(MAX_LEAD_MS, expiresInMs / 4)
    const isWorthIt = isGain && expiresInMs >= MIN_RENEWABLE_MS
    sessions.set(dial, { endsAt, renewBy: isWorthIt ? endsAt - lead / 2 : null })
  }

  function renewed(dial: SeenDial) {
    const { renewBy, endsAt } = sessions.get(dial) ?? { renewBy: null, endsAt: 0 }
    if (renewBy === null || clock.now() < renewBy + SLACK_MS || !isPunctualFor(MAX_LEAD_MS + SLACK_MS)) return
    if (askedForTokenAt < renewBy - MAX_LEAD_MS)
      edge.violate('renewal', `nobody renews the session that ends at ${endsAt} ms`)
  }

  function pinged() {
    if (!owesPing) return
    const { dial, at } = owesPing
    owesPing = null
    if (pingedAt >= at) edge.reach('a link asked as the tab came back')
    else if (dial.state === 'open') edge.violate('probe', `dial ${dial.number} was not asked as the tab came back`)
  }

  return {
    tokenAsked() {
      askedForTokenAt = clock.now()
    },
    said(_dial, data) {
      if (String(data).startsWith('{"type":"ts:ping"')) pingedAt = clock.now()
    },
    heard(dial, data) {
      if (!dial.isSpoken || dial.state !== 'open' || typeof data !== 'string') return
      const [, type] = /^\{"type":"ts:(connection_established","session_id|auth_refreshed|going_away)"/.exec(data) ?? []
      if (!type) return
      const { expires_in, deadline_ms } = JSON.parse(data) as Record<string, unknown>
      if (type === 'going_away' && typeof deadline_ms === 'number') {
        if (snapshot().status === 'open') leaveBy.set(dial, clock.now() + deadline_ms)
      } else if (typeof expires_in === 'number') begun(dial, expires_in * 1_000)
      if (type === 'auth_refreshed') edge.reach('a session renewed in band')
    },
    left(dial) {
      if (leaveBy.has(dial)) edge.reach('a server left that goes away')
      leaveBy.delete(dial)
    },
    closed: (dial) => void leaveBy.delete(dial),
    signalled(signal) {
      if (signal === 'hidden' || signal === 'offline') return
      const dial = open()
      // One that has not been answered is question enough.
      if (dial?.isSpoken && pingedAt < dial.heardAt) owesPing = { dial, at: clock.now() }
    },
    event(of, name, payload) {
      if (of !== 'socket' || name !== 'lost') return
      const { code } = (payload as { error: { code: string } }).error
      if (code !== 'heartbeat_lost') return
      edge.reach('a dead link found')
      const dial = edge.dials.at(-1)
      // Given up by the client, not by the server.
      const isWell =
        dial?.state === 'left' && network.wireOf(dial)?.isWhole && edge.unrest === 0 && edge.calmSince <= dial.heardAt
      // Frozen from the question to the moment in which the answer was due: nobody can tell that from silence.
      const isCoincidence = tab.wokenAt === clock.now() && clock.now() - pingedAt <= ANSWER_MS + PUNCTUAL_MS
      if (isWell && !isCoincidence)
        edge.violate('heartbeat', `dial ${dial.number} was given up, and nothing was wrong with it`)
    },
    quiet() {
      pinged()
      const dial = open()
      if (dial) renewed(dial)
      for (const [leaving, by] of leaveBy) {
        if (clock.now() > by + SLACK_MS && isPunctualFor(clock.now() - by + 12_000) && leaving.state === 'open')
          edge.violate('going_away', `dial ${leaving.number} stays with a server that goes away`)
      }
    },
  }
}
