import { act, cleanup, render, screen } from '@testing-library/react'
import { type ReactNode, StrictMode, Suspense, useState } from 'react'
import { afterEach, describe, expect, test, vi } from 'vitest'
import {
  TicketSocketProvider,
  useLatestMessage,
  useMessage,
  useMessages,
  useRequest,
  useSocketStatus,
  useTicketAuth,
  useTicketSocket,
} from '../../src/react/index.ts'
import { arrange } from '../support/arrange.ts'
import { advance, type TestPage, upgrades } from '../support/react-page.ts'

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

/** How many sockets listen to the auth service. */
function watchFences({ auth }: TestPage) {
  let live = 0
  const { onSessionChange } = auth
  vi.spyOn(auth, 'onSessionChange').mockImplementation((listener) => {
    live++
    const stop = onSessionChange.call(auth, listener)
    return () => {
      live--
      stop()
    }
  })
  return { live: () => live }
}

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

  test('an endpoint that nobody uses any more leaves nothing behind, however many there were', async () => {
    const page = arrange()
    const fences = watchFences(page)
    const view = render(<Own page={page} />)
    for (let room = 0; room < 20; room++) {
      view.rerender(<Own page={page} url={`${page.backend.wsUrl}?room=${room}`} />)
      await advance(page, 100)
      expect(fences.live()).toBe(1)
      expect(page.backend.connections()).toHaveLength(1)
    }
    view.unmount()
    await advance(page)
    expect(fences.live()).toBe(0)
    expect(page.backend.connections()).toHaveLength(0)
    expect(page.clock.pending()).toBe(0)
  })

  test('a render that was thrown away leaves no socket for good', async () => {
    const page = arrange()
    const fences = watchFences(page)
    const never = new Promise<never>(() => {})
    const Thrown = () => {
      useTicketSocket({ url: `${page.backend.wsUrl}?never`, auth: page.auth, platform: page.platform })
      throw never
    }
    const view = render(<Suspense>{<Thrown />}</Suspense>)
    expect(fences.live()).toBe(1)
    view.unmount()
    vi.spyOn(performance, 'now').mockReturnValue(performance.now() + 60_001)
    render(<Own page={page} />)
    expect(fences.live()).toBe(1)
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

test('a socket that is handed in is used without a provider, and in place of its own', async () => {
  const [outer, inner] = [arrange(), arrange()]
  await inner.connect()
  const Handed = () => {
    const heard = useLatestMessage('hello', (message) => String(message.n), inner.socket)
    const all = useMessages('hello', { limit: 2 }, inner.socket)
    return <p role="status">{`${useSocketStatus(inner.socket)} ${heard} ${all.length}`}</p>
  }
  render(<Handed />)
  expect(shown()).toBe('open null 0')
  cleanup()
  render(
    <TicketSocketProvider socket={outer.socket}>
      <Handed />
    </TicketSocketProvider>,
  )
  for (let n = 1; n <= 3; n++) inner.backend.broadcast({ type: 'hello', n })
  await advance(inner)
  expect(shown()).toBe('open 3 2')
})

test('useTicketAuth shows the provider’s service', async () => {
  const page = arrange()
  function Auth() {
    const { ticketAuth, userId, prefetched } = useTicketAuth()
    return <p role="status">{`${ticketAuth} ${userId} ${prefetched === null ? 'no ticket' : 'a ticket'}`}</p>
  }
  render(
    <TicketSocketProvider socket={page.socket} auth={page.auth}>
      <Auth />
    </TicketSocketProvider>,
  )
  expect(shown()).toBe('null null no ticket')
  await advance(page)
  expect(shown()).toBe('true alice a ticket')
})

test.each([
  ['useTicketSocket', () => useTicketSocket()],
  ['useMessage', () => useMessage('hello', () => {})],
  ['useLatestMessage', () => useLatestMessage('hello')],
  ['useMessages', () => useMessages('hello')],
  ['useRequest', () => useRequest()],
  ['useSocketStatus', () => useSocketStatus()],
  ['useTicketAuth', () => useTicketAuth()],
])('%s without a provider says what it needs', (name, useHook) => {
  vi.spyOn(console, 'error').mockImplementation(() => {})
  const Alone = () => {
    useHook()
    return null
  }
  expect(() => render(<Alone />)).toThrow(new RegExp(`^${name} needs .*<TicketSocketProvider`))
})

test('a component that shares a socket is told of a mistake in its own options, too', () => {
  const { auth, backend } = arrange()
  const url = backend.wsUrl
  const Chat = ({ options }: { options: object }) => <p>{useTicketSocket({ url, auth, ...options }).status}</p>
  vi.spyOn(console, 'error').mockImplementation(() => {})
  const view = render(<Chat options={{}} />)
  expect(() =>
    view.rerender(
      <>
        <Chat options={{}} />
        <Chat options={{ hartbeat: {} }} />
      </>,
    ),
  ).toThrow(new TypeError('hartbeat is not an option of createTicketSocket. Did you mean heartbeat?'))
})
