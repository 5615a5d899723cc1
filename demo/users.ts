// The two people of the demo. Both ends read this file: the server decides by it, the page draws its cards from it.

export interface DemoUser {
  readonly id: string
  readonly name: string
  readonly role: string
  readonly email: string
  /** What the user's JWT says; `ask` is needed for every question, the `read:` ones choose what may be looked up. */
  readonly permissions: readonly string[]
  readonly about: string
}

export const DEMO_USERS: readonly DemoUser[] = [
  {
    id: 'alice',
    name: 'Alice Mburu',
    role: 'Support engineer',
    email: 'alice@example.com',
    permissions: ['ask', 'read:handbook'],
    about: 'Looks things up in the handbook.',
  },
  {
    id: 'bob',
    name: 'Bob Lindqvist',
    role: 'Platform engineer',
    email: 'bob@example.com',
    permissions: ['ask', 'read:protocol'],
    about: 'Looks things up in the protocol.',
  },
]

export const findUser = (id: unknown): DemoUser | undefined => DEMO_USERS.find((user) => user.id === id)
