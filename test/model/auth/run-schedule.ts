// Performs a schedule, step by step, and says which rules were broken.

import { ticketHandle, USERS } from '../../support/canaries.ts'
import type { Schedule } from './schedule.ts'
import type { Attack, Step } from './steps.ts'
import { createWorld, type Violation, type World } from './world.ts'

/** Runs to its end in one go; call it outside of microtasks. */
export function runSchedule(
  schedule: Schedule,
  reach: (what: string) => void,
  trace?: (line: string) => void,
): Violation[] {
  let isOver = false
  const world = createWorld(
    schedule,
    (what) => {
      if (!isOver) reach(what)
    },
    trace,
  )
  const { clock, tell } = world
  const leases: (() => void)[] = []
  const before = Error.stackTraceLimit
  // Errors are made by the thousand, and their stacks read by nobody.
  Error.stackTraceLimit = 0
  try {
    for (const step of schedule.steps) {
      clock.advance(1)
      perform(world, step, leases)
      clock.settle()
      tell((judge) => judge.quiet?.())
      // The first broken rule tells the most; what follows from it only blurs it.
      if (world.violations.length > 0) return world.violations
    }
    isOver = true
    finish(world, leases)
  } finally {
    Error.stackTraceLimit = before
  }
  return world.violations
}

function perform(world: World, step: Step, leases: (() => void)[]) {
  const { edge, auth, app, network, clock } = world
  switch (step.do) {
    case 'acquire':
      for (let i = 0; i < step.many; i++) {
        const { controller } = world.acquire(step)
        if (step.abortAfterMs === 0) controller.abort()
        else if (step.abortAfterMs !== null) clock.after(step.abortAfterMs, () => controller.abort())
      }
      return
    case 'take':
      for (let i = 0; i < step.many; i++) world.take(step.always)
      return
    case 'report': {
      const open = edge.grants.filter(({ state }) => state !== 'ended')
      const grant = open.at(-1 - step.which) ?? open.at(-1) ?? edge.grants.at(-1)
      if (grant) world.report(grant, step.outcome)
      return
    }
    case 'lease':
      edge.leases++
      for (const call of edge.calls) if (!call.end) call.isLeaseFree = false
      return void leases.push(auth.keepPrefetched())
    case 'end lease':
      if (leases.length > 0) edge.leases--
      return leases.shift()?.()
    case 'clear':
      edge.dropTurn = clock.turn()
      return auth.clearTicketCache()
    case 'reset':
      world.tell((judge) => judge.failuresReset?.())
      return auth.resetTicketFailures()
    case 'sign-out':
      if (step.forgets) app.signOut()
      return world.changeSession('sign-out')
    case 'sign-in':
      app.signIn(step.user)
      if (step.announced) world.changeSession('sign-in')
      return
    case 'rotate':
      return app.rotate()
    case 'expire': {
      const jwt = app.jwt()
      if (jwt) network.expire(jwt.value)
      return
    }
    case 'getToken':
      app.behave.getToken = step
      return
    case 'refreshToken':
      app.behave.refreshToken = step
      return
    case 'flag':
      app.behave.flag = step
      return
    case 'backend':
      return network.script(step.answer, step.times)
    case 'page':
      return world.signal(step.signal)
    case 'sleep':
      if (!step.standsStill) edge.sleptMs += step.ms
      return clock.sleep(step.ms, step.standsStill)
    case 'wall':
      return clock.moveWall(step.ms)
    case 'throttle':
      edge.worstThrottleMs = Math.max(edge.worstThrottleMs, step.ms)
      return clock.throttle(step.ms)
    case 'wait':
      return clock.advance(step.ms)
    case 'ask':
      return ask(world, step.what)
    case 'ambush':
      return world.ambush({ at: step.at, hops: step.hops, attack: () => strike(world, step.attack) })
  }
}

/** What an app may do at any moment, also between two microtasks. */
function strike(world: World, attack: Attack) {
  const { edge, app } = world
  const user = USERS.find((other) => other !== app.jwt()?.user) ?? 'bob'
  switch (attack) {
    case 'sign-out':
      app.signOut()
      return world.changeSession('sign-out')
    case 'sign-in':
      app.signIn(user)
      return world.changeSession('sign-in')
    case 'switch':
      app.signIn(user)
      return void world.acquire()
    case 'clear':
      edge.dropTurn = world.clock.turn()
      return world.auth.clearTicketCache()
    case 'abort':
      for (const { controller } of edge.calls) controller.abort()
      return
    case 'reset':
      world.tell((judge) => judge.failuresReset?.())
      return world.auth.resetTicketFailures()
    case 'acquire':
      return void world.acquire()
  }
}

function ask({ auth, edge, clock, initialize }: World, what: (Step & { do: 'ask' })['what']) {
  const failed = (error: unknown) => {
    if (!(error instanceof Error) || error.name !== 'TicketSocketError')
      edge.violate('settling', `${what} threw ${error}`)
  }
  const { sessionChanges } = edge
  const dropped = () => {
    if (sessionChanges === edge.sessionChanges) edge.dropTurn = clock.turn()
  }
  /** By its handle; a number of the service's own says nothing outside. */
  const prefetchedOrNone = () => {
    const handle = auth.store.getState().prefetched?.handle ?? ''
    return handle.startsWith('handle-') ? handle : ticketHandle(0)
  }
  const questions = {
    initialize,
    handleAuthError: () => auth.handleAuthError(),
    validateAndRefreshToken: () => auth.validateAndRefreshToken(),
    validate: () => auth.validateTicket(prefetchedOrNone()),
    revoke() {
      const handle = prefetchedOrNone()
      edge.revokedByApp.set(handle, false)
      return auth.revokeTicket(handle)
    },
    revokeAll: () => auth.revokeAllTickets().then(dropped),
    status: () => auth.getTicketSystemStatus(),
    config: () => auth.getWebSocketAuthConfig().refreshToken(),
  }
  edge.questions++
  questions[what]()
    .catch(failed)
    .finally(() => edge.questions--)
}

/** Everything ends, the backend is well, and a new user must get a ticket; then nothing may be left. */
function finish(world: World, leases: (() => void)[]) {
  const { clock, edge, app, network, auth, tell } = world
  const { setting } = edge
  clock.throttle(0)
  world.ambush(null)
  for (const end of leases) end()
  edge.leases = 0
  edge.page.isOnline = true
  edge.page.isHidden = false
  app.recover()
  network.script({ kind: 'ticket', latencyMs: 1, status: 200, body: 'problem', retryAfter: null }, 1)
  clock.advance(300_000)
  tell((judge) => judge.quiet?.())

  app.signIn('carol')
  world.changeSession('sign-in')
  const { length } = edge.grants
  world.acquire()
  clock.advance(1_000)
  const isByTicket = setting.chain.includes('ticket') && setting.ticketAuth !== 'false'
  const method = edge.grants[length]?.method
  if (method !== (isByTicket ? 'ticket' : setting.chain.includes('jwt') ? 'jwt' : undefined)) {
    edge.violate('heals', `all is well again, and the next connection goes by ${method}`)
  }
  for (const grant of edge.grants) if (grant.state === 'new') world.report(grant, 'unused')
  tell((judge) => judge.quiet?.())

  auth.dispose()
  clock.advance(2_001)
  if (world.listeners() > 0) edge.violate('over', 'the page is still listened to')
  tell((judge) => judge.over?.())
}
