// <Activity> (React 19.2 and newer) takes a hidden tree's effects down and keeps its state.

import { act, cleanup, render, screen } from '@testing-library/react'
import {
  Activity,
  type ReactElement,
  type ReactNode,
  StrictMode,
  startTransition,
  useLayoutEffect,
  useState,
} from 'react'
import { afterEach, describe, expect, test, vi } from 'vitest'
import {
  TicketSocketProvider,
  useLatestMessage,
  useMessage,
  useMessages,
  useRequest,
  useTicketAuth,
  useTicketSocket,
} from '../../src/react/index.ts'
import { arrange } from '../support/arrange.ts'
import { advance, type TestPage, upgrades } from '../support/react-page.ts'

afterEach(cleanup)

const shown = () => screen.getByRole('status', { hidden: true }).textContent

function Lines({ heard }: { heard: unknown[] }) {
  useMessage('line', ({ n }) => heard.push(n))
  const all = useMessages('line')
  return <p role="status">{`${useLatestMessage('line', ({ n }) => n)}: ${all.map(({ n }) => n)}`}</p>
}

const Provided = ({ page, children }: { page: TestPage; children: ReactNode }) => (
  <TicketSocketProvider socket={page.socket}>{children}</TicketSocketProvider>
)

function Made({ page, children }: { page: TestPage; children: ReactNode }) {
  const { socket } = useTicketSocket({ url: page.backend.wsUrl, auth: page.auth, platform: page.platform })
  return <TicketSocketProvider socket={socket}>{children}</TicketSocketProvider>
}

async function say(page: TestPage, n: number) {
  page.backend.broadcast({ type: 'line', n })
  await advance(page)
}

/** No spare, so that tickets and sockets can be compared. */
function arrangeHidden() {
  const page = arrange()
  page.page.say('hidden')
  return page
}

test('below a connection, hiding and showing costs nothing, and a list has no hole', async () => {
  const page = arrangeHidden()
  const heard: unknown[] = []
  const tree = (mode: 'hidden' | 'visible') => (
    <StrictMode>
      <Provided page={page}>
        <Activity mode={mode}>
          <Lines heard={heard} />
        </Activity>
      </Provided>
    </StrictMode>
  )
  const view = render(tree('visible'))
  await advance(page)
  await say(page, 1)
  view.rerender(tree('hidden'))
  await say(page, 2)
  view.rerender(tree('visible'))
  await advance(page)
  expect(shown()).toBe('2: 1,2')
  // A handler is an effect: while hidden there is none.
  expect(heard).toEqual([1])
  await say(page, 3)
  expect([shown(), heard]).toEqual(['3: 1,2,3', [1, 3]])
  expect([page.ticketRequests(), upgrades(page)]).toEqual([1, 1])
})

