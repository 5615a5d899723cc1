// Canaries stand in every JWT and every ticket, and the server says them aloud. Everything that the panel shows and
// exports is searched.

import { describe, expect, test } from 'vitest'
import type { Platform } from '../../src/index.ts'
import { sendControlFrame } from '../../src/server/session.ts'
import { ALL_SCENARIOS } from '../support/all-scenarios.ts'
import { openInspector } from './open-inspector.ts'

function arrangeCanaries() {
  const secrets = new Set<string>()
  const page = openInspector({
    recordSends: true,
    page: {
      wrap: (platform) => ({
        ...platform,
        fetch: async (url, init) => {
          const response = await (platform.fetch as Platform['fetch'])(url, init)
          const body = (await response
            .clone()
            .json()
            .catch(() => null)) as { ticket_id?: unknown } | null
          if (typeof body?.ticket_id === 'string') secrets.add(body.ticket_id)
          return response
        },
      }),
    },
  })
  secrets.add(page.session.jwt as string)
  const TABS = ['Time line', 'Messages', 'Tickets', 'Metrics']
  return {
    ...page,
    secrets,
    /** Everything on the screen, attributes included, and everything in the journal. */
    async everything() {
      let text = JSON.stringify(page.inspector.journal())
      for (const name of TABS) {
        await page.tab(name)
        text += page.root.innerHTML
        for (const row of page.root.querySelectorAll<HTMLElement>('.message')) {
          row.click()
          text += page.root.innerHTML
        }
      }
      return text
    },
  }
}

const found = (text: string, secrets: ReadonlySet<string>) =>
  [...secrets].filter((secret) => text.includes(secret) || text.includes(secret.split('.')[2] ?? secret))

describe.each(ALL_SCENARIOS)('$name', (scenario) => {
  test('shows and exports no credential', async () => {
    const { connect, backend, clock, secrets, everything } = arrangeCanaries()
    await connect()
    backend.use(scenario)
    for (let i = 0; i < 3; i++) {
      backend.dropConnections()
      await clock.advance(20_000)
    }
    expect(secrets.size).toBeGreaterThan(1)
    expect(found(await everything(), secrets)).toEqual([])
  })
})

test('a credential in a message, an event or an entry of the app is hidden', async () => {
  const { connect, hear, socket, inspector, secrets, everything, backend } = arrangeCanaries()
  await connect()
  const [jwt = '', ticket = ''] = secrets
  const url = `wss://api.example.com/ws?ticket=${ticket}`
  await hear(
    { type: 'echo', text: `it was ${jwt}`, nested: [{ deep: { url } }] },
    { type: 'echo', token: 'short-opaque', note: `Bearer ${ticket}` },
    { type: ticket, [jwt]: 'as a name' },
  )
  socket.send({ type: 'ask', authorization: jwt, text: `${'x'.repeat(1_990)} ${ticket}` })
  inspector.note({ title: `You used ${ticket}`, detail: url })
  for (const connection of backend.connections()) {
    sendControlFrame(connection, { type: 'ts:error', code: ticket, message: `refused ${jwt}` })
  }
  const text = await everything()
  expect(found(text, secrets)).toEqual([])
  expect(text).not.toContain('short-opaque')
  expect(text).toContain('it was [jwt]')
})

test('the search finds planted credentials', () => {
  expect(found('a b.c.signature d', new Set(['b.c.signature', 'other']))).toEqual(['b.c.signature'])
})
