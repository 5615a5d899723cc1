import { act, cleanup, render, screen } from '@testing-library/react'
import { type ReactNode, StrictMode, useState } from 'react'
import { renderToString } from 'react-dom/server'
import { afterEach, describe, expect, test, vi } from 'vitest'
import {
  TicketSocketProvider,
  useMessage,
  useSocketStatus,
  useTicketAuth,
  useTicketSocket,
} from '../../src/react/index.ts'
import { arrange } from '../support/arrange.ts'

type TestPage = ReturnType<typeof arrange>

// The lease that StrictMode gives back waits for one real task.
const realTask = () => new Promise<void>((resolve) => setTimeout(resolve, 0))

const advance = (page: TestPage, ms = 1_000) =>
  act(async () => {
    await realTask()
    await page.clock.advance(ms)
  })

const upgrades = ({ backend }: TestPage) => backend.journal.count('upgrade')

afterEach(() => {
  cleanup()
  vi.restoreAllMocks()
})

function Status() {
  const { status, method } = useTicketSocket()
  return <p role="status">{`${status} ${method}`}</p>
}

const shown = () => screen.getByRole('status').textContent

describe('the provider', () => {
  test('connects on mount, shows what happens, and closes on unmount', async () => {
    const page = arrange()
    const view = render(
      <TicketSocketProvider socket={page.socket}>
        <Status />
      </TicketSocketProvider>,
    )
    await advance(page)
    expect(shown()).toBe('open ticket')
    page.backend.dropConnections()
    await advance(page, 100)
    expect(shown()).toBe('reconnecting ticket')
    await advance(page, 10_000)
    expect(shown()).toBe('open ticket')
    view.unmount()
    await advance(page)
    expect(page.state().status).toBe('closed')
    expect(page.backend.connections()).toHaveLength(0)
  })

  test('under StrictMode one ticket is minted for one socket, and nothing is warned about', async () => {
    const warned = [vi.spyOn(console, 'error'), vi.spyOn(console, 'warn')]
    const page = arrange()
    page.page.say('hidden') // no spare, so that tickets and sockets can be compared
    render(
      <StrictMode>
        <TicketSocketProvider socket={page.socket}>
          <Status />
        </TicketSocketProvider>
      </StrictMode>,
    )
    await advance(page)
    expect(shown()).toBe('open ticket')
    expect(page.ticketRequests()).toBe(1)
    expect(upgrades(page)).toBe(1)
    for (const spy of warned) expect(spy).not.toHaveBeenCalled()
  })

  test('a hundred mounts and unmounts in StrictMode leave one socket, or none', async () => {
    const page = arrange()
    const view = render(<StrictMode>{null}</StrictMode>)
    for (let i = 0; i < 100; i++) {
      view.rerender(
        <StrictMode>
          <TicketSocketProvider key={i} socket={page.socket}>
            <Status />
          </TicketSocketProvider>
        </StrictMode>,
      )
    }
    await advance(page)
    expect(upgrades(page)).toBe(1)
    view.unmount()
    await advance(page)
    expect(page.backend.connections()).toHaveLength(0)
  })

  test('leaves a socket open that the app has connected itself', async () => {
    const page = arrange()
    await page.connect()
    const view = render(<TicketSocketProvider socket={page.socket}>{null}</TicketSocketProvider>)
    view.unmount()
    await advance(page)
    expect(page.state().status).toBe('open')
  })

  test('does not undo a close by hand when a component re-renders or another one mounts', async () => {
    const page = arrange()
    const Tree = ({ more }: { more: boolean }) => (
      <TicketSocketProvider socket={page.socket}>
        <Status />
        {more && <TicketSocketProvider socket={page.socket}>{null}</TicketSocketProvider>}
      </TicketSocketProvider>
    )
    const view = render(<Tree more={false} />)
    await advance(page)
    act(() => page.socket.close())
    view.rerender(<Tree more={true} />)
    await advance(page)
    expect(shown()).toBe('closed ticket')
  })
})

