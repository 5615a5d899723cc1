// What a server sends as the connection opens, and components that come later than that.

import { act, cleanup, render, screen } from '@testing-library/react'
import { lazy, type ReactNode, StrictMode, Suspense, useState } from 'react'
import { afterEach, describe, expect, test, vi } from 'vitest'
import {
  createTicketSocketHooks,
  TicketSocketProvider,
  useLatestMessage,
  useMessage,
  useMessages,
  useSocketStatus,
  useTicketSocket,
} from '../../src/react/index.ts'
import { arrange } from '../support/arrange.ts'
import { advance, type TestPage } from '../support/react-page.ts'

afterEach(() => {
  cleanup()
  vi.restoreAllMocks()
})

const shown = () => screen.getByRole('status').textContent

/** A server that speaks first: three greetings, in the task in which it accepts the connection. */
const arrangeGreeting = () =>
  arrange({
    backend: {
      onConnection(connection) {
        for (let n = 1; n <= 3; n++) connection.send({ type: 'greeting', n })
      },
    },
  })

/** Hears by every hook, each for itself. */
function Listener({ heard }: { heard: unknown[] }) {
  useMessage('greeting', ({ n }) => heard.push(n))
  const latest = useLatestMessage('greeting', ({ n }) => n)
  const all = useMessages('greeting')
  return <p role="status">{`${latest}: ${all.map(({ n }) => n)}`}</p>
}

const Provided = ({ page, children }: { page: TestPage; children: ReactNode }) => (
  <TicketSocketProvider socket={page.socket}>{children}</TicketSocketProvider>
)

const trees: Record<string, (page: TestPage, heard: unknown[]) => ReactNode> = {
  'below a provider': (page, heard) => (
    <Provided page={page}>
      <Listener heard={heard} />
    </Provided>
  ),
  'beside useTicketSocket with options': (page, heard) => {
    const Own = () => {
      const { socket } = useTicketSocket({ url: page.backend.wsUrl, auth: page.auth, platform: page.platform })
      useMessage('greeting', ({ n }) => heard.push(n), socket)
      const all = useMessages('greeting', {}, socket)
      return <p role="status">{`${useLatestMessage('greeting', ({ n }) => n, socket)}: ${all.map(({ n }) => n)}`}</p>
    }
    return <Own />
  },
  'shown only once the connection is open': (page, heard) => {
    const WhenOpen = () => (useSocketStatus() === 'open' ? <Listener heard={heard} /> : null)
    return (
      <Provided page={page}>
        <WhenOpen />
      </Provided>
    )
  },
}

describe('what the server says first is heard by every hook', () => {
  const cases = Object.entries(trees).flatMap(([name, tree]) => [
    [name, tree],
    [`${name}, under StrictMode`, (...args: Parameters<typeof tree>) => <StrictMode>{tree(...args)}</StrictMode>],
  ]) as [string, (typeof trees)[string]][]

  test.each(cases)('%s', async (_name, tree) => {
    const page = arrangeGreeting()
    const heard: unknown[] = []
    render(tree(page, heard))
    await advance(page)
    expect(heard).toEqual([1, 2, 3])
    expect(shown()).toBe('3: 1,2,3')
  })

  test.each([false, true])('by a component that is loaded later (StrictMode: %s)', async (strict) => {
    const page = arrangeGreeting()
    const heard: unknown[] = []
    let load = (_: { default: typeof Listener }) => {}
    const Later = lazy(() => new Promise<{ default: typeof Listener }>((resolve) => (load = resolve)))
    const tree = (
      <Provided page={page}>
        <Suspense fallback={<p role="status">loading</p>}>
          <Later heard={heard} />
        </Suspense>
      </Provided>
    )
    render(strict ? <StrictMode>{tree}</StrictMode> : tree)
    await advance(page)
    expect([page.state().status, shown(), heard]).toEqual(['open', 'loading', []])
    await act(async () => load({ default: Listener }))
    expect(heard).toEqual([1, 2, 3])
    expect(shown()).toBe('3: 1,2,3')
    page.backend.broadcast({ type: 'greeting', n: 4 })
    await advance(page)
    expect(heard).toEqual([1, 2, 3, 4])
  })
})

