// The SDK without React. React only mounts the element; `plain-chat.ts` does not use it.

import type { Meta, StoryObj } from '@storybook/react-vite'
import { useEffect, useRef } from 'react'
import { expect } from 'storybook/test'
import { mountPlainChat } from '../demo/page/plain-chat.ts'
import { inOwnWorld, methodOf } from './support/in-own-world.ts'
import type { World } from './support/world.ts'
import { InspectorPlace, inspectorIn, TICKETS_ON, withWorld, worldOf } from './support/world-story.tsx'

function Place({ world }: { world: World }) {
  const place = useRef<HTMLElement>(null)
  useEffect(() => (place.current ? mountPlainChat(place.current, world.socket) : undefined), [world])
  return (
    <main className="story story--beside">
      <section className="card sample" ref={place} />
      <InspectorPlace world={world} />
    </main>
  )
}

const meta = {
  title: 'Vanilla',
  component: Place,
  ...withWorld,
  render: (_args, { loaded }) => <Place world={worldOf(loaded)} />,
} satisfies Meta<typeof Place>

export default meta
type Story = StoryObj<typeof meta>

/** Every setting of the flag and the user. */
export const Playground: Story = {
  play: inOwnWorld(
    async ({ canvas, canvasElement, loaded }) => {
      const method = methodOf(worldOf(loaded))
      await inspectorIn(canvasElement).isOpenBy(method)
      await expect(canvas.getByRole('status')).toHaveTextContent(`open (${method.toLowerCase()})`)
    },
    'ticketAuth',
    'user',
  ),
}

/** The flag is off, as in a package that was just installed. */
export const FlagOff: Story = {
  globals: { ticketAuth: 'off' },
  play: inOwnWorld(async ({ canvas, canvasElement }) => {
    await inspectorIn(canvasElement).isOpenBy('JWT')
    await expect(canvas.getByRole('status')).toHaveTextContent('open (jwt)')
  }),
}

export const AskAndAnAnswerStreams: Story = {
  globals: TICKETS_ON,
  play: inOwnWorld(async ({ canvas, canvasElement, userEvent }) => {
    await inspectorIn(canvasElement).isOpenBy('Ticket')
    await expect(canvas.getByRole('status')).toHaveTextContent('open (ticket)')
    await userEvent.type(canvas.getByLabelText('Your question'), 'What is a ticket?{Enter}')
    await canvas.findByText(/256 random bits.*it has been used\.$/s, {}, { timeout: 15_000 })
  }),
}
