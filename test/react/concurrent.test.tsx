// A concurrent render may stop half way. What arrives meanwhile must not be seen by one half of the page only.

import { act, cleanup, render, screen } from '@testing-library/react'
import { type ComponentType, startTransition, useEffect, useState } from 'react'
import { afterEach, expect, test } from 'vitest'
import {
  TicketSocketProvider,
  useLatestMessage,
  useMessages,
  useRequest,
  useSocketStatus,
  useTicketAuth,
  useTicketSocket,
} from '../../src/react/index.ts'
import { arrange } from '../support/arrange.ts'
import { advance, type TestPage } from '../support/react-page.ts'

afterEach(cleanup)

interface ReaderProps {
  page: TestPage
}

/**
 * Three readers in one transition, and what `meanwhile` does happens when the first has read. Where something is to be
 * `prepared`, they are there before, and the transition renders them again.
 */
async function readDuring(
  page: TestPage,
  Reader: ComponentType<ReaderProps>,
  meanwhile: () => void,
  prepared?: () => Promise<void>,
) {
  const committed: string[][] = []
  let left = 0
  function Happens() {
    if (left-- > 0) meanwhile()
    return null
  }
  function Readers() {
    useEffect(() => {
      committed.push(screen.getAllByRole('status').map((element) => element.textContent ?? ''))
    })
    return (
      <>
        <Reader page={page} />
        <Happens />
        <Reader page={page} />
        <Reader page={page} />
      </>
    )
  }
  let renderAgain = (_: number) => {}
  function Root() {
    const [times, setTimes] = useState(prepared ? 1 : 0)
    renderAgain = setTimes
    return times > 0 ? <Readers /> : null
  }
  render(<Root />)
  await prepared?.()
  committed.length = 0
  left = 1
  await act(async () => startTransition(() => renderAgain(2)))
  expect(left).toBeLessThanOrEqual(0)
  const seen = screen.getAllByRole('status').map((element) => element.textContent)
  return { committed, seen }
}

const Latest = ({ page }: ReaderProps) => (
  <p role="status">{String(useLatestMessage('tick', ({ n }) => n, page.socket))}</p>
)
const Listed = ({ page }: ReaderProps) => (
  <p role="status">
    {useMessages('tick', {}, page.socket)
      .map(({ n }) => n)
      .join()}
  </p>
)
function Connection() {
  const { status, session } = useTicketSocket()
  return <p role="status">{`${status} ${session?.userId}`}</p>
}
const Provided = ({ page }: ReaderProps) => (
  <TicketSocketProvider socket={page.socket}>
    <Connection />
  </TicketSocketProvider>
)
function Made({ page }: ReaderProps) {
  const { status, session } = useTicketSocket({ url: page.backend.wsUrl, auth: page.auth, platform: page.platform })
  return <p role="status">{`${status} ${session?.userId}`}</p>
}
const asking = new Set<() => void>()
function Asked({ page }: ReaderProps) {
  const { request, data } = useRequest<{ n: number }>(page.socket)
  useEffect(() => {
    const ask = () => void request({ type: 'ask' })
    asking.add(ask)
    return () => void asking.delete(ask)
  }, [request])
  return <p role="status">{String(data?.n)}</p>
}
const Account = ({ page }: ReaderProps) => <p role="status">{String(useTicketAuth(page.auth).userId)}</p>
const Status = ({ page }: ReaderProps) => <p role="status">{useSocketStatus(page.socket)}</p>

/** How it is often written: read when rendering, subscribe in an effect. */
function Torn({ page }: ReaderProps) {
  const [status, setStatus] = useState(() => page.state().status)
  useEffect(() => page.socket.store.subscribe((now) => setStatus(now.status)), [page])
  return <p role="status">{status}</p>
}

/** An open page on which a component has asked for ticks before, so that the next are there at once. */
async function openPage() {
  const page = arrange()
  await page.connect()
  render(<Listed page={page} />)
  page.backend.broadcast({ type: 'tick', n: 1 })
  await advance(page)
  cleanup()
  return page
}

test.each([
  ['useSocketStatus', Status, 'closed'],
  ['useLatestMessage', Latest, 'null'],
  ['useMessages', Listed, ''],
  ['useTicketSocket', Provided, 'closed undefined'],
  ['useTicketAuth', Account, 'null'],
])('%s shows the same in every component, whatever happens during a transition', async (_name, Reader, after) => {
  const page = await openPage()
  const { committed, seen } = await readDuring(page, Reader, () => {
    // Changes all of them at once.
    page.auth.handleLogout()
  })
  expect(seen).toEqual([after, after, after])
  for (const texts of committed) expect(new Set(texts).size).toBe(1)
})

test.each([
  ['useTicketSocket with options', Made, 'open alice', 'closed undefined'],
  ['useRequest', Asked, '1', 'undefined'],
])('%s, which has shown something, too', async (_name, Reader, before, after) => {
  const page = await openPage()
  page.backend.onMessage('ask', ({ id }, connection) => connection.send({ type: 'answer', n: 1, reply_to: id }))
  const { committed, seen } = await readDuring(
    page,
    Reader,
    () => page.auth.handleLogout(),
    async () => {
      await advance(page)
      for (const ask of asking) act(ask)
      await advance(page)
      expect(screen.getAllByRole('status').map((element) => element.textContent)).toEqual([before, before, before])
    },
  )
  expect(seen).toEqual([after, after, after])
  for (const texts of committed) expect(new Set(texts).size).toBe(1)
})

test('a component that reads and subscribes later is torn, and this test sees it', async () => {
  const page = await openPage()
  const { committed } = await readDuring(page, Torn, () => page.socket.close())
  expect(committed.some((texts) => new Set(texts).size > 1)).toBe(true)
})
