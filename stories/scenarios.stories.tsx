// One story for each behaviour of the mock backend, and what a person sees of it. Tickets are on, except in stories about
// the JWT.

import type { Meta, StoryObj } from '@storybook/react-vite'
import { expect } from 'storybook/test'
import { scenarios } from 'ticket-socket/mock'
import { inOwnWorld } from './support/in-own-world.ts'
import type { World } from './support/world.ts'
import { Beside, inspectorIn, TICKETS_ON, withWorld, worldOf } from './support/world-story.tsx'

const meta = {
  title: 'Scenarios',
  component: Beside,
  ...withWorld,
  render: (_args, { loaded, name }) => <Beside world={worldOf(loaded)} title={name} />,
} satisfies Meta<typeof Beside>

export default meta
type Story = StoryObj<typeof meta>

/** Scenarios that run from the beginning. Play functions start the later ones. */
const from = (scenario: keyof typeof scenarios) => ({ ...TICKETS_ON, scenario })

/** The requests of the first attempt, without those of a later prefetch. */
function requestsBeforeTheFirstUpgrade({ backend }: World) {
  const upgradeAt = backend.journal.of('upgrade')[0]?.atMs ?? Number.POSITIVE_INFINITY
  return backend.journal.of('http').filter(({ method, atMs }) => method === 'POST' && atMs <= upgradeAt)
}

/** Nothing is wrong: a ticket opens the connection, and another one is prefetched for the next connection. */
export const Healthy: Story = {
  globals: TICKETS_ON,
  play: inOwnWorld(async ({ canvasElement, loaded }) => {
    const inspector = inspectorIn(canvasElement)
    await inspector.isOpenBy('Ticket')
    await inspector.soon(() => expect(inspector.getByText('expires in')).toBeVisible())
    await inspector.showsFailures(0)
    await expect(worldOf(loaded).ticketRequests()).toBe(2)
  }),
}

/** The ticket endpoint is down while everything else works: after three connections with the JWT, tickets are given up. */
export const TicketEndpointDown: Story = {
  globals: from('ticketEndpointDown'),
  play: inOwnWorld(async ({ canvasElement, loaded, step }) => {
    const { backend, socket, ticketRequests } = worldOf(loaded)
    const inspector = inspectorIn(canvasElement)
    await step('each accepted connection with the JWT counts one failure of tickets', async () => {
      await inspector.showsFailures(1)
      await inspector.isOpenBy('JWT')
      for (const count of [2, 3]) {
        socket.reconnect()
        await inspector.showsFailures(count)
      }
    })
    await step('the inspector says that tickets are given up', async () => {
      await inspector.soon(() => expect(inspector.getByText('None: tickets are given up.')).toBeVisible())
      await inspector.shows('Reverted to JWT')
      await expect(inspector.getByRole('button', { name: 'Try tickets again' })).toBeVisible()
    })
    await step('no ticket is asked for any more', async () => {
      const before = { requests: ticketRequests(), upgrades: backend.journal.count('upgrade') }
      socket.reconnect()
      await inspector.soon(() => expect(backend.journal.count('upgrade')).toBe(before.upgrades + 1))
      await inspector.isOpenBy('JWT')
      await expect(ticketRequests()).toBe(before.requests)
    })
  }),
}

/** A backend that has no tickets: it reverts at once, without counting to three. */
export const TicketEndpointMissing: Story = {
  globals: from('ticketEndpointMissing'),
  play: inOwnWorld(async ({ canvasElement, loaded }) => {
    const inspector = inspectorIn(canvasElement)
    await inspector.isOpenBy('JWT')
    await inspector.shows('Reverted to JWT')
    await inspector.shows(/answered 404/)
    await expect(worldOf(loaded).ticketRequests()).toBe(1)
  }),
}

/** The ticket endpoint never answers: after a second this attempt connects with the JWT. */
export const TicketEndpointHangs: Story = {
  globals: from('ticketEndpointHangs'),
  play: inOwnWorld(async ({ canvasElement }) => {
    const inspector = inspectorIn(canvasElement)
    await inspector.showsStatus('Connecting')
    await inspector.isOpenBy('JWT')
    await inspector.shows('This attempt connects with the JWT')
  }),
}