describe('where the app connects before React renders', () => {
  test.each([false, true])('nothing is lost once the hooks know the socket (StrictMode: %s)', async (strict) => {
    const page = arrangeGreeting()
    const hooks = createTicketSocketHooks(page.socket)
    await page.connect()
    const heard: unknown[] = []
    const tree = (
      <hooks.TicketSocketProvider socket={page.socket}>
        <Listener heard={heard} />
      </hooks.TicketSocketProvider>
    )
    render(strict ? <StrictMode>{tree}</StrictMode> : tree)
    await advance(page)
    expect(heard).toEqual([1, 2, 3])
    expect(shown()).toBe('3: 1,2,3')
  })

  test('and nothing of one user is told to the next', async () => {
    const page = arrangeGreeting()
    createTicketSocketHooks(page.socket)
    await page.connect()
    page.auth.handleLogout()
    const heard: unknown[] = []
    render(
      <Provided page={page}>
        <Listener heard={heard} />
      </Provided>,
    )
    await advance(page)
    expect([heard, shown()]).toEqual([[], 'null: '])
  })

  // The one exception: nobody has told the hooks of this socket.
  test('without that, what came before the first hook or provider is lost, and nothing after it', async () => {
    const page = arrangeGreeting()
    await page.connect()
    const heard: unknown[] = []
    const view = render(<Provided page={page}>{null}</Provided>)
    page.backend.broadcast({ type: 'greeting', n: 4 })
    await advance(page)
    view.rerender(
      <Provided page={page}>
        <Listener heard={heard} />
      </Provided>,
    )
    await advance(page)
    expect(heard).toEqual([4])
    expect(shown()).toBe('4: 4')
  })
})

describe('what waits for a listener', () => {
  /** A page on which the listener is shown when the test says so. */
  async function openWithout() {
    const page = arrangeGreeting()
    const heard: unknown[] = []
    let show = (_: boolean) => {}
    function Switch() {
      const [isShown, setShown] = useState(false)
      show = setShown
      return isShown ? <Listener heard={heard} /> : null
    }
    render(
      <Provided page={page}>
        <Switch />
      </Provided>,
    )
    await advance(page)
    return { page, heard, show: (isShown: boolean) => act(async () => show(isShown)) }
  }

  test('waits five seconds, and not longer', async () => {
    const start = performance.now()
    const now = vi.spyOn(performance, 'now').mockReturnValue(start)
    const { heard, show, page } = await openWithout()
    now.mockReturnValue(start + 4_000)
    page.backend.broadcast({ type: 'greeting', n: 4 })
    await advance(page)
    now.mockReturnValue(start + 5_001)
    await show(true)
    expect(heard).toEqual([4])
  })

  test('is a hundred messages at most, the newest', async () => {
    const { heard, show, page } = await openWithout()
    for (let n = 4; n <= 103; n++) page.backend.broadcast({ type: 'greeting', n })
    await advance(page)
    await show(true)
    expect([heard.length, heard[0], heard.at(-1)]).toEqual([100, 4, 103])
  })

  test('waits for the first listener only: who has left is not told later what came meanwhile', async () => {
    const { heard, show, page } = await openWithout()
    await show(true)
    await show(false)
    page.backend.broadcast({ type: 'greeting', n: 4 })
    await advance(page)
    await show(true)
    expect(heard).toEqual([1, 2, 3])
    // A list goes on while nobody looks.
    expect(shown()).toBe('4: 1,2,3,4')
  })

  test('is not told to the next user', async () => {
    const { heard, show, page } = await openWithout()
    act(() => page.auth.handleLogout())
    await show(true)
    expect(heard).toEqual([])
  })

  test('a handler that throws is reported, and the others are told', async () => {
    const reported = vi.spyOn(globalThis, 'reportError').mockImplementation(() => {})
    const page = arrangeGreeting()
    await page.connect()
    const heard: unknown[] = []
    const Both = () => {
      useMessage('greeting', ({ n }) => {
        if (n === 2) throw new Error('a mistake of the app')
      })
      useMessage('greeting', ({ n }) => heard.push(n))
      return null
    }
    const view = render(<Provided page={page}>{null}</Provided>)
    page.socket.reconnect()
    await advance(page)
    view.rerender(
      <Provided page={page}>
        <Both />
      </Provided>,
    )
    await advance(page)
    expect(heard).toEqual([1, 2, 3])
    expect(reported).toHaveBeenCalledOnce()
  })
})
