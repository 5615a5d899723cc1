// A play function says what a person should see in the world that its story tells of. The toolbar's switches that a story
// does not hold stay free; set otherwise, they make another world, of which the story has nothing to say.

import { expect } from 'storybook/test'
import { INITIAL_TOOLBAR, type Toolbar } from './toolbar.ts'
import type { World } from './world.ts'
import { inspectorIn, worldOf } from './world-story.tsx'

interface Told {
  canvasElement: HTMLElement
  loaded: Record<string, unknown>
}

type Play<Context> = (context: Context) => Promise<void> | void

/** `follows`: switches that the play function itself looks at, so that it has something to say of every setting. */
export const tells =
  <Context extends Told>(play: Play<Context>, ...follows: (keyof Toolbar)[]): Play<Context> =>
  (context) => {
    const { toolbar, user } = worldOf(context.loaded)
    const own: Toolbar = { ...INITIAL_TOOLBAR, ...heldBy(context) }
    const others = (Object.keys(own) as (keyof Toolbar)[]).filter((name) => !follows.includes(name))
    // Whoever follows the user needs one.
    const isTold = others.every((name) => toolbar[name] === own[name]) && (user !== null || own.user === 'nobody')
    return isTold ? play(context) : showsTheToolbar(context)
  }

/** What the story holds. It is there, and its type is not. */
function heldBy(context: object): Partial<Toolbar> {
  const { storyGlobals } = context as { storyGlobals?: Partial<Toolbar> }
  if (!storyGlobals) throw new Error('Storybook does not tell what the story holds')
  return storyGlobals
}

/** The method by which this world connects when nothing is wrong. */
export const methodOf = ({ toolbar }: World) => (toolbar.ticketAuth === 'on' ? 'Ticket' : 'JWT')

/** What holds in every world: the inspector names the user and the flag that the toolbar says. */
export async function showsTheToolbar({ canvasElement, loaded }: Pick<Told, 'canvasElement' | 'loaded'>) {
  const { user, toolbar } = worldOf(loaded)
  const inspector = inspectorIn(canvasElement)
  const fact = (term: string) => inspector.getByText(term).nextElementSibling
  // Offline, and with nobody there, neither the JWT nor the flag is asked for.
  const isAsked = toolbar.network !== 'offline' && user !== null
  await inspector.soon(() => expect(fact('User')).toHaveTextContent(isAsked ? user.id : /^(–|alice|bob|nobody)$/))
  await inspector.soon(() =>
    expect(fact('Feature flag')).toHaveTextContent(isAsked ? toolbar.ticketAuth : 'not read yet'),
  )
}
