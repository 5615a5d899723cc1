// A single-use ticket leaves the client once, alive, and is taken once.

import { handleOf } from '../../../src/server/ticket-value.ts'
import type { Judge } from '../edge.ts'
import type { World } from '../world.ts'

export function judgeTickets({ edge, tab }: Pick<World, 'edge' | 'tab'>): Judge {
  const sent = new Set<string>()
  const consumed = new Set<string>()

  const lives = new Map<string, { ttlMs: number; at: number; wallAt: number }>()

  function leaves(ticket: string) {
    const life = lives.get(ticket)
    if (!life) return edge.violate('own tickets', 'a ticket was sent that the client was never given')
    // By whichever clock has gone further since the request for it.
    const age = Math.max(tab.clock.now() - life.at, tab.clock.wallNow() - life.wallAt)
    if (age >= life.ttlMs) edge.violate('alive', `a ticket of ${life.ttlMs} ms was sent ${age} ms after its request`)
    if (sent.has(ticket)) edge.violate('once', 'a ticket was sent twice')
    sent.add(ticket)
  }

  return {
    answered({ isPurchase, tabAt: at, tabWallAt: wallAt }, answer) {
      if (!isPurchase || answer?.status !== 200 || !answer.text.startsWith('{"ticket_id"')) return
      const { ticket_id, ttl_seconds } = JSON.parse(answer.text) as { ticket_id: string; ttl_seconds: number }
      lives.set(ticket_id, { ttlMs: ttl_seconds * 1_000, at, wallAt })
    },
    dialled({ ticket }) {
      if (ticket !== null) leaves(ticket)
    },
    said(_dial, data) {
      const [, ticket] = /^\{"type":"ts:auth_refresh","ticket":"([^"]+)"/.exec(String(data)) ?? []
      if (!ticket) return
      leaves(ticket)
      edge.reach('a renewal sent')
    },
    consumed(handle, found) {
      if (!found) return edge.reach('a ticket refused')
      if (consumed.has(handle)) edge.violate('once', 'a ticket was taken twice')
      consumed.add(handle)
    },
    over() {
      const handles = new Set([...sent].map(handleOf))
      for (const handle of consumed) {
        if (!handles.has(handle)) edge.violate('once', 'a ticket was taken that the client has not sent')
      }
    },
  }
}
