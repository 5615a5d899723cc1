// The main story: ask, and an answer streams, on the hooks of `ticket-socket/react`. Playground fixes none of the toolbar's
// switches; the others fix the ones that they are about.

import type { Meta, StoryObj } from '@storybook/react-vite'
import { expect, waitFor } from 'storybook/test'
import { Conversation } from '../demo/page/conversation.tsx'
import { DEMO_USERS } from '../demo/users.ts'
import { inOwnWorld, showsTheToolbar } from './support/in-own-world.ts'
import { outcomeOf } from './support/outcome.ts'
import type { World } from './support/world.ts'
import { Beside, inspectorIn, TICKETS_ON, withWorld, worldOf } from './support/world-story.tsx'

function Chat({ world }: { world: World }) {
  const { conversation, auth, user } = world
  return (
    <Beside world={world} title="Chat">
      <Conversation
        conversation={conversation}
        user={user ?? (DEMO_USERS[0] as (typeof DEMO_USERS)[number])}
        onRetryTickets={() => auth.resetTicketFailures()}
      />
    </Beside>
  )
}

const meta = {
  title: 'Chat',
  component: Chat,
  ...withWorld,
  render: (_args, { loaded }) => <Chat world={worldOf(loaded)} />,
} satisfies Meta<typeof Chat>

export default meta
type Story = StoryObj<typeof meta>

const patient = { timeout: 15_000 }

/** Every setting of the toolbar, in any combination: this is the story to play in. */
export const Playground: Story = {
  play: async (context) => {
    const { toolbar, ticketRequests } = worldOf(context.loaded)
    const inspector = inspectorIn(context.canvasElement)
    await showsTheToolbar(context)
    const outcome = outcomeOf(toolbar)
    if (outcome?.status === 'Open') await inspector.isOpenBy(outcome.method)
    else if (outcome) await inspector.showsStatus(outcome.status)
    if (toolbar.ticketAuth === 'off') await expect(ticketRequests()).toBe(0)
  },
}

// For tests alone: the switches that a person sets by hand.
export const PlaygroundWithTickets: Story = {
  ...Playground,
  tags: ['!dev', '!autodocs'],
  globals: { ticketAuth: 'on', user: 'bob' },
}
export const PlaygroundWithoutATicketEndpoint: Story = {
  ...Playground,
  tags: ['!dev', '!autodocs'],
  globals: { ticketAuth: 'on', scenario: 'ticketEndpointDown' },
}
export const PlaygroundOffline: Story = {
  ...Playground,
  tags: ['!dev', '!autodocs'],
  globals: { ticketAuth: 'on', network: 'offline' },
}
export const PlaygroundOfNobody: Story = {
  ...Playground,
  tags: ['!dev', '!autodocs'],
  globals: { user: 'nobody', network: 'slow' },
}

/** As the package is installed: the flag is off, so the page connects with the JWT as before and requests no ticket. */
export const FlagOff: Story = {
  globals: { ticketAuth: 'off' },
  play: inOwnWorld(async ({ canvasElement, loaded }) => {
    const inspector = inspectorIn(canvasElement)
    await inspector.isOpenBy('JWT')
    await inspector.soon(() => expect(inspector.getByText('None: the feature flag is off.')).toBeVisible())
    await expect(worldOf(loaded).ticketRequests()).toBe(0)
  }),
}

