import { act, cleanup, render, renderHook, screen } from '@testing-library/react'
import type { ReactNode } from 'react'
import { afterEach, describe, expect, test, vi } from 'vitest'
import type { Message } from '../../src/index.ts'
import { TicketSocketProvider, useLatestMessage, useMessages } from '../../src/react/index.ts'
import type { Connection } from '../../src/server/index.ts'
import { sendFrame } from '../../src/server/session.ts'
import { arrange } from '../support/arrange.ts'
import { advance, type TestPage, watchComplaints } from '../support/react-page.ts'

afterEach(() => {
  cleanup()
  vi.restoreAllMocks()
})

const shown = () => screen.getByRole('status').textContent

async function openPage() {
  const page = arrange()
  const wrapper = ({ children }: { children: ReactNode }) => (
    <TicketSocketProvider socket={page.socket}>{children}</TicketSocketProvider>
  )
  const view = render(null, { wrapper })
  await advance(page)
  expect(page.state().status).toBe('open')
  return { page, wrapper, view }
}

/** The server sends them, and each arrives. */
async function send(page: TestPage, ...messages: Message[]) {
  for (const message of messages) page.backend.broadcast(message)
  await advance(page)
}

test('the hooks get what a codec decodes, each message of a frame by itself', async () => {
  const codec = {
    decode: (frame: string | Uint8Array) =>
      String(frame)
        .split(' ')
        .map((type, n) => ({ type, n })),
    encode: ({ type }: Message) => type,
  }
  const page = arrange({ socket: { codec } })
  const wrapper = ({ children }: { children: ReactNode }) => (
    <TicketSocketProvider socket={page.socket}>{children}</TicketSocketProvider>
  )
  const { result } = renderHook(() => useMessages('tick'), { wrapper })
  await advance(page)
  sendFrame(page.backend.connections()[0] as Connection, 'tick tock tick')
  await advance(page)
  expect(result.current.map(({ n }) => n)).toEqual([0, 2])
})

describe('useLatestMessage', () => {
  test('is null, then the newest message', async () => {
    const { page, wrapper } = await openPage()
    const { result } = renderHook(() => useLatestMessage('tick'), { wrapper })
    expect(result.current).toBeNull()
    await send(page, { type: 'tick', n: 1 }, { type: 'other' }, { type: 'tick', n: 2 })
    expect(result.current).toEqual({ type: 'tick', n: 2 })
  })

  test('ten thousand messages with ten changes of the picked value are ten renders', async () => {
    const { page, wrapper } = await openPage()
    let renders = 0
    function Decade() {
      renders++
      return <p role="status">{useLatestMessage('tick', (message) => Math.floor(Number(message.n) / 1_000))}</p>
    }
    render(<Decade />, { wrapper })
    const before = renders
    for (let n = 0; n < 10_000; n++) {
      page.backend.broadcast({ type: 'tick', n })
      // Every hundredth is waited for, so that React has the chance to render for each.
      if (n % 100 === 99) await act(() => page.clock.advance(1))
    }
    expect(shown()).toBe('9')
    expect(renders - before).toBe(10)
  })

  test('a new function on each render picks with what that render knows', async () => {
    const { page, wrapper } = await openPage()
    const { result, rerender } = renderHook(
      ({ field }) => useLatestMessage('tick', (message) => message[field] as number),
      { wrapper, initialProps: { field: 'bid' } },
    )
    await send(page, { type: 'tick', bid: 1, ask: 2 })
    expect(result.current).toBe(1)
    rerender({ field: 'ask' })
    expect(result.current).toBe(2)
  })

  test('a function that builds an object renders once for a message, and not for ever', async () => {
    const complaints = watchComplaints()
    const { page, wrapper } = await openPage()
    let renders = 0
    const { result } = renderHook(
      () => {
        renders++
        return useLatestMessage('tick', ({ n }) => ({ n }))
      },
      { wrapper },
    )
    const before = renders
    await send(page, { type: 'tick', n: 1 })
    await send(page, { type: 'tick', n: 1 })
    expect(result.current).toEqual({ n: 1 })
    expect(renders - before).toBe(2)
    expect(complaints()).toEqual([])
  })

  test('another type begins with what was told of that type', async () => {
    const { page, wrapper } = await openPage()
    const { result, rerender } = renderHook(({ type }) => useLatestMessage(type)?.n, {
      wrapper,
      initialProps: { type: 'a' },
    })
    await send(page, { type: 'a', n: 1 }, { type: 'b', n: 2 })
    rerender({ type: 'c' })
    expect(result.current).toBeUndefined()
    rerender({ type: 'a' })
    expect(result.current).toBe(1)
  })

  test('a listener that throws does not keep the others from hearing', async () => {
    vi.spyOn(globalThis, 'reportError').mockImplementation(() => {})
    const { page, wrapper } = await openPage()
    page.socket.onMessage('tick', () => {
      throw new Error('a listener of the app')
    })
    const { result } = renderHook(() => useLatestMessage('tick', ({ n }) => n), { wrapper })
    await send(page, { type: 'tick', n: 1 })
    expect(result.current).toBe(1)
  })
})

