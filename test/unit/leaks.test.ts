// No credential appears in a log, error, event, snapshot or URL (a ticket in the query of the socket's own URL aside).
// Canaries stand in every JWT and in every ticket; everything that comes out is turned into text and searched.

import { inspect } from 'node:util'
import { describe, expect, test } from 'vitest'
import type { Platform } from '../../src/index.ts'
import { ALL_SCENARIOS } from '../support/all-scenarios.ts'
import { arrange } from '../support/arrange.ts'

const everything = (value: unknown) =>
  inspect(value, { depth: 20, showHidden: true, getters: true, maxStringLength: null })

describe.each(ALL_SCENARIOS.map((scenario) => [scenario.name, scenario] as const))('%s', (name, scenario) => {
  test('lets no credential out', async () => {
    const secrets = new Set<string>()
    const urls: string[] = []
    const out: unknown[] = []
    const log = (...line: unknown[]) => void out.push(line)
    const logger = { debug: log, info: log, warn: log, error: log }
    const page = arrange({
      wrap: (platform) => ({
        ...platform,
        logger,
        fetch: async (url, init) => {
          urls.push(url)
          const response = await (platform.fetch as Platform['fetch'])(url, init)
          const body = (await response
            .clone()
            .json()
            .catch(() => null)) as { ticket_id?: unknown } | null
          if (typeof body?.ticket_id === 'string') secrets.add(body.ticket_id)
          return response
        },
      }),
      auth: {
        refreshToken: () => {
          page.session.jwt = page.backend.rotateToken('alice')
          secrets.add(page.session.jwt)
          return page.session.jwt
        },
      },
    })
    secrets.add(page.session.jwt as string)
    page.auth.store.subscribe((snapshot) => out.push(snapshot))
    page.socket.store.subscribe((snapshot) => out.push(snapshot))

    await page.connect()
    const heal = page.backend.use(scenario)
    for (let i = 0; i < 3; i++) {
      page.backend.dropConnections()
      await page.clock.advance(30_000)
    }
    page.socket.send({ type: 'chat', text: 'hello' })
    const result = page.auth.requestWebSocketTicket()
    await page.clock.advance(20_000)
    const { success, ...rest } = await result
    if (!success) out.push(rest)
    heal()
    page.auth.handleLogout()
    await page.clock.advance(10_000)

    const text = everything([out, page.told, page.auth, page.socket, page.backend.journal.entries])
    expect(secrets.size).toBeGreaterThan(1)
    expect(out.length).toBeGreaterThan(3)
    for (const secret of secrets) {
      expect(text.includes(secret), `a credential came out in ${name}`).toBe(false)
      expect(text.includes(secret.split('.')[2] ?? secret), `a JWT's signature came out in ${name}`).toBe(false)
      // A backend without handles is told the ticket itself in the path of a revocation: there is nothing else.
      if (name === 'plainServer' && !secret.includes('.')) continue
      expect(
        urls.some((url) => url.includes(secret)),
        `a credential stood in an HTTP URL in ${name}`,
      ).toBe(false)
    }
    expect(page.backend.journal.count((e) => e.kind === 'upgrade' && e.offeredCredential === 'jwt_in_url')).toBe(0)
  })
})

test('the search finds what it looks for', () => {
  expect(everything({ deep: [{ error: new Error('secret-canary') }] })).toContain('secret-canary')
})
