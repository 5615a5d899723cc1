import { act, cleanup, render, renderHook } from '@testing-library/react'
import { type ReactNode, StrictMode } from 'react'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { createRequests, type Message } from '../../src/index.ts'
import { TicketSocketProvider, useMessage, useRequest } from '../../src/react/index.ts'
import { arrange } from '../support/arrange.ts'
import { advance, watchComplaints } from '../support/react-page.ts'

afterEach(() => {
  cleanup()
  vi.restoreAllMocks()
})

/** An open page whose server answers questions when the test says so. */
async function openPage() {
  const page = arrange()
  const asked: Message[] = []
  page.backend.onMessage('ask', (message) => void asked.push(message))
  const wrapper = ({ children }: { children: ReactNode }) => (
    <StrictMode>
      <TicketSocketProvider socket={page.socket}>{children}</TicketSocketProvider>
    </StrictMode>
  )
  const view = renderHook(() => useRequest<{ type: 'answer'; n: number }>(), { wrapper })
  await advance(page)

  /** Asks, and lets the question arrive. */
  async function ask(n: number, options?: { timeoutMs?: number }) {
    let answer: Promise<unknown> = Promise.resolve()
    act(() => {
      answer = view.result.current.request({ type: 'ask', n } as { type: string }, options)
    })
    await advance(page)
    return { answer, question: asked.find((message) => message.n === n) as Message }
  }
  async function reply(question: Message, n: number) {
    page.backend.broadcast({ type: 'answer', n, reply_to: question.id })
    await advance(page)
  }
  const state = () => {
    const { pending, data, error } = view.result.current
    return { pending, n: data?.n ?? null, error: error?.code ?? null }
  }
  return { page, view, asked, ask, reply, state, wrapper }
}

