// Where `createReconnectingTicketSocket` connects.

import { describe, expect, test } from 'vitest'
import type { TicketSocketError } from '../../../src/index.ts'
import {
  createReconnectingTicketSocket,
  type ReconnectingTicketSocketOptions,
} from '../../../src/reconnecting-websocket/index.ts'
import { arrange } from '../../support/arrange.ts'

type Url = Parameters<typeof createReconnectingTicketSocket>[1]

function begin(url: Url, options: ReconnectingTicketSocketOptions = {}, auth: object = {}) {
  const warnings: string[] = []
  const page = arrange({
    auth,
    wrap: (platform) => ({
      ...platform,
      logger: { debug() {}, info() {}, warn: (line) => void warnings.push(line), error() {} },
    }),
  })
  const socket = createReconnectingTicketSocket(page.auth, url, { platform: page.platform, ...options })
  const heard: string[] = []
  socket.addEventListener('open', () => heard.push('open'))
  socket.addEventListener('error', (event) => {
    heard.push(`error ${(event as Event & { error?: TicketSocketError }).error?.code}`)
  })
  socket.addEventListener('close', ({ code }) => heard.push(`close ${code}`))
  return {
    ...page,
    socket,
    heard,
    warnings,
    arrived: () => page.backend.journal.of('upgrade').map(({ url }) => url),
  }
}

const WS = 'wss://mock.test/ws'
const TOKEN = 'x'.repeat(16)

describe.each(['url', 'getToken'])('a call of the socket by the app’s %s', (name) => {
  test.each([
    ['close', [], []],
    ['reconnect', [WS], ['open']],
  ] as const)('%s() leaves no other connection behind', async (act, arrived, heard) => {
    let calls = 0
    const called = <T>(answer: T): T => {
      calls++
      if (calls === 1) page.socket[act]()
      return answer
    }
    const url = name === 'url' ? () => called(WS) : WS
    const getToken = () => (name === 'getToken' ? called(page.session.jwt) : page.session.jwt)
    const page = begin(url, {}, { getToken, ticketAuth: false })
    await page.clock.advance(60_000)
    expect(calls).toBe(arrived.length + 1)
    expect(page.arrived()).toEqual(arrived)
    expect(page.heard).toEqual(heard)
  })
})

describe('a url function', () => {
  test.each([
    ['sync', (n: number) => `${WS}?after=${n}`],
    ['async', async (n: number) => `${WS}?after=${n}`],
    ['a URL object', (n: number) => new URL(`${WS}?after=${n}`)],
  ])('(%s) is called for each attempt, and the socket shows where it goes', async (_, url) => {
    let n = 0
    const page = begin(() => url(++n))
    expect(page.socket.url).toBe('')
    await page.clock.advance(1_000)
    expect(page.socket.url).toBe(`${WS}?after=1`)
    page.backend.dropConnections()
    await page.clock.advance(10_000)
    expect(page.arrived()).toEqual([`${WS}?after=1`, `${WS}?after=2`])
    expect(page.heard).toEqual(['open', 'close 1006', 'open'])
  })

  test('that throws, or returns no URL, is tried again', async () => {
    const answers: unknown[] = [new Error('not yet'), undefined, 'api.example.com', WS]
    const page = begin(() => {
      const answer = answers.shift()
      if (answer instanceof Error) throw answer
      return answer as string
    })
    await page.clock.advance(60_000)
    expect(page.heard).toEqual([...Array(3).fill(['error url_callback_failed', 'close 1006']).flat(), 'open'])
  })

  test('that does not answer is given up after urlTimeoutMs', async () => {
    const page = begin(() => new Promise<string>(() => {}), { urlTimeoutMs: 2_000 })
    await page.clock.advance(2_500)
    expect(page.heard).toEqual(['error timeout', 'close 1006'])
  })

  test.each([
    ['close()', (page: ReturnType<typeof begin>) => page.socket.close()],
    ['a log-out', (page: ReturnType<typeof begin>) => page.auth.handleLogout()],
  ])('that answers after %s dials nothing', async (_, end) => {
    let answer = (_: string) => {}
    const page = begin(
      () =>
        new Promise<string>((resolve) => {
          answer = resolve
        }),
    )
    await page.clock.advance(100)
    end(page)
    answer(WS)
    await page.clock.advance(30_000)
    expect(page.arrived()).toEqual([])
  })

  test('whose URL holds a credential stops it, where tickets are on', async () => {
    let calls = 0
    const page = begin(() => {
      calls++
      return `${WS}?token=${TOKEN}`
    })
    await page.clock.advance(60_000)
    expect(page.heard).toEqual(['error credential_in_url', 'close 4400'])
    expect([calls, page.arrived(), page.ticketRequests()]).toEqual([1, [], 0])
  })
})

describe('PR-42: a fixed URL that holds a credential', () => {
  test('is a TypeError, where tickets are on', () => {
    expect(() => begin(`${WS}?ticket=1`)).toThrow(TypeError)
    expect(() => begin(`${WS}?token=${TOKEN}`)).toThrow('url holds a credential in its parameter "token"')
    expect(() => begin(`${WS}?token=${TOKEN}`, { allowCredentialInUrl: true }).socket.close()).not.toThrow()
  })

  test('with a flag function stops it', async () => {
    const page = begin(`${WS}?ticket=1`, {}, { ticketAuth: async () => true })
    await page.clock.advance(60_000)
    expect(page.heard).toEqual(['error credential_in_url', 'close 4400'])
  })

  test('with the flag off is warned about once, over all attempts', async () => {
    const page = begin(`${WS}?token=${TOKEN}`, {}, { ticketAuth: false })
    await page.clock.advance(1_000)
    page.backend.dropConnections()
    await page.clock.advance(10_000)
    expect(page.arrived()).toHaveLength(2)
    expect(page.warnings.filter((line) => line.startsWith('url '))).toHaveLength(1)
  })
})

test('what is no credential source is refused first', () => {
  expect(() => createReconnectingTicketSocket(null as never, WS)).toThrow('auth must be a UnifiedAuthService')
})
