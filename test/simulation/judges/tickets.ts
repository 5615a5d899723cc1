// A single-use ticket leaves the client once, alive, and is taken once.

import { handleOf } from '../../../src/server/ticket-value.ts'
import type { Judge } from '../edge.ts'
import type { World } from '../world.ts'

export function judgeTickets({ edge }: Pick<World, 'edge'>): Judge {
  const sent = new Set<string>()
  const consumed = new Set<string>()

  function leaves(ticket: string) {
    if (sent.has(ticket)) edge.violate('once', 'a ticket was sent twice')
    sent.add(ticket)
  }

  return {
    dialled({ ticket }) {
      if (ticket !== null) leaves(ticket)
    },
    said(_dial, data) {
      const [, ticket] = /^\{"type":"auth_refresh","ticket":"([^"]+)"/.exec(String(data)) ?? []
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
