import type { Dice } from '../dice.ts'
import type { World } from '../world.ts'

export interface Fault<Params> {
  /** Its parameters, as plain data. */
  draw(dice: Dice): Params
  /** Begins it; the function that is returned ends it. */
  inflict(world: World, params: Params): (() => void) | undefined
}

export const fault = <Params>(draw: Fault<Params>['draw'], inflict: Fault<Params>['inflict']): Fault<unknown> =>
  ({ draw, inflict }) as Fault<unknown>

/** The newest connection that is not closed. */
export const newestDial = ({ edge }: World) =>
  edge.dials.findLast(({ state }) => state === 'open' || state === 'connecting')
