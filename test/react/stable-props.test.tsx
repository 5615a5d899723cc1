import { act, cleanup, render } from '@testing-library/react'
import { type ReactNode, StrictMode, useEffect } from 'react'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { createTicketSocket, type TicketSocket, UnifiedAuthService } from '../../src/index.ts'
import { arrange } from '../support/arrange.ts'

const OUTSIDE = 'outside of the component, or keep it with useMemo or useState.'

/** The hooks as a page loads them: nothing was warned of yet. */
async function load() {
  vi.resetModules()
  return await import('../../src/react/index.ts')
}

let warnings: string[] = []
beforeEach(() => {
  warnings = []
  vi.spyOn(console, 'warn').mockImplementation((message: string) => void warnings.push(message))
})
afterEach(() => {
  cleanup()
  vi.restoreAllMocks()
  vi.unstubAllEnvs()
  vi.unstubAllGlobals()
})

/** A page that renders more often than this renders without end, and then fails a test instead of blocking it. */
const ENDLESS = 100

function makers() {
  const { backend, clock } = arrange()
  const platform = { clock, fetch: backend.fetch, WebSocket: backend.WebSocket }
  const made: UnifiedAuthService[] = []
  const auth = () => {
    if (made.length < ENDLESS) {
      made.push(new UnifiedAuthService({ httpUrl: backend.httpUrl, getToken: () => null, platform }))
    }
    return made.at(-1) as UnifiedAuthService
  }
  const socket = () => createTicketSocket({ url: backend.wsUrl, auth: auth(), platform })
  return { auth, socket, platform, url: backend.wsUrl }
}

function rendered(element: (render: number) => ReactNode, times: number) {
  const view = render(element(0))
  for (let n = 1; n < times; n++) act(() => view.rerender(element(n)))
  return view
}

describe('the provider, in development', () => {
  test('warns once when its socket is made in every render', async () => {
    const { TicketSocketProvider } = await load()
    const { socket } = makers()
    rendered(() => <TicketSocketProvider socket={socket()}>{null}</TicketSocketProvider>, 9)
    expect(warnings).toEqual([
      `ticket-socket: <TicketSocketProvider> gets another socket in every render, and starts over with each. Create socket ${OUTSIDE}`,
    ])
  })

  test('warns of an auth that is made in every render', async () => {
    const { TicketSocketProvider } = await load()
    const { socket, auth } = makers()
    const kept = socket()
    rendered(
      () => (
        <TicketSocketProvider socket={kept} auth={auth()}>
          {null}
        </TicketSocketProvider>
      ),
      9,
    )
    expect(warnings).toEqual([expect.stringContaining('gets another auth in every render')])
  })

  test('warns in StrictMode, too, and not of what StrictMode does', async () => {
    const { TicketSocketProvider } = await load()
    const { socket } = makers()
    const kept = socket()
    rendered(
      () => (
        <StrictMode>
          <TicketSocketProvider socket={kept}>{null}</TicketSocketProvider>
        </StrictMode>
      ),
      9,
    )
    expect(warnings).toEqual([])
    rendered(
      () => (
        <StrictMode>
          <TicketSocketProvider socket={socket()}>{null}</TicketSocketProvider>
        </StrictMode>
      ),
      9,
    )
    expect(warnings).toHaveLength(1)
  })

  test('does not warn of a socket that changes now and then', async () => {
    const { TicketSocketProvider } = await load()
    const { socket } = makers()
    const sockets = [socket(), socket(), socket(), socket(), socket()]
    rendered((n) => <TicketSocketProvider socket={sockets[n >> 1] as never}>{null}</TicketSocketProvider>, 9)
    rendered((n) => <TicketSocketProvider socket={sockets[n] as never}>{null}</TicketSocketProvider>, 3)
    expect(warnings).toEqual([])
  })
})

