import { cleanup, render, screen } from '@testing-library/react'
import { StrictMode, useReducer } from 'react'
import { afterEach, describe, expect, test, vi } from 'vitest'
import type { TicketSocketOptions } from '../../src/index.ts'
import { useTicketSocket } from '../../src/react/index.ts'
import { arrange } from '../support/arrange.ts'
import { advance, type TestPage, upgrades } from '../support/react-page.ts'

afterEach(() => {
  cleanup()
  vi.restoreAllMocks()
})

const rooms = ({ backend }: TestPage) => backend.journal.of('upgrade').map(({ url }) => new URL(url).search)

/** The function is another one at each render. */
function Room({ page, name }: { page: TestPage; name: string }) {
  const { status } = useTicketSocket({
    url: () => `${page.backend.wsUrl}?room=${name}`,
    auth: page.auth,
    platform: page.platform,
  })
  return <p role="status">{`${name} ${status}`}</p>
}

function Given({ page, url }: { page: TestPage; url: TicketSocketOptions['url'] }) {
  const { status } = useTicketSocket({ url, auth: page.auth, platform: page.platform })
  return <p role="status">{status}</p>
}

const shown = () => screen.getAllByRole('status').map(({ textContent }) => textContent)

describe('useTicketSocket with a url function that is written in the component', () => {
  test('connects once, however often it renders', async () => {
    const page = arrange()
    const App = () => (
      <StrictMode>
        <Room page={page} name="a" />
      </StrictMode>
    )
    const view = render(<App />)
    await advance(page)
    for (let i = 0; i < 20; i++) view.rerender(<App />)
    await advance(page)
    expect(shown()).toEqual(['a open'])
    expect(upgrades(page)).toBe(1)
    expect(page.backend.connections()).toHaveLength(1)
    view.unmount()
    await advance(page)
    expect(page.backend.connections()).toHaveLength(0)
    expect(page.clock.pending()).toBe(0)
  })

  test('calls the newest function, from the next attempt on', async () => {
    const page = arrange()
    const view = render(<Room page={page} name="a" />)
    await advance(page)
    view.rerender(<Room page={page} name="b" />)
    await advance(page)
    expect(rooms(page)).toEqual(['?room=a'])
    page.backend.dropConnections()
    await advance(page, 10_000)
    expect(shown()).toEqual(['b open'])
    expect(rooms(page)).toEqual(['?room=a', '?room=b'])
  })

  test('gives each component its own connection', async () => {
    const page = arrange()
    render(
      <>
        <Room page={page} name="a" />
        <Room page={page} name="b" />
      </>,
    )
    await advance(page)
    expect(rooms(page).sort()).toEqual(['?room=a', '?room=b'])
    expect(page.backend.connections()).toHaveLength(2)
  })

  test('renders as often as what it shows changes, and no more', async () => {
    const page = arrange()
    let renders = 0
    const Counted = () => {
      renders++
      const [, again] = useReducer((n: number) => n + 1, 0)
      useTicketSocket({ url: () => page.backend.wsUrl, auth: page.auth, platform: page.platform })
      return (
        <button type="button" onClick={again}>
          again
        </button>
      )
    }
    render(<Counted />)
    await advance(page)
    const before = renders
    screen.getByRole('button').click()
    await advance(page, 10)
    expect(renders).toBe(before + 1)
  })
})

test('a function that components share is one connection', async () => {
  const page = arrange()
  const url = () => `${page.backend.wsUrl}?room=shared`
  render(
    <>
      <Given page={page} url={url} />
      <Given page={page} url={url} />
    </>,
  )
  await advance(page)
  expect(shown()).toEqual(['open', 'open'])
  expect(rooms(page)).toEqual(['?room=shared'])
})

test('from a string to a function and back: each is one connection', async () => {
  const page = arrange()
  const { wsUrl } = page.backend
  const view = render(<Given page={page} url={`${wsUrl}?n=1`} />)
  await advance(page)
  for (const query of ['?n=2', '?n=2']) {
    view.rerender(<Given page={page} url={() => wsUrl + query} />)
    await advance(page)
  }
  view.rerender(<Given page={page} url={`${wsUrl}?n=3`} />)
  await advance(page)
  view.rerender(<Given page={page} url={() => `${wsUrl}?n=4`} />)
  await advance(page)
  expect(rooms(page)).toEqual(['?n=1', '?n=2', '?n=3', '?n=4'])
  expect(page.backend.connections()).toHaveLength(1)
})

test('a URL object is the URL that it holds, in whatever object', async () => {
  const page = arrange()
  const view = render(<Given page={page} url={new URL('?room=1', page.backend.wsUrl)} />)
  await advance(page)
  view.rerender(<Given page={page} url={new URL('?room=1', page.backend.wsUrl)} />)
  await advance(page)
  expect(rooms(page)).toEqual(['?room=1'])
})

test('a credential in a fixed url throws while the component renders', () => {
  const page = arrange()
  vi.spyOn(console, 'error').mockImplementation(() => {})
  expect(() => render(<Given page={page} url={`${page.backend.wsUrl}?ticket=1`} />)).toThrow(
    'url must not have the parameter "ticket"',
  )
})
