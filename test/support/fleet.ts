// Many pages on one virtual clock: each the real service and the real socket with randomness of its own, all against one
// backend, which is the real server SDK in memory.

import { createTicketSocket, type Page, UnifiedAuthService } from '../../src/index.ts'
import { createMockBackend } from '../../src/mock/index.ts'
import { jwtFor } from './jwt.ts'
import { seededRandom } from './seeded-random.ts'
import { createVirtualClock } from './virtual-clock.ts'

/** What one page went through, as a simpler rule would hear of it. */
type Moment = 'ticket_failed' | 'ticket_accepted'

const visiblePage: Page = { isOnline: () => true, isHidden: () => false, subscribe: () => () => {} }

/** `size` pages, each of a user of its own with so many sockets, opened within ten seconds and all connected. */
export async function createFleet(size: number, socketsPerPage = 1) {
  const clock = createVirtualClock()
  const ids = Array.from({ length: size }, (_, i) => `user-${i}`)
  const tokens = new Map(ids.map((id) => [id, jwtFor(id)]))
  const users = Object.fromEntries([...tokens].map(([id, token]) => [id, { token }]))
  const backend = createMockBackend({ users, clock, latencyMs: 20 })
  const ticketRequests: { userId: string | undefined; atMs: number }[] = []
  backend.journal.subscribe((entry) => {
    if (entry.kind === 'http' && entry.method === 'POST')
      ticketRequests.push({ userId: entry.userId, atMs: entry.atMs })
  })

  const pages = ids.map((id, i) => {
    const random = seededRandom(1_000 + i)
    const platform = { clock, page: visiblePage, random, fetch: backend.fetch, WebSocket: backend.WebSocket }
    const getToken = () => tokens.get(id) ?? null
    const auth = new UnifiedAuthService({ httpUrl: backend.httpUrl, getToken, ticketAuth: true, platform })
    const makeSocket = () => createTicketSocket({ url: backend.wsUrl, auth, platform })
    const socket = makeSocket()
    const others = Array.from({ length: socketsPerPage - 1 }, makeSocket)
    const seen = { history: [] as Moment[], counts: [] as number[], revertedAt: [] as number[] }
    auth.on('ticketFailed', () => seen.history.push('ticket_failed'))
    auth.on('reverted', () => seen.revertedAt.push(clock.now()))
    auth.store.subscribe((now, before) => {
      if (now.ticketFailures !== before.ticketFailures) seen.counts.push(now.ticketFailures)
    })
    socket.on('open', ({ method }) => method === 'ticket' && seen.history.push('ticket_accepted'))
    return {
      id,
      auth,
      socket,
      others,
      /** For the naive rule. */
      history: seen.history,
      /** Every value that the count of failures took. */
      counts: seen.counts,
      revertedAt: seen.revertedAt,
      requestTimes: () => ticketRequests.filter(({ userId }) => userId === id).map(({ atMs }) => atMs),
    }
  })

  // People do not open their pages in the same millisecond.
  const chance = seededRandom(1)
  for (const { socket, others } of pages) {
    const connect = () => [socket, ...others].forEach((each) => void each.connect())
    clock.setTimer(connect, chance() * 10_000)
  }
  await clock.advance(20_000)

  return {
    clock,
    backend,
    pages,
    ticketRequests: () => ticketRequests.length,
    reverted: () => pages.filter(({ auth }) => auth.store.getState().reverted).length,
    /** How many are open by which method; those that are not open, by their status. */
    tally() {
      const counts: Record<string, number> = {}
      for (const { socket } of pages) {
        const { status, method } = socket.store.getState()
        const name = status === 'open' && method ? method : status
        counts[name] = (counts[name] ?? 0) + 1
      }
      return counts
    },
    /** Every connection breaks, and the pages get `ms` to come back. */
    async drop(ms: number) {
      backend.dropConnections()
      await clock.advance(ms)
    },
  }
}

/** The rule that one would write first, beside ours: three failures in a row, whatever they say about the backend. */
export function revertsByCounting(history: readonly Moment[], bound = 3): boolean {
  let inARow = 0
  for (const moment of history) {
    inARow = moment === 'ticket_failed' ? inARow + 1 : 0
    if (inARow >= bound) return true
  }
  return false
}
