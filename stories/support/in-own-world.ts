// A play function checks what a person should see in the world of its story. A story fixes some of the toolbar's switches.
// When the others are changed, the world is another one, and the play function checks only the toolbar's values.

import { expect } from 'storybook/test'
import { INITIAL_TOOLBAR, type Toolbar } from './toolbar.ts'
import type { World } from './world.ts'
import { inspectorIn, worldOf } from './world-story.tsx'

interface Played {
  canvasElement: HTMLElement
  loaded: Record<string, unknown>
}

type Play<Context> = (context: Context) => Promise<void> | void

/** `follows`: switches that the play function itself reads, so that it covers each of their settings. */
export const inOwnWorld =
  <Context extends Played>(play: Play<Context>, ...follows: (keyof Toolbar)[]): Play<Context> =>
  (context) => {
    const { toolbar, user } = worldOf(context.loaded)
    const own: Toolbar = { ...INITIAL_TOOLBAR, ...heldBy(context) }
    const others = (Object.keys(own) as (keyof Toolbar)[]).filter((name) => !follows.includes(name))
    // A play function that follows the user needs one.
    const isOwn = others.every((name) => toolbar[name] === own[name]) && (user !== null || own.user === 'nobody')
    return isOwn ? play(context) : showsTheToolbar(context)
  }

/** The switches that the story fixes. Storybook passes them, and its types do not know them. */
function heldBy(context: object): Partial<Toolbar> {
  const { storyGlobals } = context as { storyGlobals?: Partial<Toolbar> }
  if (!storyGlobals) throw new Error('Storybook passed no storyGlobals to the play function')
  return storyGlobals
}

/** The method with which this world connects when nothing is wrong. */
export const methodOf = ({ toolbar }: World) => (toolbar.ticketAuth === 'on' ? 'Ticket' : 'JWT')

/** True in every world: the inspector shows the user and the flag of the toolbar. */
export async function showsTheToolbar({ canvasElement, loaded }: Pick<Played, 'canvasElement' | 'loaded'>) {
  const { user, toolbar } = worldOf(loaded)
  const inspector = inspectorIn(canvasElement)
  const fact = (term: string) => inspector.getByText(term).nextElementSibling
  // Offline, and without a user, the client reads neither the JWT nor the flag.
  const isRead = toolbar.network !== 'offline' && user !== null
  await inspector.soon(() => expect(fact('User')).toHaveTextContent(isRead ? user.id : /^(–|alice|bob|nobody)$/))
  await inspector.soon(() =>
    expect(fact('Feature flag')).toHaveTextContent(isRead ? toolbar.ticketAuth : 'not read yet'),
  )
}
