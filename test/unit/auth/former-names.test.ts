// Names that were replaced go on working: what an app reads and calls, and what a source written by the app offers.

import { describe, expect, test } from 'vitest'
import { type CredentialSource, createTicketSocket, ticketWebSocket } from '../../../src/index.ts'
import { arrange } from '../../support/arrange.ts'

type TestPage = ReturnType<typeof arrange>

/** A source as an app wrote it before the new names. */
const formerSource = ({ auth }: TestPage): CredentialSource => ({
  acquire: (options) => auth.acquire(options),
  keepSpare: () => auth.keepSpare(),
  onFence: (listener) => auth.onFence(listener),
  onReverted: (listener) => auth.onReverted(listener),
})

test('spare is the prefetched ticket', async () => {
  const page = arrange()
  await page.auth.initialize()
  expect(page.auth.store.getState()).toMatchObject({ prefetched: null, spare: null })
  const end = page.auth.keepSpare()
  await page.clock.advance(1_000)
  const { prefetched, spare } = page.auth.store.getState()
  expect(prefetched).toMatchObject({ handle: expect.any(String) })
  expect(spare).toBe(prefetched)
  end()
})

test('onFence is called as onSessionChange is, until it is ended', () => {
  const page = arrange()
  const received: [string, boolean][] = []
  const stop = page.auth.onFence((signedIn) => received.push(['onFence', signedIn]))
  page.auth.onSessionChange((signedIn) => received.push(['onSessionChange', signedIn]))
  page.auth.signedIn()
  stop()
  page.auth.handleLogout()
  expect(received).toEqual([
    ['onFence', true],
    ['onSessionChange', true],
    ['onSessionChange', false],
  ])
})

describe('a source that has only the former names', () => {
  test('serves createTicketSocket: it prefetches, and a sign-out closes the connection', async () => {
    const page = arrange()
    const { backend, platform, clock } = page
    const socket = createTicketSocket({ url: backend.wsUrl, auth: formerSource(page), platform })
    socket.connect()
    await clock.advance(30_000)
    expect(socket.store.getState().status).toBe('open')
    expect(page.auth.store.getState().prefetched).not.toBeNull()
    page.auth.handleLogout()
    expect(socket.store.getState().status).toBe('closed')
  })

  test('serves ticketWebSocket as well', async () => {
    const page = arrange()
    const { backend, platform, clock } = page
    const WebSocket = ticketWebSocket(formerSource(page), { platform })
    const socket = new WebSocket(backend.wsUrl)
    await clock.advance(1_000)
    expect(socket.readyState).toBe(1)
    page.auth.handleLogout()
    await clock.advance(1_000)
    expect(socket.readyState).toBe(3)
  })

  test('and one that has neither is refused by the present name', () => {
    const { auth } = arrange()
    const source = { acquire: auth.acquire, keepSpare: auth.keepSpare } as CredentialSource
    expect(() => createTicketSocket({ url: 'wss://api.example.com/ws', auth: source })).toThrow(
      'auth.onSessionChange must be a function, got undefined',
    )
  })
})