describe('useTicketSocket(options), in development', () => {
  test('warns once of an auth that is made in every render', async () => {
    const { useTicketSocket } = await load()
    const { auth, url, platform } = makers()
    function Chat() {
      useTicketSocket({ url, auth: auth(), platform })
      return null
    }
    rendered(() => <Chat />, 6)
    expect(warnings).toEqual([
      `ticket-socket: useTicketSocket gets another auth in every render, and starts over with each. Create auth ${OUTSIDE}`,
    ])
  })

  test('warns of it though React commits the first render alone', async () => {
    const { useTicketSocket } = await load()
    const { backend, clock, session } = arrange()
    const platform = { clock, fetch: backend.fetch, WebSocket: backend.WebSocket }
    let commits = 0
    function Chat() {
      const auth = new UnifiedAuthService({ httpUrl: backend.httpUrl, getToken: () => session.jwt, platform })
      const { status } = useTicketSocket({ url: backend.wsUrl, auth, platform })
      useEffect(() => {
        commits++
      })
      return status
    }
    const view = render(<Chat />)
    for (let n = 0; n < 50; n++) await act(() => clock.advance(10))
    expect([commits, view.container.textContent]).toEqual([1, 'idle'])
    expect(warnings).toEqual([expect.stringContaining('useTicketSocket gets another auth in every render')])
  })

  test('does not warn of one that is made anew for each user, in StrictMode, which makes two of it', async () => {
    const { useTicketSocket } = await load()
    const { auth, url, platform } = makers()
    const made = new Map<number, UnifiedAuthService[]>()
    /** As `useMemo(makeAuth, [user])` in React 18: the second render of a pair makes another one, which stays. */
    function authOf(user: number) {
      const ofUser = made.get(user) ?? []
      made.set(user, ofUser)
      if (ofUser.length < 2) ofUser.push(auth())
      return ofUser.at(-1) as UnifiedAuthService
    }
    function Chat({ user }: { user: number }) {
      useTicketSocket({ url, auth: authOf(user), platform })
      return null
    }
    const element = (user: number) => (
      <StrictMode>
        <Chat user={user} />
      </StrictMode>
    )
    const view = render(element(0))
    for (const user of [1, 2]) await act(async () => view.rerender(element(user)))
    expect(warnings).toEqual([])
  })

  test('warns of the auth alone where its socket goes on to another hook: the first warning names the cause', async () => {
    const { useMessage, useTicketSocket } = await load()
    const { auth, url, platform } = makers()
    function Chat() {
      const { socket } = useTicketSocket({ url, auth: auth(), platform })
      useMessage('chat', () => {}, socket)
      return null
    }
    rendered(() => <Chat />, 9)
    expect(warnings).toEqual([expect.stringContaining('useTicketSocket gets another auth in every render')])
  })

  test('warns of a URL that is another one in every render', async () => {
    const { useTicketSocket } = await load()
    const { auth, url, platform } = makers()
    const kept = auth()
    let renders = 0
    function Chat() {
      useTicketSocket({ url: `${url}?at=${Math.min(renders++, ENDLESS)}`, auth: kept, platform })
      return null
    }
    rendered(() => <Chat />, 6)
    expect(warnings).toEqual([expect.stringContaining('useTicketSocket gets another url in every render')])
  })

  test('does not warn of new options around the same auth and URL', async () => {
    const { useTicketSocket } = await load()
    const { auth, url, platform } = makers()
    const kept = auth()
    function Chat() {
      useTicketSocket({ url, auth: kept, platform, heartbeat: {} })
      return null
    }
    rendered(() => <Chat />, 6)
    expect(warnings).toEqual([])
  })
})

// Such a component connects after it was rendered; that changes the status, which renders it again, with another socket.
describe('a component comes to rest that makes, in every render,', () => {
  async function rendersOf(use: (hooks: Awaited<ReturnType<typeof load>>, render: number) => ReactNode) {
    const hooks = await load()
    let renders = 0
    const Chat = () => use(hooks, renders++)
    rendered(() => <Chat />, 1)
    await act(() => new Promise((resolve) => setTimeout(resolve, 10)))
    return renders
  }

  test('its auth', async () => {
    const { auth, url, platform } = makers()
    const renders = await rendersOf(({ useTicketSocket }) => {
      useTicketSocket({ url, auth: auth(), platform })
      return null
    })
    expect(renders).toBeLessThan(10)
  })

  test('its URL', async () => {
    const { auth, url, platform } = makers()
    const kept = auth()
    const renders = await rendersOf(({ useTicketSocket }, render) => {
      useTicketSocket({ url: `${url}?at=${Math.min(render, ENDLESS)}`, auth: kept, platform })
      return null
    })
    expect(renders).toBeLessThan(10)
  })

  test('the socket that it provides and whose status it shows', async () => {
    const { socket } = makers()
    let used: TicketSocket | undefined
    const renders = await rendersOf(({ TicketSocketProvider, useSocketStatus }, render) => {
      used = used && render >= ENDLESS ? used : socket()
      return <TicketSocketProvider socket={used}>{useSocketStatus(used)}</TicketSocketProvider>
    })
    expect(renders).toBeLessThan(10)
  })
})

describe('a hook that is given the object itself, in development', () => {
  test('warns once of a socket, whichever hooks get it', async () => {
    const { useMessage, useSocketStatus } = await load()
    const { socket } = makers()
    function Chat() {
      const made = socket()
      useSocketStatus(made)
      useMessage('chat', () => {}, made)
      return null
    }
    rendered(() => <Chat />, 9)
    expect(warnings).toEqual([
      `ticket-socket: useSocketStatus gets another socket in every render, and starts over with each. Create socket ${OUTSIDE}`,
    ])
  })

  test('warns of an auth', async () => {
    const { useTicketAuth } = await load()
    const { auth } = makers()
    function User() {
      useTicketAuth(auth())
      return null
    }
    rendered(() => <User />, 9)
    expect(warnings).toEqual([expect.stringContaining('useTicketAuth gets another auth in every render')])
  })
})

describe('nothing is warned of', () => {
  const renderTheMistake = async () => {
    const { TicketSocketProvider } = await load()
    const { socket } = makers()
    rendered(() => <TicketSocketProvider socket={socket()}>{null}</TicketSocketProvider>, 9)
  }

  test('in production', async () => {
    vi.stubEnv('NODE_ENV', 'production')
    await renderTheMistake()
    expect(warnings).toEqual([])
  })

  test('where there is no process', async () => {
    const { TicketSocketProvider } = await load()
    const { socket } = makers()
    const element = () => <TicketSocketProvider socket={socket()}>{null}</TicketSocketProvider>
    const view = render(element())
    vi.stubGlobal('process', undefined)
    for (let n = 0; n < 9; n++) act(() => view.rerender(element()))
    vi.unstubAllGlobals()
    expect(warnings).toEqual([])
  })
})
