// What belongs to one session is not shown, asked or answered in the next.

import { describe, expect, test } from 'vitest'
import { arrange } from '../../support/arrange.ts'
import { jwtFor } from '../../support/jwt.ts'
import { once } from '../../support/once.ts'
import { countedPage } from './counted-page.ts'

type TestPage = ReturnType<typeof arrange>

/** What a call comes to, once the clock has moved. */
async function settled<T>(page: TestPage, promise: Promise<T>) {
  const result = Promise.allSettled([promise])
  await page.clock.advance(20_000)
  return (await result)[0]
}

/** The flag as it is shown to each user from now on. */
function shownTo({ auth }: TestPage) {
  const shown: [userId: string | null, ticketAuth: boolean | null][] = []
  auth.store.subscribe(({ userId, ticketAuth }) => shown.push([userId, ticketAuth]))
  return shown
}

describe('the flag of a page without a user is not shown to the user who signs in', () => {
  test('by a roll-out, which is off without a user', async () => {
    const page = arrange({ auth: { ticketAuth: { rollout: 1 } } })
    const shown = shownTo(page)
    page.auth.keepPrefetched()
    page.auth.getWebSocketAuthConfig()
    await page.auth.initialize()
    expect(shown).toEqual([
      ['alice', null],
      ['alice', true],
    ])
  })

  test('by a function, when the page is shown after a sign-out', async () => {
    const page: TestPage = arrange({ auth: { ticketAuth: () => page.session.jwt !== null } })
    page.auth.keepPrefetched()
    await page.auth.initialize()
    page.session.jwt = null
    page.auth.handleLogout()
    page.page.say('shown')
    const shown = shownTo(page)
    page.session.jwt = page.backend.rotateToken('bob', jwtFor('bob'))
    await page.auth.initialize()
    expect(shown).toEqual([
      ['bob', null],
      ['bob', true],
    ])
  })
})

describe('getToken says that nobody is signed in, and a listener of that announces Bob', () => {
  test.each(['initialize', 'revokeAllTickets'] as const)('%s: its session has ended', async (call) => {
    const page = arrange()
    await page.auth.initialize()
    page.session.jwt = null
    page.auth.on(
      'userChanged',
      once(() => page.signIn('bob')),
    )
    const asked: Promise<unknown> = page.auth[call]()
    expect(await settled(page, asked)).toMatchObject({ reason: { code: 'signed_out' } })
  })
})

test('the answer to revokeAllTickets() that comes after a sign-out asks nothing for the next user', async () => {
  const { page, calls } = countedPage('getToken', { backend: { latencyMs: 500 } })
  page.auth.keepPrefetched()
  const revoked = page.auth.revokeAllTickets()
  await page.clock.advance(100)
  page.signIn('bob')
  await page.auth.initialize()
  const before = calls()
  await page.clock.advance(1_000)
  expect(await revoked).toBe(0)
  expect([calls(), page.ticketRequests()]).toEqual([before, 0])
})

describe('a subscriber of the store that sees the next user', () => {
  const endings: [string, (page: TestPage) => void][] = [
    ['signedIn()', (page) => page.signIn('bob')],
    ['a sign-out', (page) => page.auth.handleLogout()],
    [
      'getToken, which names Bob',
      (page) => {
        page.session.jwt = page.backend.rotateToken('bob', jwtFor('bob'))
        page.auth.initialize().catch(() => {})
      },
    ],
  ]

  test.each(endings)('sends nothing on the connection of the last: by %s', async (_, end) => {
    const page = arrange()
    await page.connect()
    const { journal } = page.backend
    const [upgrade] = journal.of('upgrade')
    page.auth.store.subscribe(({ userId }) => {
      if (userId !== 'alice') page.socket.send({ type: 'of the next user' } as never)
    })
    end(page)
    await page.clock.advance(5_000)
    const sent = journal.of('frame').filter(({ type }) => type === 'of the next user')
    expect(sent.filter(({ connection }) => connection === upgrade?.connection)).toEqual([])
  })

  test('ends that session as well: connections are called for each session once, and the last word counts', async () => {
    const page = arrange()
    await page.auth.initialize()
    const called: boolean[] = []
    page.auth.onSessionChange((signedIn) => called.push(signedIn))
    page.auth.onSessionChange(once(() => page.auth.handleLogout()))
    page.auth.store.subscribe(once(() => page.auth.handleLogout()))
    page.auth.signedIn()
    page.auth.handleLogout()
    expect(called).toEqual([true, false, false, false])
    expect(page.auth.store.getState().signedIn).toBe(false)
  })
})

test.each(['userChanged', 'store', 'port'])('a call within dispose(), from %s, does not ask the app', async (from) => {
  const { page, calls } = countedPage('getToken')
  await page.auth.initialize()
  const results: unknown[] = []
  const call = once(() => void page.auth.getWebSocketTicket().then((result) => results.push(result)))
  if (from === 'userChanged') page.auth.on('userChanged', call)
  if (from === 'store') page.auth.store.subscribe(call)
  if (from === 'port') page.auth.onSessionChange(call)
  page.auth.dispose()
  await page.clock.advance(20_000)
  expect(results).toMatchObject([{ success: false, error: { code: 'aborted' } }])
  expect([calls(), page.ticketRequests()]).toEqual([1, 0])
})