/** The ticket endpoint is slow: the connection waits for it, for a second at most. */
export const TicketEndpointSlow: Story = {
  globals: TICKETS_ON,
  beforeEach: ({ loaded }) => void worldOf(loaded).use(scenarios.ticketEndpointSlow({ delayMs: 600 })),
  play: inOwnWorld(async ({ canvasElement }) => {
    const inspector = inspectorIn(canvasElement)
    await inspector.showsStatus('Connecting')
    await inspector.isOpenBy('Ticket')
  }),
}

/** 403: this user may have no ticket. The attempt connects with the JWT at once, without a retry. */
export const TicketForbidden: Story = {
  globals: from('ticketForbidden'),
  play: inOwnWorld(async ({ canvasElement, loaded }) => {
    const inspector = inspectorIn(canvasElement)
    await inspector.isOpenBy('JWT')
    await inspector.shows(/answered 403/)
    await inspector.showsFailures(1)
    await expect(requestsBeforeTheFirstUpgrade(worldOf(loaded))).toHaveLength(1)
  }),
}

/** 429: the attempt connects with the JWT at once, no ticket is requested before the wait is over, and nothing counts. */
export const RateLimited: Story = {
  globals: TICKETS_ON,
  beforeEach: ({ loaded }) => void worldOf(loaded).use(scenarios.rateLimited({ retryAfterSeconds: 1 })),
  play: inOwnWorld(async ({ canvasElement, loaded }) => {
    const inspector = inspectorIn(canvasElement)
    await inspector.isOpenBy('JWT')
    await inspector.shows(/answered 429/)
    await inspector.showsFailures(0)
    await expect(requestsBeforeTheFirstUpgrade(worldOf(loaded))).toHaveLength(1)
  }),
}

/** A captive portal answers with its own page, which holds no ticket. */
export const HtmlFromProxy: Story = {
  globals: from('htmlFromProxy'),
  play: inOwnWorld(async ({ canvasElement }) => {
    const inspector = inspectorIn(canvasElement)
    await inspector.isOpenBy('JWT')
    await inspector.shows('No ticket available')
    await inspector.showsFailures(1)
  }),
}

/** An SSO proxy answers with a redirect: the client does not follow it, and does not request it a second time. */
export const TicketEndpointRedirects: Story = {
  globals: from('ticketEndpointRedirects'),
  play: inOwnWorld(async ({ canvasElement, loaded }) => {
    const inspector = inspectorIn(canvasElement)
    await inspector.isOpenBy('JWT')
    await inspector.shows(/redirected/)
    await inspector.showsFailures(1)
    await expect(requestsBeforeTheFirstUpgrade(worldOf(loaded))).toHaveLength(1)
  }),
}

/** JSON without a ticket is refused as well. */
export const MalformedTicket: Story = {
  globals: from('malformedTicket'),
  play: inOwnWorld(async ({ canvasElement }) => {
    const inspector = inspectorIn(canvasElement)
    await inspector.isOpenBy('JWT')
    await inspector.shows('No ticket available')
    await inspector.showsFailures(1)
  }),
}

/** Every ticket is refused with 4401: two fresh ones at once, then the JWT connects. That is one failure. */
export const TicketRefused: Story = {
  globals: from('ticketRefused'),
  play: inOwnWorld(async ({ canvasElement, userEvent }) => {
    const inspector = inspectorIn(canvasElement)
    await inspector.isOpenBy('JWT')
    await inspector.showsFailures(1)
    await userEvent.click(inspector.getByRole('tab', { name: 'Tickets' }))
    await inspector.soon(() => expect(inspector.getAllByText('refused')).toHaveLength(2))
  }),
}

/** One ticket is refused; the next one opens the connection, and the count returns to zero. */
export const TicketRefusedTimes: Story = {
  globals: TICKETS_ON,
  beforeEach: ({ loaded }) => void worldOf(loaded).use(scenarios.ticketRefusedTimes(1)),
  play: inOwnWorld(async ({ canvasElement, userEvent }) => {
    const inspector = inspectorIn(canvasElement)
    await inspector.isOpenBy('Ticket')
    await inspector.showsFailures(0)
    await userEvent.click(inspector.getByRole('tab', { name: 'Tickets' }))
    await inspector.soon(() => expect(inspector.getByText('refused')).toBeVisible())
    await expect(inspector.getByText('opened')).toBeVisible()
  }),
}

/** An expired ticket is refused; the fresh one after it is accepted. */
export const TicketExpiredOnArrival: Story = {
  globals: from('ticketExpiredOnArrival'),
  play: inOwnWorld(async ({ canvasElement }) => {
    const inspector = inspectorIn(canvasElement)
    await inspector.isOpenBy('Ticket')
    await inspector.shows(/refused the ticket \(4401\)/)
    await inspector.showsFailures(0)
  }),
}

