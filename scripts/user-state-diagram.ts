// Draws *who is signed in* from its own table: docs/architecture.md holds what `userStateAfter` does.

import { exploreUserState } from '../test/support/explore-user-state.ts'

/** Possible everywhere, with one end each: drawn, they would cover the picture. */
const ALWAYS = ['handleLogout()', 'signedIn()']

/** Which user is named makes no difference in the picture. */
const inGeneral = (event: string, isNew: boolean) =>
  event.startsWith('getToken names') ? (isNew ? 'getToken names another user' : 'getToken names a user') : event

export function userStateSection(): string {
  const edges = new Map<string, Set<string>>()
  const refusals = new Map<string, Set<string>>()
  const put = (map: Map<string, Set<string>>, key: string, value: string) =>
    map.set(key, (map.get(key) ?? new Set()).add(value))
  for (const { before, event, after } of exploreUserState()) {
    if (ALWAYS.includes(event)) continue
    const isNew = after.session === 'new'
    if (after.session === 'refused') put(refusals, before.state, event)
    else if (isNew || after.user.state !== before.state)
      put(
        edges,
        `${before.state} --> ${after.user.state}`,
        `${inGeneral(event, isNew)}${isNew ? ' (another session)' : ''}`,
      )
  }
  const drawn = [...edges].map(([edge, events]) => `  ${edge}: ${[...events].sort().join(', ')}`)
  const rows = [...refusals].map(([state, events]) => `| \`${state}\` | ${[...events].sort().join(', ')} |`)
  return `## Who is signed in

One object for each sign-in (\`src/auth/session.ts\`) holds who is signed in, the flag, whether tickets work, and the prefetched
ticket. The end of a session puts another object in its place, aborts the old one, and then notifies: connections first, then the
app. What comes late writes into the old object, which nobody shows. Drawn from \`src/auth/user-state.ts\`:

\`\`\`mermaid
stateDiagram-v2
  [*] --> unknown
${drawn.join('\n')}
\`\`\`

From every state \`handleLogout()\` leads to \`signed_out\` and \`signedIn()\` to \`announced\`, in another session. An answer that
is an error, and changes nothing:

| in | what the app answers |
| --- | --- |
${rows.join('\n')}`
}
