import type { Meta, StoryObj } from '@storybook/react-vite'
import { useEffect, useLayoutEffect } from 'react'
import { expect, within } from 'storybook/test'
import { type InspectorTheme, mountInspector } from 'ticket-socket/inspector'
import { inOwnWorld, methodOf } from './support/in-own-world.ts'
import type { World } from './support/world.ts'
import { InspectorPlace, inspectorIn, TICKETS_ON, withWorld, worldOf } from './support/world-story.tsx'

interface InspectorStoryProps {
  world: World
  theme?: InspectorTheme
  width?: number
}

function Inline({ world, theme = 'page', width = 760 }: InspectorStoryProps) {
  useEffect(() => {
    world.socket.connect()
  }, [world])
  return (
    <main className="story" style={{ maxWidth: width }}>
      <h1 className="visually-hidden">The inspector</h1>
      <InspectorPlace world={world} theme={theme} />
    </main>
  )
}

const meta = {
  title: 'Inspector',
  component: Inline,
  ...withWorld,
  render: ({ theme, width }, { loaded }) => (
    <Inline world={worldOf(loaded)} {...(theme && { theme })} {...(width && { width })} />
  ),
} satisfies Meta<typeof Inline>

export default meta
type Story = StoryObj<typeof meta>

/** In an element of the page. The switches of the last tab break the mock backend. */
export const InThePage: Story = {
  globals: TICKETS_ON,
  play: inOwnWorld(async ({ canvasElement, userEvent, loaded }) => {
    const inspector = inspectorIn(canvasElement)
    await inspector.isOpenBy('Ticket')
    await userEvent.click(inspector.getByRole('tab', { name: 'Scenarios' }))
    await userEvent.click(inspector.getByRole('switch', { name: 'Ticket endpoint missing' }))
    await userEvent.click(inspector.getByRole('button', { name: 'Drop the connections' }))
    await inspector.isOpenBy('Ticket')
    await userEvent.click(inspector.getByRole('button', { name: 'Reconnect' }))
    await inspector.isOpenBy('JWT')
    await expect(worldOf(loaded).auth.store.getState().reverted).toBe(true)
  }),
}

/** In the dark theme, also on a light page. */
export const Dark: Story = {
  args: { theme: 'dark' },
  play: inOwnWorld(
    async ({ canvasElement, userEvent, loaded }) => {
      const inspector = inspectorIn(canvasElement)
      await inspector.isOpenBy(methodOf(worldOf(loaded)))
      const { backgroundColor, color } = getComputedStyle(inspector.root.querySelector('.panel') as Element)
      await expect([brightness(backgroundColor) < 50, brightness(color) > 200]).toEqual([true, true])
      await userEvent.click(inspector.getByRole('tab', { name: 'Metrics' }))
      await inspector.soon(() =>
        expect(inspector.getByText('Success rate').nextElementSibling).toHaveTextContent('100 %'),
      )
    },
    'ticketAuth',
    'user',
  ),
}

/** In 340 pixels everything stands in one column, and nothing is cut off at the side. */
export const Narrow: Story = {
  args: { width: 340 },
  play: inOwnWorld(
    async ({ canvasElement, userEvent, loaded }) => {
      const inspector = inspectorIn(canvasElement)
      await inspector.isOpenBy(methodOf(worldOf(loaded)))
      const part = (selector: string) => inspector.root.querySelector(selector) as HTMLElement
      await expect(part('.panel').clientWidth).toBeLessThanOrEqual(340)
      await expect(part('.tabs').getBoundingClientRect().top).toBeGreaterThanOrEqual(
        part('.connection').getBoundingClientRect().bottom,
      )
      for (const tab of inspector.getAllByRole('tab')) {
        await userEvent.click(tab)
        for (const scroller of [part('.body'), part('.tabpanel:not([hidden])')]) {
          await expect(scroller.scrollWidth).toBe(scroller.clientWidth)
        }
      }
    },
    'ticketAuth',
    'user',
  ),
}

/** Without a `target` it floats, folded to a button; Escape folds it again. */
export const Floating: Story = {
  render: (_args, { loaded }) => <FloatingOver world={worldOf(loaded)} />,
  play: inOwnWorld(
    async ({ canvasElement, userEvent }) => {
      const { ownerDocument } = canvasElement
      const host = ownerDocument.querySelector('ticket-socket-inspector') as HTMLElement
      const root = host.shadowRoot as ShadowRoot
      const launcher = within(root as unknown as HTMLElement).getByRole('button', { name: /ticket-socket inspector/ })
      await userEvent.click(launcher)
      const panel = root.querySelector('.panel') as HTMLElement
      await expect(panel).toBeVisible()
      await userEvent.keyboard('{Escape}')
      await expect(panel).not.toBeVisible()
      await expect(root.activeElement).toBe(launcher)
      await userEvent.click(launcher)
    },
    'ticketAuth',
    'user',
  ),
}

function FloatingOver({ world }: { world: World }) {
  useLayoutEffect(() => {
    const { socket, auth } = world
    const inspector = mountInspector({ socket, auth, theme: 'page' })
    socket.connect()
    return inspector.unmount
  }, [world])
  return (
    <main className="story">
      <h1>An app</h1>
      <p>The inspector floats in the corner.</p>
    </main>
  )
}

/** From 0 to 255, of a colour as the browser computes it. */
const brightness = (rgb: string) => Math.max(...(rgb.match(/[\d.]+/g) ?? []).slice(0, 3).map(Number))
