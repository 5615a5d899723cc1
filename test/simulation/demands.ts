// Liveness: when nothing is wrong any more, the connection is open within a bound that depends on what it was doing, and
// messages go both ways. And in the end: when all is closed, nothing is left.

import type { World } from './world.ts'

/** A token callback, or the flag, may hang for so long before the client gives up. */
const CALLBACK_MS = 10_000
/** Over all requests for one ticket. */
const BUDGET_MS = 15_000
/** A ticket comes within a second, whatever way it takes there and back. */
const QUICK_MS = 300
/** For a socket to open, and again for the server's first frame. */
const OPENING_MS = 2 * 10_000
/** The longest wait between two attempts. */
const WAIT_MS = 30_000
/** A link that died without a word is found: by the client, or, where only its own words get lost, by the server. */
const DEAD_LINK_MS = 80_000

export function demandLife(world: World) {
  const { app, socket, clock, act, edge, network } = world
  // What waited for the tab to wake comes first.
  clock.advance(1)
  world.ambush(null)
  // A log-out everywhere that is still on its way would end what is about to begin.
  while (edge.requests.some(({ isOpen, url }) => isOpen && url.endsWith('/tickets'))) clock.advance(250)
  // No heartbeat is spoken there: whoever finds a dead connection is the system.
  for (const wire of network.liveWires()) if (!network.dialOf(wire)?.isSpoken && !wire.isWhole) wire.expire()
  const { status } = world.snapshot()
  if (app.user() && world.isUserKnown() && !edge.isDeceived) app.rotate()
  else world.signIn(app.user() ?? 'alice', true)
  if (isOver(status)) act('connect', () => socket.connect())
  const bound = boundMs(world, status)
  demandOpen(world, bound, `after ${status}`)
  edge.reach(`healed after ${status}`)

  // Half-open links pass for open until they are found; the others have to stay.
  const isWhole = network.liveWires().every((wire) => wire.isWhole)
  clock.advance(isWhole ? WAIT_MS : DEAD_LINK_MS + WAIT_MS)
  demandOpen(world, WAIT_MS, `a while after ${status}`)
  demandAnswer(world)

  // A user who was never here before: nothing of what has been counts any more.
  world.signIn('carol', true)
  demandOpen(world, 3_000, 'for another user')
  // Over a slow network the JWT is quicker: then the ticket is there for the next connection.
  if (edge.setting.latencyMs > QUICK_MS && world.snapshot().method === 'jwt') {
    clock.advance(20 * edge.setting.latencyMs)
    act('reconnect', () => socket.reconnect())
    demandOpen(world, 3_000, 'by the prefetched ticket')
  }
  const { method } = world.snapshot()
  if (method !== 'ticket') edge.violate('heals', `all is well, and another user is connected by ${method}`)
  demandAnswer(world)
}

const isOver = (status: string) => status === 'idle' || status === 'closed' || status === 'failed'

function boundMs({ app }: World, status: string): number {
  // What hangs is given up in time; what then failed is tried again.
  const hangingMs = app.isHanging() ? 2 * CALLBACK_MS + WAIT_MS : 0
  if (isOver(status) || status === 'offline') return hangingMs + 3_000
  if (status === 'open') return 3_000
  return 2 * CALLBACK_MS + BUDGET_MS + OPENING_MS + WAIT_MS
}

function demandOpen(world: World, withinMs: number, when: string) {
  const { edge, clock, snapshot, act, socket, app, violations } = world
  const travelMs = 20 * edge.setting.latencyMs + 0.2 * edge.longestHintMs
  let begun = clock.now()
  let isHelped = false
  for (;;) {
    clock.settle()
    const { status, error } = snapshot()
    if (status === 'open' || violations.length > 0) return
    const lateMs = clock.now() - Math.max(begun, edge.dialNotBefore, edge.askNotBefore) - travelMs - withinMs
    // What was told before all was well may have ended it. Once, the user does what an app would ask for.
    if (isOver(status) && !isHelped) {
      isHelped = true
      begun = clock.now()
      world.signIn(app.user() ?? 'alice', true)
      act('connect', () => socket.connect())
    } else if (lateMs > 0) {
      const words = `all is well, and the status is ${status} (${error?.code}), ${when}, ${withinMs} ms later`
      return edge.violate('heals', words)
    } else clock.advance(250)
  }
}

/** A message may meet a session that ends just then; two in a row do not. */
function demandAnswer(world: World) {
  const { edge, clock, violations, snapshot } = world
  // With a rate limit what waits comes first.
  clock.advance(snapshot().queued * 600)
  for (let i = 0; i < 2 && violations.length === 0; i++) {
    world.send('normal', 5)
    clock.advance(1_000 + 8 * edge.setting.latencyMs)
    if (edge.messages.at(-1)?.arrivals === 1) return
    demandOpen(world, 3_000, 'after a message was lost')
  }
  if (violations.length === 0) edge.violate('heals', 'all is well, and messages do not arrive')
}

export function demandNothing(world: World) {
  const { edge, socket, auth, clock, tab, act, tell, backend } = world
  act('close', () => socket.close())
  clock.advance(2_001)
  if (clock.pending() > 0) edge.violate('over', `${clock.pending()} timers are left after close()`)
  if (tab.listeners() > 1) edge.violate('over', 'the page is still listened to after close()')
  act('dispose', () => socket.dispose())
  auth.dispose()
  clock.advance(70_000)
  if (clock.pending() > 0) edge.violate('over', `${clock.pending()} timers are left in the end`)
  if (tab.listeners() > 0) edge.violate('over', 'the page is still listened to in the end')
  for (const { isOpen, method, number } of edge.requests) {
    if (isOpen) edge.violate('over', `${method} (${number}) is still open`)
  }
  for (const { state, number } of edge.dials) if (state !== 'closed') edge.violate('over', `dial ${number} is ${state}`)
  tell((judge) => judge.over?.())
  backend.dispose()
}
