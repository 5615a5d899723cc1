// Tokens and tickets live in memory: a script that reads a browser's storage later finds none of ours there, and neither
// does the next person at the same machine.

import { act, cleanup, render, screen } from '@testing-library/react'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { scenarios } from '../../src/mock/index.ts'
import { TicketSocketProvider, useTicketSocket } from '../../src/react/index.ts'
import { arrange } from '../support/arrange.ts'
import { jwtFor } from '../support/jwt.ts'

/** Every way in which a page can keep something, and what was kept in it. */
function watchStorage() {
  const touched: string[] = []
  for (const method of ['setItem', 'getItem', 'removeItem'] as const) {
    vi.spyOn(Storage.prototype, method).mockImplementation((key: string) => {
      touched.push(`${method} ${key}`)
      return null
    })
  }
  vi.spyOn(document, 'cookie', 'set').mockImplementation((cookie) => void touched.push(`cookie ${cookie}`))
  // jsdom has neither: whoever looks for them finds something that tells.
  for (const name of ['indexedDB', 'caches']) {
    const tell = (_target: object, property: string | symbol) => {
      touched.push(`${name}.${String(property)}`)
      return () => {}
    }
    vi.stubGlobal(name, new Proxy({}, { get: tell }))
  }
  return touched
}

let touched: string[]

beforeEach(() => {
  touched = watchStorage()
})

afterEach(() => {
  cleanup()
  vi.restoreAllMocks()
  vi.unstubAllGlobals()
})

function Status() {
  const { status, method } = useTicketSocket()
  return <p role="status">{`${status} ${method}`}</p>
}

test('a whole life of a page leaves nothing in storage, and reads nothing from it', async () => {
  const name = window.name
  const page: ReturnType<typeof arrange> = arrange({
    auth: {
      refreshToken: () => {
        page.session.jwt = page.backend.rotateToken('alice', jwtFor('alice'))
        return page.session.jwt
      },
    },
  })
  const wait = (ms: number) =>
    act(async () => {
      await new Promise<void>((resolve) => setTimeout(resolve, 0))
      await page.clock.advance(ms)
    })
  const reconnect = async () => {
    page.backend.dropConnections()
    await wait(30_000)
  }
  const shown = () => screen.getByRole('status').textContent

  render(
    <TicketSocketProvider socket={page.socket}>
      <Status />
    </TicketSocketProvider>,
  )
  await wait(1_000)
  expect(shown()).toBe('open ticket')
  page.socket.send({ type: 'chat' })

  page.backend.use(scenarios.jwtExpired)
  await reconnect()
  expect(await page.auth.handleAuthError()).toBe(true)
  await reconnect()
  expect(shown()).toBe('open ticket')

  page.backend.use(scenarios.ticketEndpointMissing)
  await reconnect()
  await reconnect()
  expect(shown()).toBe('open jwt')
  expect(page.times('auth.reverted')).toBe(1)

  await act(async () => page.auth.handleLogout())
  await act(async () => page.signIn('bob'))
  await wait(1_000)
  expect(page.state().session?.userId).toBe('bob')
  page.auth.dispose()
  await wait(5_000)

  expect(touched).toEqual([])
  expect([localStorage.length, sessionStorage.length, document.cookie, window.name]).toEqual([0, 0, '', name])
})

test('the watch sees each of them', () => {
  localStorage.setItem('a', '1')
  sessionStorage.setItem('b', '1')
  localStorage.getItem('c')
  // biome-ignore lint/suspicious/noDocumentCookie: to see that it is seen
  document.cookie = 'd=1'
  indexedDB.open('e')
  caches.open('f')
  expect(touched).toEqual(['setItem a', 'setItem b', 'getItem c', 'cookie d=1', 'indexedDB.open', 'caches.open'])
})