/** A ticket opens the connection; the answer arrives in pieces over it, and another one is prefetched for the next connection. */
export const AskAndAnAnswerStreams: Story = {
  globals: TICKETS_ON,
  play: inOwnWorld(async ({ canvas, canvasElement, userEvent }) => {
    const inspector = inspectorIn(canvasElement)
    await inspector.isOpenBy('Ticket')
    await userEvent.type(canvas.getByLabelText('Your question'), 'What is a ticket?{Enter}')
    await canvas.findByText('search_handbook', {}, patient)
    await canvas.findByText('over a socket opened with a ticket', {}, patient)
    await expect(canvas.getByText(/256 random bits.*it has been used\.$/s)).toBeVisible()
    await userEvent.click(inspector.getByRole('tab', { name: 'Messages' }))
    await inspector.soon(() => expect(inspector.getAllByText('agent_completed')[0]).toBeVisible())
    await userEvent.type(inspector.getByRole('searchbox', { name: 'Search messages' }), 'What is a ticket')
    await inspector.soon(() => expect(inspector.getAllByText('ask', { selector: '.message__type' })).toHaveLength(1))
    await userEvent.click(inspector.getByText('ask', { selector: '.message__type' }))
    await expect(inspector.getByRole('region', { name: 'The selected message' })).toHaveTextContent(
      '"What is a ticket?"',
    )
  }),
}

/** The connection breaks in mid-answer. It comes back with another ticket; the question can be asked again. */
export const LostInMidAnswer: Story = {
  globals: TICKETS_ON,
  play: inOwnWorld(async ({ canvas, canvasElement, loaded, userEvent }) => {
    const inspector = inspectorIn(canvasElement)
    await inspector.isOpenBy('Ticket')
    await userEvent.type(canvas.getByLabelText('Your question'), 'What is a ticket?{Enter}')
    await canvas.findByText(/256 random/, {}, patient)
    worldOf(loaded).backend.dropConnections()
    await canvas.findByText(/The connection was lost in mid-answer\./, {}, patient)
    await inspector.isOpenBy('Ticket')
    await userEvent.click(canvas.getByRole('button', { name: 'Ask again' }))
    await canvas.findByText('over a socket opened with a ticket', {}, patient)
  }),
}

/** Without a network a question waits in the queue, and the page says so. */
export const WaitsForTheNetwork: Story = {
  globals: { ...TICKETS_ON, network: 'offline' },
  play: inOwnWorld(async ({ canvas, canvasElement, userEvent }) => {
    const inspector = inspectorIn(canvasElement)
    await inspector.showsStatus('Offline')
    await userEvent.type(canvas.getByLabelText('Your question'), 'Are you there?{Enter}')
    await canvas.findByText(/It waits here and is sent when the connection is back/)
    await inspector.soon(() => expect(inspector.getByText('1 waiting')).toBeVisible())
  }),
}

/** Tickets fail three times while the backend works: the page stays on the JWT, and says so once. */
export const AfterReverting: Story = {
  globals: { ...TICKETS_ON, scenario: 'ticketEndpointMissing' },
  play: inOwnWorld(async ({ canvas, canvasElement, userEvent }) => {
    const inspector = inspectorIn(canvasElement)
    await inspector.isOpenBy('JWT')
    await waitFor(() => expect(canvas.getByText('Reverted to JWT.')).toBeVisible(), patient)
    await userEvent.type(canvas.getByLabelText('Your question'), 'When does it fall back?{Enter}')
    await canvas.findByText('over a socket opened with a JWT', {}, patient)
  }),
}

/** 250 ms each way: everything works, and the inspector shows the round-trip time. */
export const OnASlowNetwork: Story = {
  globals: { ...TICKETS_ON, network: 'slow' },
  play: inOwnWorld(async ({ canvasElement }) => {
    const inspector = inspectorIn(canvasElement)
    await inspector.isOpenBy('Ticket')
    const roundTrip = () => inspector.getByText('Round trip').nextElementSibling
    await inspector.soon(() => expect(roundTrip()).toHaveTextContent(/^[5-9]\d\d ms$/))
  }),
}

/** Nobody is signed in: the server refuses a connection without a credential, and the page says what to do. */
export const NobodySignedIn: Story = {
  globals: { ...TICKETS_ON, user: 'nobody' },
  play: inOwnWorld(async ({ canvasElement, loaded }) => {
    const inspector = inspectorIn(canvasElement)
    await inspector.showsStatus('Gave up')
    await inspector.shows(/received none .4401.\. Sign in/)
    await expect(worldOf(loaded).ticketRequests()).toBe(0)
  }),
}