/** The JWT has expired: it is refreshed once, and the page connects with the newer one. Here the flag is off. */
export const JwtExpired: Story = {
  globals: { ticketAuth: 'off', scenario: 'jwtExpired' },
  play: inOwnWorld(async ({ canvasElement, loaded }) => {
    const inspector = inspectorIn(canvasElement)
    await inspector.isOpenBy('JWT')
    await inspector.shows(/^Lost; /)
    const upgrades = worldOf(loaded)
      .backend.journal.of('upgrade')
      .map(({ outcome }) => outcome)
    await expect(upgrades).toEqual([4401, 'accepted'])
  }),
}

/**
 * The JWT has expired, and the server refuses it by plain HTTP: a browser sees 1006 and learns nothing. After three such
 * losses the app is asked for a newer JWT, once. Here the flag is off.
 */
export const JwtExpiredByHttp: Story = {
  globals: { ticketAuth: 'off', scenario: 'jwtExpiredByHttp' },
  play: inOwnWorld(async ({ canvasElement, loaded }) => {
    const inspector = inspectorIn(canvasElement)
    await inspector.shows(/^Lost; /)
    await inspector.isOpenBy('JWT')
    const upgrades = worldOf(loaded)
      .backend.journal.of('upgrade')
      .map(({ outcome }) => outcome)
    await expect(upgrades).toEqual([401, 401, 401, 'accepted'])
  }),
}

/** The user signed out of all sessions: 4410. The page stops, and says what to do. */
export const RevokedElsewhere: Story = {
  globals: TICKETS_ON,
  play: inOwnWorld(async ({ canvasElement, loaded }) => {
    const inspector = inspectorIn(canvasElement)
    await inspector.isOpenBy('Ticket')
    worldOf(loaded).use(scenarios.revokedElsewhere)
    await inspector.showsStatus('Gave up')
    await inspector.shows(/revoked \(4410\)/)
    await expect(inspector.getByRole('button', { name: 'Connect' })).toBeVisible()
  }),
}

/** The session was opened elsewhere: 4409. The page stops, and can take it back. */
export const ReplacedElsewhere: Story = {
  globals: TICKETS_ON,
  play: inOwnWorld(async ({ canvasElement, loaded, userEvent }) => {
    const inspector = inspectorIn(canvasElement)
    await inspector.isOpenBy('Ticket')
    worldOf(loaded).use(scenarios.replacedElsewhere)
    await inspector.showsStatus('Gave up')
    await userEvent.click(inspector.getByRole('button', { name: 'Connect' }))
    await inspector.isOpenBy('Ticket')
  }),
}

/** The ticket store does not answer. The server refuses every connection, and nothing counts against tickets. */
export const StoreDown: Story = {
  globals: TICKETS_ON,
  play: inOwnWorld(async ({ canvasElement, loaded }) => {
    const inspector = inspectorIn(canvasElement)
    await inspector.isOpenBy('Ticket')
    const heal = worldOf(loaded).use(scenarios.storeDown)
    worldOf(loaded).backend.dropConnections()
    await inspector.shows(/^The server cannot check credentials now \(4503\)\./)
    await inspector.showsFailures(0)
    heal()
    await inspector.showsStatus('Open')
  }),
}

/** The store is slow, 400 ms a step: connecting is slow as well, and nothing else changes. */
export const SlowStore: Story = {
  globals: from('slowStore'),
  play: inOwnWorld(async ({ canvasElement, loaded }) => {
    const inspector = inspectorIn(canvasElement)
    await inspector.isOpenBy('Ticket')
    await inspector.showsFailures(0)
    const entries = worldOf(loaded).backend.journal.entries
    const begun = entries.find(({ kind }) => kind === 'scenario')?.atMs ?? 0
    const accepted = entries.find(({ kind }) => kind === 'upgrade')?.atMs ?? 0
    // The ticket is stored once, and consumed once.
    await expect(accepted - begun).toBeGreaterThanOrEqual(790)
  }),
}

/** The cable is pulled: the heartbeat notices, and nothing counts against tickets. Plugged in again, it is back. */
export const Offline: Story = {
  globals: TICKETS_ON,
  play: inOwnWorld(async ({ canvasElement, loaded }) => {
    const inspector = inspectorIn(canvasElement)
    await inspector.isOpenBy('Ticket')
    const plugIn = worldOf(loaded).use(scenarios.offline)
    // At once: an attempt without a ticket would connect with the JWT.
    worldOf(loaded).socket.on('lost', plugIn)
    await inspector.shows(/^No message from the server within the heartbeat timeout/)
    await inspector.isOpenBy('Ticket')
    await inspector.showsFailures(0)
  }),
}

