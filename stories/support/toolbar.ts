// The toolbar's switches. Off, online, without a scenario: the state of a package that was just installed.

import { DEMO_USERS } from '../../demo/users.ts'
import { ALL_SCENARIOS } from '../../test/support/all-scenarios.ts'

export interface Toolbar {
  readonly ticketAuth: 'on' | 'off'
  readonly user: string
  readonly network: 'good' | 'slow' | 'flapping' | 'offline'
  /** A name of the mock's scenarios, or `none`. */
  readonly scenario: string
}

export const INITIAL_TOOLBAR: Toolbar = { ticketAuth: 'off', user: 'alice', network: 'good', scenario: 'none' }

const toolbar = (title: string, icon: string, items: readonly (readonly [value: string, title: string])[]) => ({
  title,
  icon,
  dynamicTitle: true,
  items: items.map(([value, itemTitle]) => ({ value, title: itemTitle })),
})

export const TOOLBAR_TYPES = {
  ticketAuth: {
    description: 'NEXT_PUBLIC_ENABLE_TICKET_AUTH: whether tickets are used',
    toolbar: toolbar('Ticket authentication', 'key', [
      ['off', 'Ticket authentication off'],
      ['on', 'Ticket authentication on'],
    ]),
  },
  user: {
    description: 'Who is signed in',
    toolbar: toolbar('User', 'user', [...DEMO_USERS.map(({ id, name }) => [id, name] as const), ['nobody', 'Nobody']]),
  },
  network: {
    description: 'How the network is',
    toolbar: toolbar('Network', 'globe', [
      ['good', 'Good network'],
      ['slow', 'Slow network: 250 ms each way'],
      ['flapping', 'Flapping network'],
      ['offline', 'Offline'],
    ]),
  },
  scenario: {
    description: 'How the mock backend misbehaves, from the beginning',
    toolbar: toolbar('Scenario', 'beaker', [
      ['none', 'No scenario'],
      ...ALL_SCENARIOS.map(({ name }) => [name, name] as const),
    ]),
  },
}
