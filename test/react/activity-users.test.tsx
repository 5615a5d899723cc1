// What was hidden while the user changed (<Activity>, React 19.2 and newer).

import { act, cleanup, render, screen } from '@testing-library/react'
import { Activity, type ReactElement, startTransition, useLayoutEffect, useState } from 'react'
import { afterEach, expect, test, vi } from 'vitest'
import {
  TicketSocketProvider,
  useLatestMessage,
  useMessages,
  useRequest,
  useTicketAuth,
  useTicketSocket,
} from '../../src/react/index.ts'
import { arrange } from '../support/arrange.ts'
import { advance } from '../support/react-page.ts'

afterEach(cleanup)

const shown = () => screen.getByRole('status', { hidden: true }).textContent

const ALICES = 'alice alice 1 1 alice undefined false'
const BOBS = 'bob bob 0 null undefined undefined false'

/** A page of Alice’s, hidden: every hook that shows something of a user has something to show. */
async function arrangeAlices() {
  const page = arrange()
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
  page.backend.broadcast({ type: 'line', n: 1 })
  await advance(page)
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

test('while nobody leaves, everything is still there', async () => {
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