/** The network comes and goes, and so does the connection; tickets stay in use. */
export const FlappingNetwork: Story = {
  globals: TICKETS_ON,
  play: inOwnWorld(async ({ canvasElement, loaded }) => {
    const { backend, use } = worldOf(loaded)
    const inspector = inspectorIn(canvasElement)
    await inspector.isOpenBy('Ticket')
    const calm = use(scenarios.flappingNetwork({ upMs: 400, downMs: 300 }))
    await inspector.soon(() => expect(backend.journal.count('closed')).toBeGreaterThanOrEqual(2))
    calm()
    await inspector.isOpenBy('Ticket')
    await inspector.showsFailures(0)
  }),
}

/** The connection is open and no message arrives: the heartbeat notices, and the client reconnects. */
export const SilentServer: Story = {
  globals: TICKETS_ON,
  play: inOwnWorld(async ({ canvasElement, loaded }) => {
    const inspector = inspectorIn(canvasElement)
    await inspector.isOpenBy('Ticket')
    const heal = worldOf(loaded).use(scenarios.silentServer)
    await inspector.shows(/^No message from the server within the heartbeat timeout/)
    heal()
    await inspector.isOpenBy('Ticket')
  }),
}

/** Something before the server refuses the upgrade: a browser sees 1006 and learns nothing, so nothing counts. */
export const UpgradeRefused: Story = {
  globals: from('upgradeRefused'),
  play: inOwnWorld(async ({ canvasElement }) => {
    const inspector = inspectorIn(canvasElement)
    await inspector.showsStatus('Reconnecting')
    await inspector.shows(/^Lost; /)
    await inspector.showsFailures(0)
  }),
}

/** The handshake never ends: each attempt has a deadline. */
export const UpgradeHangs: Story = {
  globals: from('upgradeHangs'),
  play: inOwnWorld(async ({ canvasElement }) => {
    const inspector = inspectorIn(canvasElement)
    await inspector.shows(/^The connection did not open in time/)
    await inspector.showsFailures(0)
  }),
}

/** The server announces a shutdown; the page reconnects at a random moment. */
export const RestartWithNotice: Story = {
  globals: TICKETS_ON,
  play: inOwnWorld(async ({ canvasElement, loaded }) => {
    const { backend, use } = worldOf(loaded)
    const inspector = inspectorIn(canvasElement)
    await inspector.isOpenBy('Ticket')
    use(scenarios.restartWithNotice)
    await inspector.soon(() => expect(backend.journal.of('upgrade')).toHaveLength(2))
    await inspector.isOpenBy('Ticket')
  }),
}

/** A plain backend: no handles, no subprotocol. Tickets work; the session and round trips are not shown. */
export const PlainServer: Story = {
  globals: from('plainServer'),
  play: inOwnWorld(async ({ canvasElement, loaded }) => {
    const inspector = inspectorIn(canvasElement)
    await inspector.isOpenBy('Ticket')
    await inspector.soon(() => expect(inspector.getByText('Session').nextElementSibling).toHaveTextContent('–'))
    await expect(worldOf(loaded).backend.journal.of('upgrade')[0]?.subprotocol).toBeUndefined()
  }),
}

/** A plain server that refuses each ticket with an error frame and 1008. It never counts as open, so nothing is sent. */
export const RefusesWithErrorFrame: Story = {
  globals: from('refusesWithErrorFrame'),
  play: inOwnWorld(async ({ canvasElement, loaded }) => {
    const inspector = inspectorIn(canvasElement)
    await inspector.shows(/^The server refused the ticket \(1008\)\./)
    await expect(
      worldOf(loaded)
        .backend.journal.of('frame')
        .filter(({ direction }) => direction === 'received'),
    ).toEqual([])
  }),
}

/** The server closes each connection with its own code. The option `closeCodes` says what the code means. */
export const ClosesWith: Story = {
  globals: from('closesWith'),
  play: inOwnWorld(async ({ canvasElement }) => {
    const inspector = inspectorIn(canvasElement)
    await inspector.shows(/^The server closed the connection \(4001\)\./)
    await inspector.showsFailures(0)
  }),
}
