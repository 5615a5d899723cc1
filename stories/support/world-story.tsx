// What all stories share: a world per story, the inspector beside it, and queries for play functions.

import { type ReactNode, useLayoutEffect, useRef } from 'react'
import { expect, waitFor, within } from 'storybook/test'
import { type InspectorTheme, mountInspector } from 'ticket-socket/inspector'
import { scenarios } from 'ticket-socket/mock'
import { TicketSocketProvider } from 'ticket-socket/react'
import type { Toolbar } from './toolbar.ts'
import { createWorld, type World } from './world.ts'

type Loaded = Record<string, unknown>

export const worldOf = (loaded: Loaded) => loaded.world as World

/** For a story file's `meta`: a world before each story, and nothing of it afterwards. */
export const withWorld = {
  args: { world: undefined as never },
  argTypes: { world: { table: { disable: true } } },
  loaders: [
    ({ globals: { ticketAuth, user, network, scenario } }: { globals: Record<string, unknown> }) => ({
      world: createWorld({ ticketAuth, user, network, scenario } as Toolbar),
    }),
  ],
  beforeEach:
    ({ loaded }: { loaded: Loaded }) =>
    () =>
      worldOf(loaded).dispose(),
  // axe does not count the headings of a page.
  afterEach: async ({ canvasElement }: { canvasElement: HTMLElement }) => {
    await expect(canvasElement.querySelectorAll('h1')).toHaveLength(1)
  },
}

export const TICKETS_ON = { ticketAuth: 'on' } as const

/** The inspector in its own element; its switches break the world's backend. */
export function InspectorPlace({ world, theme = 'page' }: { world: World; theme?: InspectorTheme }) {
  const place = useRef<HTMLDivElement>(null)
  // Before the play function begins.
  useLayoutEffect(() => {
    if (!place.current) return
    const { socket, auth, backend } = world
    const inspector = mountInspector({
      socket,
      auth,
      backend,
      scenarios,
      target: place.current,
      theme,
      recordSends: true,
    })
    return inspector.unmount
  }, [world, theme])
  return <div className="story__inspector" ref={place} />
}

/** A part of an app, with the inspector beside it. `title`: for content without a heading. */
export function Beside({ world, title, children }: { world: World; title?: string; children?: ReactNode }) {
  return (
    <TicketSocketProvider socket={world.socket} auth={world.auth}>
      <main className={children ? 'story story--beside' : 'story'}>
        {title && <h1 className="visually-hidden">{title}</h1>}
        {children}
        <InspectorPlace world={world} />
      </main>
    </TicketSocketProvider>
  )
}

/** Queries into the inspector for play functions. */
export function inspectorIn(canvasElement: HTMLElement) {
  // A floating panel stands in the page's body.
  const root = canvasElement.ownerDocument.querySelector('ticket-socket-inspector')?.shadowRoot
  const panel = root?.querySelector<HTMLElement>('.panel')
  if (!root || !panel) throw new Error('there is no inspector in this story')
  const within_ = within(panel)
  const part = (name: string) => root.querySelector(`[part=${name}]`)
  const soon = (check: () => unknown) => waitFor(check, { timeout: 15_000, interval: 50 })
  return {
    ...within_,
    root,
    part,
    soon,
    showsStatus: (words: string) => soon(() => expect(part('status')).toHaveTextContent(words)),
    showsMethod: (words: string) => soon(() => expect(part('method')).toHaveTextContent(words)),
    showsFailures: (count: number) => soon(() => expect(part('failures')).toHaveTextContent(`${count} of 3`)),
    async isOpenBy(method: 'Ticket' | 'JWT' | 'No credential') {
      await soon(() => expect(part('status')).toHaveTextContent('Open'))
      await soon(() => expect(part('method')).toHaveTextContent(method))
    },
    /** An event of the time line, by its title or detail. */
    shows: (words: string | RegExp) =>
      soon(() => expect(within(within_.getByRole('list', { name: 'Time line' })).getAllByText(words)[0]).toBeVisible()),
  }
}
