// What users and apps do.

import type { User } from '../support/canaries.ts'
import type { Dice } from './dice.ts'
import type { World } from './world.ts'

interface Action<Params> {
  weight: number
  draw(dice: Dice): Params
  act(world: World, params: Params): void
}

const action = <Params>(weight: number, draw: Action<Params>['draw'], act: Action<Params>['act']): Action<unknown> =>
  ({ weight, draw, act }) as Action<unknown>

const nothing = () => null
const connect = (world: World) => world.act('connect', () => world.socket.connect())
const close = (world: World) => world.act('close', () => world.socket.close())

function logOut(world: World, forgets = true) {
  if (forgets) world.app.signOut()
  world.act('logout', () => world.auth.handleLogout())
}

/** Within a listener, and at once. */
const ATTACKS = {
  connect,
  close,
  reconnect: (world: World) => world.act('reconnect', () => world.socket.reconnect()),
  logOut,
  logIn: (world: World) => world.signIn('bob', true),
  send: (world: World) => world.send('high', 10),
  /** Some of these messages are sent while the next server has not accepted the credential yet. */
  beginAgain(world: World) {
    const { edge, clock } = world
    edge.reach('closed and connected within an event')
    close(world)
    connect(world)
    for (let n = 0; n < 16; n++) clock.after((n * edge.setting.latencyMs) / 2, () => world.send('normal', 5))
  },
} satisfies Record<string, (world: World) => void>

export const ACTIONS = {
  connect: action(6, nothing, connect),
  close: action(2, nothing, close),
  reconnect: action(3, nothing, ATTACKS.reconnect),
  send: action(
    24,
    (dice) => ({
      priority: dice.pick<'high' | 'normal' | 'low'>('high', 'normal', 'normal', 'low'),
      many: dice.weighted([6, 1], [2, 5], [1, 30]),
      length: dice.pick(5, 5, 300),
    }),
    (world, { priority, many, length }) => {
      for (let i = 0; i < many; i++) world.send(priority, length)
    },
  ),
  'log out': action(2, (dice) => dice.chance(0.8), logOut),
  'log in': action(
    4,
    (dice) => ({ user: dice.pick<User>('alice', 'bob'), isAnnounced: dice.chance(0.8) }),
    (world, { user, isAnnounced }) => world.signIn(user, isAnnounced),
  ),
  rotate: action(3, nothing, ({ app }) => app.rotate()),
  'reset failures': action(1, nothing, (world) => world.act('reset', () => world.auth.resetTicketFailures())),
  'clear the cache': action(1, nothing, (world) => world.act('clear', () => world.auth.clearTicketCache())),
  'log out everywhere': action(1, nothing, (world) =>
    world.act('revokeAll', () => void world.auth.revokeAllTickets().catch(() => {})),
  ),
  'act within an event': action(
    3,
    (dice) => ({
      at: dice.pick(
        'open',
        'lost',
        'closed',
        'failed',
        'message',
        'dropped',
        'fallback',
        'ticketIssued',
        'ticketTaken',
        'userChanged',
      ),
      attack: dice.pick(...(Object.keys(ATTACKS) as (keyof typeof ATTACKS)[])),
    }),
    (world, { at, attack }) => world.ambush({ at, attack: () => ATTACKS[attack](world) }),
  ),
}

export type ActionName = keyof typeof ACTIONS
