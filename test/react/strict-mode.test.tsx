// StrictMode mounts everything twice, to show effects that do not clean up behind themselves.

import { cleanup, render, screen } from '@testing-library/react'
import { type ReactNode, StrictMode } from 'react'
import { afterEach, describe, expect, test, vi } from 'vitest'
import {
  TicketSocketProvider,
  useLatestMessage,
  useMessage,
  useMessages,
  useRequest,
  useTicketSocket,
} from '../../src/react/index.ts'
import { arrange } from '../support/arrange.ts'
import { advance, type TestPage, upgrades, watchComplaints } from '../support/react-page.ts'

afterEach(() => {
  cleanup()
  vi.restoreAllMocks()
})

/** Every hook at once. */
function Everything({ heard }: { heard: string[] }) {
  const { status, socket } = useTicketSocket()
  useMessage('hello', () => heard.push('hello'), socket)
  useLatestMessage('hello')
  useMessages('hello', { limit: 3 })
  useRequest()
  return <p role="status">{status}</p>
}

function Provided({ page, children }: { page: TestPage; children: ReactNode }) {
  return <TicketSocketProvider socket={page.socket}>{children}</TicketSocketProvider>
}

function Made({ page, children }: { page: TestPage; children: ReactNode }) {
  const { platform, auth } = page
  const { socket } = useTicketSocket({ url: page.backend.wsUrl, auth, platform })
  return <TicketSocketProvider socket={socket}>{children}</TicketSocketProvider>
}

describe.each([
  ['a provider', Provided],
  ['useTicketSocket with options', Made],
])('under StrictMode, with %s', (_name, Source) => {
  test('a hundred mounts and unmounts buy one ticket, open one socket, leak none, and nothing is complained about', async () => {
    const complaints = watchComplaints()
    const page = arrange({ backend: { onConnection: (connection) => connection.send({ type: 'hello' }) } })
    page.page.say('hidden') // no spare, so that tickets and sockets can be compared
    const heard: string[] = []
    const view = render(<StrictMode>{null}</StrictMode>)
    for (let i = 0; i < 100; i++) {
      view.rerender(
        <StrictMode>
          <Source key={i} page={page}>
            <Everything heard={heard} />
          </Source>
        </StrictMode>,
      )
    }
    await advance(page)
    expect(screen.getByRole('status').textContent).toBe('open')
    expect([page.ticketRequests(), upgrades(page), page.backend.connections().length]).toEqual([1, 1, 1])
    expect(heard).toEqual(['hello'])
    view.unmount()
    await advance(page)
    expect(page.backend.connections()).toHaveLength(0)
    expect(page.clock.pending()).toBe(0)
    expect([page.ticketRequests(), upgrades(page)]).toEqual([1, 1])
    expect(complaints()).toEqual([])
  })

  test('a hundred mounts with time between them open a hundred sockets, one after the other, and leak none', async () => {
    const page = arrange()
    for (let i = 0; i < 100; i++) {
      const view = render(
        <StrictMode>
          <Source page={page}>
            <Everything heard={[]} />
          </Source>
        </StrictMode>,
      )
      await advance(page, 100)
      expect(page.backend.connections()).toHaveLength(1)
      view.unmount()
      await advance(page, 100)
      expect(page.backend.connections()).toHaveLength(0)
    }
    expect(upgrades(page)).toBe(100)
  })
})