describe('useTicketSocket with options', () => {
  function Own({ page, url, children }: { page: TestPage; url?: string; children?: ReactNode }) {
    const { platform } = page
    const { status, session } = useTicketSocket({ url: url ?? page.backend.wsUrl, auth: page.auth, platform })
    return (
      <>
        <p role="status">{`${status} ${session?.userId}`}</p>
        {children}
      </>
    )
  }

  test('two components with the same endpoint share one socket', async () => {
    const page = arrange()
    const view = render(
      <StrictMode>
        <Own page={page} />
        <Own page={page} />
      </StrictMode>,
    )
    await advance(page)
    expect(screen.getAllByRole('status').map((element) => element.textContent)).toEqual(['open alice', 'open alice'])
    expect(upgrades(page)).toBe(1)
    view.unmount()
    await advance(page)
    expect(page.backend.connections()).toHaveLength(0)
  })

  test('a new endpoint connects anew, new option objects do not', async () => {
    const page = arrange()
    const view = render(<Own page={page} />)
    await advance(page)
    for (let i = 0; i < 10; i++) view.rerender(<Own page={page} />)
    await advance(page)
    expect(upgrades(page)).toBe(1)
    view.rerender(<Own page={page} url={`${page.backend.wsUrl}?room=2`} />)
    await advance(page)
    expect(upgrades(page)).toBe(2)
    expect(page.backend.connections()).toHaveLength(1)
  })

  test('another user gets a connection of their own', async () => {
    const page = arrange()
    render(<Own page={page} />)
    await advance(page)
    act(() => page.auth.handleLogout())
    expect(shown()).toBe('closed undefined')
    act(() => page.signIn('bob'))
    await advance(page)
    expect(shown()).toBe('open bob')
  })
})

describe('messages', () => {
  test('reach the latest handler, without a render and without a new subscription', async () => {
    const page = arrange({ backend: { onConnection: (connection) => connection.send({ type: 'hello', n: 0 }) } })
    const heard: string[] = []
    let renders = 0
    let rename = (_: string) => {}
    function Listener() {
      renders++
      const [name, setName] = useState('first')
      rename = setName
      useMessage('hello', (message) => heard.push(`${name} ${message.n}`))
      return null
    }
    render(
      <TicketSocketProvider socket={page.socket}>
        <Listener />
      </TicketSocketProvider>,
    )
    await advance(page)
    const before = renders
    for (let n = 1; n <= 100; n++) page.backend.broadcast({ type: 'hello', n })
    await advance(page)
    expect(renders).toBe(before)
    act(() => rename('second'))
    page.backend.broadcast({ type: 'hello', n: 101 })
    await advance(page)
    expect(heard).toHaveLength(102)
    expect([heard[0], heard[100], heard[101]]).toEqual(['first 0', 'first 100', 'second 101'])
  })

  test('useSocketStatus renders for a status, not for a queue or a round-trip time', async () => {
    const page = arrange()
    let renders = 0
    function OnlyStatus() {
      renders++
      return <p role="status">{useSocketStatus()}</p>
    }
    render(
      <TicketSocketProvider socket={page.socket}>
        <OnlyStatus />
      </TicketSocketProvider>,
    )
    await advance(page)
    const before = renders
    await act(async () => {
      page.page.say('offline')
      await page.clock.advance(120_000)
    })
    expect(renders).toBe(before)
    expect(shown()).toBe('open')
  })
})

test('useTicketAuth shows the provider’s service', async () => {
  const page = arrange()
  function Auth() {
    const { ticketAuth, userId, spare } = useTicketAuth()
    return <p role="status">{`${ticketAuth} ${userId} ${spare === null ? 'no spare' : 'a spare'}`}</p>
  }
  render(
    <TicketSocketProvider socket={page.socket} auth={page.auth}>
      <Auth />
    </TicketSocketProvider>,
  )
  expect(shown()).toBe('null null no spare')
  await advance(page)
  expect(shown()).toBe('true alice a spare')
})

test('on a server it renders the idle state, and opens nothing', () => {
  const page = arrange()
  const html = renderToString(
    <TicketSocketProvider socket={page.socket}>
      <Status />
    </TicketSocketProvider>,
  )
  expect(html).toBe('<p role="status">idle null</p>')
  expect(page.backend.journal.entries).toEqual([])
})

test.each([
  ['useTicketSocket', () => useTicketSocket()],
  ['useMessage', () => useMessage('hello', () => {})],
  ['useTicketAuth', () => useTicketAuth()],
])('%s without a provider says what it needs', (name, useHook) => {
  vi.spyOn(console, 'error').mockImplementation(() => {})
  const Alone = () => {
    useHook()
    return null
  }
  expect(() => render(<Alone />)).toThrow(new RegExp(`^${name} needs .*<TicketSocketProvider`))
})