describe('hidden while the user changes', () => {
  /** A page of Alice's: every hook that shows something of a user has something to show. */
  async function arrangeAlices() {
    const page = arrangeHidden()
    page.backend.onMessage('ask', ({ id }, connection) => {
      connection.send({ type: 'answer', of: connection.identity?.userId, reply_to: id })
    })
    let request = async (_type: string): Promise<unknown> => null
    // Each for itself: one that renders again would do it for all.
    const Account = () => useTicketAuth().userId
    const Session = () => useTicketSocket().session?.userId ?? 'none'
    const Listed = () => useMessages('line').length
    const Latest = () => String(useLatestMessage('line', ({ n }) => n))
    function Answer() {
      const { data, error, pending, ...asking } = useRequest<{ of: string }>()
      request = (type) => asking.request({ type })
      return [data?.of, error?.code, pending].map(String).join(' ')
    }
    const Personal = () => (
      <p role="status">
        <Account /> <Session /> <Listed /> <Latest /> <Answer />
      </p>
    )
    /** What a browser may paint: what is on the page when a commit's own work is done, and its effects still wait. */
    const painted: unknown[] = []
    const inner = <Personal />
    let set = (_mode: 'hidden' | 'visible', _element = inner) => {}
    function Root() {
      const [[mode, element], change] = useState(['visible' as 'hidden' | 'visible', inner])
      set = (mode, element = inner) => change([mode, element])
      useLayoutEffect(() => queueMicrotask(() => painted.push(shown())))
      return (
        <TicketSocketProvider socket={page.socket} auth={page.auth}>
          <Activity mode={mode}>{element}</Activity>
        </TicketSocketProvider>
      )
    }
    render(<Root />)
    await advance(page)
    async function ask(type = 'ask') {
      let answer: Promise<unknown> = Promise.resolve()
      await act(async () => {
        answer = request(type)
        await page.clock.advance(100)
      })
      return { answer }
    }
    await ask()
    await say(page, 1)
    expect(shown()).toBe(ALICES)
    act(() => set('hidden'))
    await advance(page)

    /** As it is outside of tests: `act` would run effects at once. The first thing that is painted. */
    async function show(element?: ReactElement) {
      vi.stubGlobal('IS_REACT_ACT_ENVIRONMENT', false)
      painted.length = 0
      startTransition(() => set('visible', element))
      await vi.waitFor(() => expect(painted).not.toEqual([]))
      vi.unstubAllGlobals()
      return painted[0]
    }
    return { page, show, ask, Personal }
  }
  const ALICES = 'alice alice 1 1 alice undefined false'
  const BOBS = 'bob bob 0 null undefined undefined false'

  test('where it does not, everything is still there', async () => {
    const { show } = await arrangeAlices()
    expect(await show()).toBe(ALICES)
  })

  test.each([true, false])('nothing of Alice is shown to Bob, for no frame (rendered again: %s)', async (again) => {
    const { page, show, Personal } = await arrangeAlices()
    page.auth.handleLogout()
    page.signIn('bob')
    await advance(page)
    expect(await show(again ? <Personal /> : undefined)).toBe(BOBS)
  })

  test('an answer that Alice was given while hidden is not shown to him either', async () => {
    const { page, show, ask } = await arrangeAlices()
    await ask()
    page.signIn('bob')
    await advance(page)
    expect(await show()).toBe(BOBS)
    await ask()
    expect(shown()).toBe('bob bob 0 null bob undefined false')
  })

  test('her question that his sign-in cut off is no error of his', async () => {
    const { page, show, ask } = await arrangeAlices()
    const { answer } = await ask('which nobody answers')
    page.signIn('bob')
    await advance(page)
    expect(await answer).toBeNull()
    expect(await show()).toBe(BOBS)
  })
})

describe.each([
  ['a provider', Provided],
  ['useTicketSocket with options', Made],
])('around a connection made by %s', (_name, Source) => {
  const tree = (page: TestPage, mode: 'hidden' | 'visible') => (
    <Activity mode={mode}>
      <Source page={page}>
        <Lines heard={[]} />
      </Source>
    </Activity>
  )

  test('hidden and shown in one go, it neither reconnects nor buys a ticket', async () => {
    const page = arrangeHidden()
    const view = render(tree(page, 'visible'))
    await advance(page)
    act(() => {
      view.rerender(tree(page, 'hidden'))
      view.rerender(tree(page, 'visible'))
    })
    view.rerender(tree(page, 'hidden'))
    view.rerender(tree(page, 'visible'))
    await advance(page)
    expect([page.ticketRequests(), upgrades(page), page.backend.connections().length]).toEqual([1, 1, 1])
  })

  test('hidden for longer, it is closed as on unmounting, and opened again when shown', async () => {
    const page = arrangeHidden()
    const view = render(tree(page, 'visible'))
    await advance(page)
    view.rerender(tree(page, 'hidden'))
    await advance(page)
    expect(page.backend.connections()).toHaveLength(0)
    view.rerender(tree(page, 'visible'))
    await advance(page)
    expect([page.ticketRequests(), upgrades(page), page.backend.connections().length]).toEqual([2, 2, 1])
    await say(page, 1)
    expect(shown()).toBe('1: 1')
  })

  test('and that also where React has no reason to render it again', async () => {
    const page = arrangeHidden()
    const inner = (
      <Source page={page}>
        <Lines heard={[]} />
      </Source>
    )
    const view = render(<Activity mode="visible">{inner}</Activity>)
    for (const mode of ['hidden', 'visible'] as const) {
      await advance(page)
      view.rerender(<Activity mode={mode}>{inner}</Activity>)
    }
    await advance(page)
    await say(page, 1)
    expect([shown(), upgrades(page), page.backend.connections().length]).toEqual(['1: 1', 2, 1])
  })

  test('rendered hidden in advance, it connects when it is shown', async () => {
    const page = arrangeHidden()
    const view = render(tree(page, 'hidden'))
    await advance(page)
    expect(page.backend.journal.entries).toEqual([])
    view.rerender(tree(page, 'visible'))
    await advance(page)
    expect(page.backend.connections()).toHaveLength(1)
  })
})