describe('useRequest', () => {
  test('asks nothing by itself; then it is pending, then it has the answer', async () => {
    const { ask, asked, reply, state } = await openPage()
    expect(state()).toEqual({ pending: false, n: null, error: null })
    expect(asked).toEqual([])
    const { answer, question } = await ask(1)
    expect(state()).toEqual({ pending: true, n: null, error: null })
    await reply(question, 11)
    expect(state()).toEqual({ pending: false, n: 11, error: null })
    expect(await answer).toEqual({ type: 'answer', n: 11, reply_to: question.id })
  })

  test('the last answer stays while the next is waited for, and the newest question counts', async () => {
    const { ask, reply, state } = await openPage()
    await reply((await ask(1)).question, 11)
    const second = await ask(2)
    expect(state()).toEqual({ pending: true, n: 11, error: null })
    const third = await ask(3)
    expect(await second.answer).toBeNull()
    expect(state()).toEqual({ pending: true, n: 11, error: null })
    await reply(second.question, 22)
    expect(state()).toEqual({ pending: true, n: 11, error: null })
    await reply(third.question, 33)
    expect(state()).toEqual({ pending: false, n: 33, error: null })
  })

  test('a failure is shown and not thrown, and the next question takes it back', async () => {
    const { ask, reply, state, page } = await openPage()
    const lost = await ask(1)
    page.backend.dropConnections()
    await advance(page, 100)
    expect(state()).toEqual({ pending: false, n: null, error: 'connection_lost' })
    expect(await lost.answer).toBeNull()
    await advance(page, 10_000)
    const { question } = await ask(2)
    expect(state()).toEqual({ pending: true, n: null, error: null })
    await reply(question, 22)
    expect(state()).toEqual({ pending: false, n: 22, error: null })
  })

  test('no answer in time is a timeout', async () => {
    const { ask, state } = await openPage()
    const { answer } = await ask(1, { timeoutMs: 1 })
    await act(() => answer)
    expect(state()).toEqual({ pending: false, n: null, error: 'timeout' })
  })

  test('cancelling ends the waiting without an error, and a late answer changes nothing', async () => {
    const { view, ask, reply, state } = await openPage()
    const { answer, question } = await ask(1)
    act(() => view.result.current.cancel())
    expect(state()).toEqual({ pending: false, n: null, error: null })
    expect(await answer).toBeNull()
    await reply(question, 11)
    expect(state()).toEqual({ pending: false, n: null, error: null })
  })

  test('unmounting cancels what is pending, without a complaint, while the connection stays', async () => {
    const complaints = watchComplaints()
    const { page, wrapper } = await openPage()
    const other = renderHook(() => useRequest(page.socket), { wrapper })
    const settled: unknown[] = []
    act(() => void other.result.current.request({ type: 'ask' }).then((answer) => settled.push(answer)))
    await advance(page)
    other.unmount()
    await advance(page)
    // At once, and not by its own timeout.
    expect(settled).toEqual([null])
    expect(page.backend.connections()).toHaveLength(1)
    expect(complaints()).toEqual([])
  })

  test('an answer that leads to the next question leaves that one pending', async () => {
    const { page, wrapper } = await openPage()
    page.backend.onMessage('ask', (message, connection) => {
      if (message.n === 1) connection.send({ type: 'answer', reply_to: message.id })
    })
    const { result } = renderHook(
      () => {
        const asking = useRequest(page.socket)
        useMessage('answer', () => void asking.request({ type: 'ask' }))
        return asking
      },
      { wrapper },
    )
    act(() => void result.current.request({ type: 'ask', n: 1 } as { type: string }))
    await advance(page)
    expect(result.current).toMatchObject({ pending: true, data: null, error: null })
  })

  test('two components do not take each other’s answers, nor does the app’s own createRequests', async () => {
    const { wrapper, page, ask, reply, state } = await openPage()
    const requests = createRequests(page.socket)
    const own = requests.request({ type: 'ask' })
    own.catch(() => {})
    const other = renderHook(() => useRequest(page.socket), { wrapper })
    await advance(page)
    const { question } = await ask(1)
    act(() => void other.result.current.request({ type: 'ask' }))
    await advance(page)
    await reply(question, 11)
    expect(state()).toEqual({ pending: false, n: 11, error: null })
    expect(other.result.current.pending).toBe(true)
    requests.stop()
    await expect(own).rejects.toMatchObject({ code: 'aborted' })
  })

  test('another user begins without data', async () => {
    const { ask, reply, state, page } = await openPage()
    await reply((await ask(1)).question, 11)
    const { answer } = await ask(2)
    act(() => page.signIn('bob'))
    expect(state()).toEqual({ pending: false, n: null, error: null })
    expect(await answer).toBeNull()
  })

  test('and that at once, where nothing else makes it render', async () => {
    const { ask, reply, state, page, view } = await openPage()
    await reply((await ask(1)).question, 11)
    // Whatever of the answer's own rendering React still has to look at is done.
    view.rerender()
    view.rerender()
    act(() => page.auth.handleLogout())
    expect(state()).toEqual({ pending: false, n: null, error: null })
  })

  test('its functions keep their identity, and a wrong option is a mistake that is thrown', async () => {
    const { view, ask, reply } = await openPage()
    const { request, cancel } = view.result.current
    await reply((await ask(1)).question, 11)
    expect(view.result.current).toMatchObject({ request, cancel })
    let wrong: Promise<unknown> = Promise.resolve()
    act(() => {
      wrong = request({ type: 'ask' }, { timeoutMs: -1 })
    })
    await expect(wrong).rejects.toThrow('timeoutMs must be a positive number, got -1')
  })

  test('after a mistake nothing is waited for, and the last answer stays', async () => {
    const { view, ask, reply, state } = await openPage()
    await reply((await ask(1)).question, 11)
    await act(() => view.result.current.request({ type: 'ask' }, { timeoutMs: -1 }).catch(() => {}))
    expect(state()).toEqual({ pending: false, n: 11, error: null })
  })

  test('another socket begins without data and without an error, and what waited on the one before is cancelled', async () => {
    const [alices, bobs] = [arrange(), arrange()]
    for (const page of [alices, bobs]) {
      page.backend.onMessage('ask', ({ n, id }, connection) => {
        if (n === 1) connection.send({ type: 'answer', of: page === alices ? 'alice' : 'bob', reply_to: id })
      })
    }
    const seen: unknown[] = []
    let hook = {} as ReturnType<typeof useRequest<{ of: string }>>
    function Ask() {
      hook = useRequest<{ of: string }>()
      seen.push(hook.data?.of)
      return null
    }
    const tree = ({ socket }: typeof alices) => (
      <TicketSocketProvider socket={socket}>
        <Ask />
      </TicketSocketProvider>
    )
    const ask = (n: number) => hook.request({ type: 'ask', n } as { type: string })
    const askAndWait = (page: typeof alices) =>
      act(async () => {
        void ask(1)
        await page.clock.advance(100)
      })
    const view = render(tree(alices))
    await advance(alices)
    await askAndWait(alices)
    expect(hook.data).toMatchObject({ of: 'alice' })
    const unanswered = ask(2)
    seen.length = 0
    view.rerender(tree(bobs))
    // In no render at all.
    expect(new Set(seen)).toEqual(new Set([undefined]))
    expect(hook).toMatchObject({ pending: false, data: null, error: null })
    expect(await unanswered).toBeNull()
    await advance(bobs)
    await askAndWait(bobs)
    expect(hook.data).toMatchObject({ of: 'bob' })
  })
})
