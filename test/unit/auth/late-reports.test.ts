// A connection of Alice's may end after Bob has signed in. Its report belongs to Alice's session: Bob's page shows nothing
// of it, and nothing of it counts against Bob's tickets or his JWT.

import { describe, expect, test } from 'vitest'
import type { Outcome } from '../../../src/index.ts'
import { scenarios } from '../../../src/mock/index.ts'
import { arrange } from '../../support/arrange.ts'
import { jwtFor } from '../../support/jwt.ts'

type TestPage = ReturnType<typeof arrange>

async function settled<T>(page: TestPage, promise: Promise<T>): Promise<T> {
  await page.clock.advance(1_000)
  return promise
}

const acquire = (page: TestPage) => settled(page, page.auth.acquire({ signal: new AbortController().signal }))

/** Each way in which the next user comes. */
const changes = {
  'Alice signs out, and Bob signs in': (page: TestPage) => {
    page.auth.handleLogout()
    page.signIn('bob')
  },
  'the app announces Bob alone': (page: TestPage) => page.signIn('bob'),
  'getToken names Bob': (page: TestPage) => {
    page.session.jwt = page.backend.rotateToken('bob', jwtFor('bob'))
  },
}

const outcomes: Outcome['kind'][] = ['accepted', 'refused', 'lost', 'ended', 'unused']

describe.each(Object.entries(changes))('when %s', (_, change) => {
  describe.each([
    ['ticket', {}],
    ['jwt', { chain: ['jwt', 'none'] as const }],
  ] as const)('a report on the %s of Alice', (method, options) => {
    test.each(outcomes.flatMap((kind) => [[[kind]], [['accepted', kind]]] as Outcome['kind'][][][]))(
      'that it was %s changes nothing that Bob sees',
      async (kinds) => {
        const page = arrange({ auth: { ...options, maxTicketFailures: 1 } })
        const grant = await acquire(page)
        expect(grant.method).toBe(method)
        change(page)
        await settled(page, page.auth.initialize())
        const before = page.auth.store.getState()
        expect(before).toMatchObject({ userId: 'bob', ticketFailures: 0, reverted: false, lastError: null })
        const toldBefore = page.told.length
        for (const kind of kinds) expect(grant.report({ kind })).toBeUndefined()
        await page.clock.advance(1_000)
        expect(page.auth.store.getState()).toEqual(before)
        expect(page.told).toHaveLength(toldBefore)
        expect(await acquire(page)).toMatchObject({ method, userId: 'bob', steppedDown: null })
      },
    )
  })

  test('a JWT of Alice that stood in for a ticket counts no failure for Bob', async () => {
    const page = arrange({ auth: { maxTicketFailures: 1 } })
    page.backend.use(scenarios.htmlFromProxy)
    const grant = await acquire(page)
    expect(grant).toMatchObject({ method: 'jwt', steppedDown: { from: 'ticket' } })
    change(page)
    await settled(page, page.auth.initialize())
    grant.report({ kind: 'accepted' })
    expect(page.auth.store.getState()).toMatchObject({ userId: 'bob', ticketFailures: 0, reverted: false })
  })
})
