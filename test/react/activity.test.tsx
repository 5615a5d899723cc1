// <Activity> (React 19.2 and newer) takes a hidden tree's effects down and keeps its state.

import { act, cleanup, render, screen } from '@testing-library/react'
import { Activity, type ReactNode, StrictMode } from 'react'
import { afterEach, describe, expect, test } from 'vitest'
import {
  TicketSocketProvider,
  useLatestMessage,
  useMessage,
  useMessages,
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

  test('hidden and shown in one go, it neither reconnects nor requests a ticket', async () => {
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

  // A socket that is closed already tells nothing of its end, so nothing else makes React render.
  test.each([false, true])(
    'and that also where React has no reason to render it again (closed: %s)',
    async (isClosed) => {
      const page = arrangeHidden()
      let close = () => {}
      const Closing = () => {
        close = useTicketSocket().close
        return null
      }
      const inner = (
        <Source page={page}>
          <Lines heard={[]} />
          <Closing />
        </Source>
      )
      const view = render(<Activity mode="visible">{inner}</Activity>)
      await advance(page)
      if (isClosed) act(close)
      for (const mode of ['hidden', 'visible'] as const) {
        await advance(page)
        view.rerender(<Activity mode={mode}>{inner}</Activity>)
      }
      await advance(page)
      await say(page, 1)
      expect([shown(), upgrades(page), page.backend.connections().length]).toEqual(['1: 1', 2, 1])
    },
  )

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
