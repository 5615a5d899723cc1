// Turning the flag off takes effect on a page that is open: no ticket is requested any more, whatever the flag's form.

import { describe, expect, test } from 'vitest'
import type { FeatureFlag } from '../../../src/auth/feature-flag.ts'
import { scenarios } from '../../../src/mock/index.ts'
import { arrange } from '../../support/arrange.ts'
import { jwtFor } from '../../support/jwt.ts'

type TestPage = ReturnType<typeof arrange>

/** A flag that the test turns, in one of its forms. */
function switchOf(form: (isOn: () => unknown) => unknown) {
  const flag: { isOn: boolean; form: FeatureFlag } = { isOn: true, form: form(() => flag.isOn) as FeatureFlag }
  return flag
}

const FORMS: [name: string, form: (isOn: () => unknown) => unknown][] = [
  ['a function', (isOn) => isOn],
  ['a function with a promise', (isOn) => async () => isOn()],
  [
    'a function with a thenable',
    // biome-ignore lint/suspicious/noThenProperty: a promise of another realm is told by nothing else
    (isOn) => () => ({ then: (resolve: (value: unknown) => unknown) => void resolve(isOn()) }),
  ],
  [
    'a function whose first answer alone is a promise',
    (isOn) => {
      let calls = 0
      return () => (calls++ === 0 ? Promise.resolve(isOn()) : isOn())
    },
  ],
]

/** An hour in which the page is used. */
async function hour({ socket, clock }: TestPage) {
  for (let i = 0; i < 180; i++) {
    socket.send({ type: 'chat' })
    await clock.advance(20_000)
  }
}

describe.each(FORMS)('%s', (_name, form) => {
  test('that is on keeps a prefetched ticket on an open page', async () => {
    const page = arrange({ auth: { ticketAuth: switchOf(form).form } })
    await page.connect()
    const asked = page.ticketRequests()
    await hour(page)
    expect(page.ticketRequests() - asked).toBeGreaterThan(10)
  })

  test('that is turned off: an open page requests no ticket any more, and the next connection uses the JWT', async () => {
    const flag = switchOf(form)
    const page = arrange({ auth: { ticketAuth: flag.form } })
    await page.connect()
    flag.isOn = false
    const asked = page.ticketRequests()
    await hour(page)
    expect(page.ticketRequests()).toBe(asked)
    page.backend.dropConnections()
    await page.clock.advance(30_000)
    expect(page.state()).toMatchObject({ status: 'open', method: 'jwt' })
    expect(page.ticketRequests()).toBe(asked)
  })

  test('that is turned off between two requests for one ticket: the second is not made', async () => {
    const flag = switchOf(form)
    const page = arrange({ auth: { ticketAuth: flag.form } })
    page.backend.use(scenarios.ticketEndpointDown)
    const result = page.auth.getWebSocketTicket()
    await page.clock.advance(100)
    expect(page.ticketRequests()).toBe(1)
    flag.isOn = false
    await page.clock.advance(30_000)
    expect(await result).toMatchObject({ success: false, error: { code: 'tickets_disabled' } })
    expect(page.ticketRequests()).toBe(1)
  })

  test('that is turned off while callers queue for a ticket: only the six that were under way are requested', async () => {
    const flag = switchOf(form)
    const page = arrange({ auth: { ticketAuth: flag.form }, backend: { latencyMs: 100 } })
    const results = Promise.all(Array.from({ length: 20 }, () => page.auth.getWebSocketTicket()))
    await page.clock.advance(150)
    flag.isOn = false
    await page.clock.advance(30_000)
    expect((await results).filter(({ success }) => success)).toHaveLength(6)
    expect(page.ticketRequests()).toBe(6)
  })
})

describe('a prefetch asks first, and does not request', () => {
  test.each<[string, () => boolean | Promise<boolean>]>([
    ['after an error', () => Promise.reject(new Error('flag service down'))],
    [
      'after an exception',
      () => {
        throw new Error('flag service down')
      },
    ],
    ['while the answer is late', () => new Promise(() => {})],
    ['after an answer that is no boolean', async () => 'true' as never],
  ])('%s', async (_name, later) => {
    let answer: () => boolean | Promise<boolean> = async () => true
    const page = arrange({ auth: { ticketAuth: () => answer() } })
    await page.connect()
    const asked = page.ticketRequests()
    answer = later
    await hour(page)
    expect(page.ticketRequests()).toBe(asked)
    expect(page.state().status).toBe('open')
  })
})

test('getWebSocketAuthConfig() goes by the latest known answer, also one whose caller has left', async () => {
  const flag = switchOf((isOn) => async () => isOn())
  const page = arrange({ auth: { ticketAuth: flag.form } })
  await page.auth.initialize()
  const isUsed = () => page.auth.getWebSocketAuthConfig().useTicketAuth
  expect(isUsed()).toBe(true)
  flag.isOn = false
  isUsed()
  await page.clock.settle()
  expect(isUsed()).toBe(false)
  expect(page.auth.store.getState().ticketAuth).toBe(false)
})

describe('of several answers the one to the newest question counts', () => {
  const questions = () => {
    const open: ((isOn: boolean) => void)[] = []
    return { open, ask: () => new Promise<boolean>((resolve) => void open.push(resolve)) }
  }

  test('a late "on" to an older question turns nothing on again', async () => {
    const { open, ask } = questions()
    const page = arrange({ auth: { ticketAuth: ask } })
    const first = page.auth.acquire({ signal: new AbortController().signal })
    await page.clock.settle()
    const second = page.auth.acquire({ signal: new AbortController().signal })
    await page.clock.settle()
    open[1]?.(false)
    await page.clock.settle()
    open[0]?.(true)
    await page.clock.advance(100)
    expect([(await first).method, (await second).method]).toEqual(['jwt', 'jwt'])
    expect(page.auth.store.getState().ticketAuth).toBe(false)
    expect(page.ticketRequests()).toBe(0)
  })

  test('an answer for the last user says nothing about this one', async () => {
    const { open, ask } = questions()
    const page = arrange({ auth: { ticketAuth: ask } })
    page.session.jwt = jwtFor('alice')
    await page.clock.settle()
    page.auth.getWebSocketAuthConfig()
    page.signIn('bob')
    open[0]?.(true)
    await page.clock.settle()
    expect(page.auth.store.getState().ticketAuth).toBeNull()
    expect(page.auth.getWebSocketAuthConfig().useTicketAuth).toBe(false)
  })
})
