// The demo's panel on a backend in memory. The flag is the toolbar's; a story that needs it on says so.

import type { Meta, StoryObj } from '@storybook/react-vite'
import { expect, waitFor, within } from 'storybook/test'
import { scenarios } from 'ticket-socket/mock'
import { TicketSocketProvider } from 'ticket-socket/react'
import { Panel } from '../demo/page/panel/panel.tsx'
import { TimelineList } from '../demo/page/panel/timeline-list.tsx'
import { createPanelWorld, type PanelWorld } from './panel-world.ts'

function PanelOnMock({ world: { socket, auth, timeline } }: { world: PanelWorld }) {
  return (
    <TicketSocketProvider socket={socket} auth={auth}>
      <main style={{ display: 'grid', gap: 16, maxWidth: 360 }}>
        <Panel onRetryTickets={() => auth.resetTicketFailures()} />
        <TimelineList timeline={timeline} />
      </main>
    </TicketSocketProvider>
  )
}

const meta = {
  title: 'Demo/Panel',
  component: PanelOnMock,
  args: { world: undefined as never },
  argTypes: { world: { table: { disable: true } } },
  loaders: [({ globals }) => ({ world: createPanelWorld({ ticketAuth: globals.ticketAuth === 'on' }) })],
  beforeEach:
    ({ loaded }) =>
    () =>
      worldOf(loaded).dispose(),
  render: (_args, { loaded }) => <PanelOnMock world={worldOf(loaded)} />,
} satisfies Meta<typeof PanelOnMock>

export default meta
type Story = StoryObj<typeof meta>

const worldOf = (loaded: Record<string, unknown>) => loaded.world as PanelWorld

/** What the package does unless told otherwise: the JWT connects as before, and no ticket is asked for. */
export const FlagOff: Story = {
  play: async ({ canvas, loaded }) => {
    await waitFor(() => expect(canvas.getByTestId('status')).toHaveTextContent('Open'))
    await expect(canvas.getByTestId('method')).toHaveTextContent('JWT')
    await expect(canvas.getByText('None: the feature flag is off.')).toBeVisible()
    await expect(worldOf(loaded).ticketRequests()).toBe(0)
  },
}

/** A ticket opens the connection, and a spare is held for the next one. */
export const FlagOn: Story = {
  globals: { ticketAuth: 'on' },
  play: async ({ canvas, loaded }) => {
    await waitFor(() => expect(canvas.getByTestId('status')).toHaveTextContent('Open'))
    await expect(canvas.getByTestId('method')).toHaveTextContent('Ticket')
    await expect(canvas.getByTestId('failures')).toHaveTextContent('0 of 3')
    await canvas.findByText('refreshed in')
    await expect(worldOf(loaded).ticketRequests()).toBe(2)
  },
}

/** The ticket endpoint is down while everything else works: three connections by JWT, and tickets are given up. */
export const RevertedAfterThreeFailures: Story = {
  globals: { ticketAuth: 'on' },
  beforeEach: ({ loaded }) => {
    worldOf(loaded).backend.use(scenarios.ticketEndpointDown)
  },
  play: async ({ canvas, loaded, step }) => {
    const { backend, socket, ticketRequests } = worldOf(loaded)
    const failures = (count: number) =>
      waitFor(() => expect(canvas.getByTestId('failures')).toHaveTextContent(`${count} of 3`), { timeout: 5_000 })

    await step('each accepted connection by JWT counts one failure of tickets', async () => {
      await failures(1)
      await expect(canvas.getByTestId('method')).toHaveTextContent('JWT')
      for (const count of [2, 3]) {
        socket.reconnect()
        await failures(count)
      }
    })
    await step('the panel says that tickets are given up', async () => {
      await expect(canvas.getByText('Reverted to JWT.')).toBeVisible()
      await expect(canvas.getByRole('button', { name: 'Try tickets again' })).toBeVisible()
      const timeline = within(canvas.getByRole('list', { name: 'Time line' }))
      await expect(timeline.getByText('Reverted to JWT')).toBeVisible()
    })
    await step('no ticket is asked for any more', async () => {
      const before = { requests: ticketRequests(), upgrades: backend.journal.count('upgrade') }
      socket.reconnect()
      await waitFor(() => expect(backend.journal.count('upgrade')).toBe(before.upgrades + 1))
      await waitFor(() => expect(canvas.getByTestId('status')).toHaveTextContent('Open'))
      await expect(ticketRequests()).toBe(before.requests)
    })
  },
}