describe('useMessages', () => {
  const numbers = (messages: readonly Message[]) => messages.map(({ n }) => n)

  test('keeps the newest, oldest first, and the same list until one comes', async () => {
    const { page, wrapper } = await openPage()
    const { result, rerender } = renderHook(() => useMessages('line', { limit: 3 }), { wrapper })
    expect(result.current).toEqual([])
    for (let n = 1; n <= 5; n++) await send(page, { type: 'line', n })
    expect(numbers(result.current)).toEqual([3, 4, 5])
    const before = result.current
    rerender()
    await send(page, { type: 'other' })
    expect(result.current).toBe(before)
  })

  test('keeps a hundred by default', async () => {
    const { page, wrapper } = await openPage()
    const { result } = renderHook(() => useMessages('line'), { wrapper })
    await send(page, ...Array.from({ length: 101 }, (_, n) => ({ type: 'line', n })))
    expect(result.current).toHaveLength(100)
    expect(result.current[0]).toEqual({ type: 'line', n: 1 })
  })

  test('two lists of different length, and the newest message, agree', async () => {
    const { page, wrapper } = await openPage()
    const { result } = renderHook(
      () => [useMessages('line', { limit: 2 }), useMessages('line', { limit: 4 }), useLatestMessage('line')] as const,
      { wrapper },
    )
    for (let n = 1; n <= 5; n++) await send(page, { type: 'line', n })
    const [short, long, latest] = result.current
    expect([numbers(short), numbers(long), latest?.n]).toEqual([[4, 5], [2, 3, 4, 5], 5])
  })

  test('loses nothing while its component is away', async () => {
    const { page, wrapper } = await openPage()
    const first = renderHook(() => useMessages('line'), { wrapper })
    // Somebody else keeps the connection.
    render(<p role="status">still here</p>, { wrapper })
    await send(page, { type: 'line', n: 1 })
    first.unmount()
    await send(page, { type: 'line', n: 2 })
    const { result } = renderHook(() => useMessages('line'), { wrapper })
    expect(numbers(result.current)).toEqual([1, 2])
  })

  test.each([0, -1, 1.5, Number.NaN, 10_001])('a limit of %d is a mistake that is named', (limit) => {
    vi.spyOn(console, 'error').mockImplementation(() => {})
    const { socket } = arrange()
    expect(() => renderHook(() => useMessages('line', { limit }, socket))).toThrow(/^limit must be .*got/)
  })
})

describe('when the user changes', () => {
  test.each([
    ['logs out', (page: TestPage) => page.auth.handleLogout()],
    ['is replaced by another, without a log-out', (page: TestPage) => page.signIn('bob')],
    [
      'logs out while the connection is closed',
      (page: TestPage) => {
        page.socket.close()
        page.auth.handleLogout()
      },
    ],
  ])('nothing of the user before is shown: %s', async (_how, change) => {
    const { page, wrapper } = await openPage()
    const { result } = renderHook(
      () => [useLatestMessage('secret'), useMessages('secret'), useLatestMessage('secret', ({ n }) => n)] as const,
      { wrapper },
    )
    await send(page, { type: 'secret', n: 1 })
    expect(result.current).toEqual([{ type: 'secret', n: 1 }, [{ type: 'secret', n: 1 }], 1])
    act(() => change(page))
    expect(result.current).toEqual([null, [], null])
  })
})
