import { act, cleanup } from '@testing-library/react'
import { hydrateRoot } from 'react-dom/client'
import { renderToString } from 'react-dom/server'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
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
import { advance, type TestPage, watchComplaints } from '../support/react-page.ts'

beforeEach(() => {
  document.body.innerHTML = '<div id="root"></div>'
})
afterEach(() => {
  cleanup()
  vi.restoreAllMocks()
})

/** Every hook, in words. */
function Everything() {
  const { status, method, session } = useTicketSocket()
  useMessage('hello', () => {})
  const latest = useLatestMessage('hello', ({ n }) => n)
  const all = useMessages('hello')
  const { pending } = useRequest()
  const { userId, prefetched } = useTicketAuth()
  const words = [
    status,
    useSocketStatus(),
    method,
    session?.userId,
    latest,
    all.length,
    pending,
    userId,
    prefetched !== null,
  ]
  return <p>{words.map(String).join(' ')}</p>
}

function Provided({ page }: { page: TestPage }) {
  return (
    <TicketSocketProvider socket={page.socket} auth={page.auth}>
      <Everything />
    </TicketSocketProvider>
  )
}

function Made({ page }: { page: TestPage }) {
  const { socket } = useTicketSocket({ url: page.backend.wsUrl, auth: page.auth, platform: page.platform })
  return (
    <TicketSocketProvider socket={socket} auth={page.auth}>
      <Everything />
    </TicketSocketProvider>
  )
}

const IDLE = '<p>idle idle null undefined null 0 false null false</p>'
const OPEN = 'open open ticket alice 1 1 false alice true'

const greeting = {
  backend: { onConnection: (connection: { send(message: object): void }) => connection.send({ type: 'hello', n: 1 }) },
}

test.each([
  ['a provider', Provided],
  ['useTicketSocket with options', Made],
])('on a server, %s renders the idle state, opens nothing and leaves no timer', async (_name, App) => {
  const page = arrange()
  expect(renderToString(<App page={page} />)).toBe(IDLE)
  await page.clock.advance(60_000)
  expect(page.backend.journal.entries).toEqual([])
  expect(page.clock.pending()).toBe(0)
})

test.each([
  ['a provider', Provided],
  ['useTicketSocket with options', Made],
])('in the browser, %s takes the server’s markup over without a mismatch, and connects', async (_name, App) => {
  const complaints = watchComplaints()
  const root = document.getElementById('root') as HTMLElement
  root.innerHTML = renderToString(<App page={arrange()} />)
  const markup = root.firstChild
  const page = arrange(greeting)
  const mismatches: unknown[] = []
  const onRecoverableError = (error: unknown) => mismatches.push(error)
  const hydrated = await act(async () => hydrateRoot(root, <App page={page} />, { onRecoverableError }))
  await advance(page)
  expect(root.textContent).toBe(OPEN)
  expect(root.firstChild).toBe(markup)
  await act(async () => hydrated.unmount())
  expect([mismatches, complaints()]).toEqual([[], []])
})

test('a page whose socket is open before it hydrates has no mismatch either', async () => {
  const complaints = watchComplaints()
  const root = document.getElementById('root') as HTMLElement
  root.innerHTML = renderToString(<Provided page={arrange()} />)
  const markup = root.firstChild
  const page = arrange(greeting)
  await page.connect()
  const mismatches: unknown[] = []
  const onRecoverableError = (error: unknown) => mismatches.push(error)
  const hydrated = await act(async () => hydrateRoot(root, <Provided page={page} />, { onRecoverableError }))
  expect(root.textContent).toMatch(/^open open ticket alice/)
  expect(root.firstChild).toBe(markup)
  await act(async () => hydrated.unmount())
  expect([mismatches, complaints()]).toEqual([[], []])
})

test('a mismatch would be seen', async () => {
  vi.spyOn(console, 'error').mockImplementation(() => {})
  const root = document.getElementById('root') as HTMLElement
  root.innerHTML = '<p>another text</p>'
  const mismatches: unknown[] = []
  const onRecoverableError = (error: unknown) => mismatches.push(error)
  const hydrated = await act(async () => hydrateRoot(root, <Provided page={arrange()} />, { onRecoverableError }))
  await act(async () => hydrated.unmount())
  expect(mismatches.length).toBeGreaterThan(0)
})
