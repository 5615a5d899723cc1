// @vitest-environment node
// A server has no document; and it lives on, whatever it has rendered.

import { renderToString } from 'react-dom/server'
import { describe, expect, test, vi } from 'vitest'
import type { TicketSocketOptions } from '../../src/index.ts'
import { TicketSocketProvider, useMessage, useMessages, useRequest, useTicketSocket } from '../../src/react/index.ts'
import { arrange } from '../support/arrange.ts'
import type { TestPage } from '../support/react-page.ts'

interface RoomProps {
  page: TestPage
  name: string
}

function Topic() {
  useMessage('topic', () => {})
  useRequest()
  return useMessages('topic').length
}

function Room({ page, name }: RoomProps) {
  const url = `${page.backend.wsUrl}?room=${name}`
  const { status, socket } = useTicketSocket({ url, auth: page.auth, platform: page.platform })
  return (
    <TicketSocketProvider socket={socket}>
      {`${name} ${status} `}
      <Topic />
    </TicketSocketProvider>
  )
}

describe('on a server', () => {
  test('useTicketSocket with options leaves nothing behind, however many endpoints it renders', () => {
    const page = arrange()
    const onSessionChange = vi.spyOn(page.auth, 'onSessionChange')
    const onReverted = vi.spyOn(page.auth, 'onReverted')
    for (let n = 0; n < 2_000; n++) {
      const html = renderToString(<Room page={page} name={String(n)} />)
      expect(html.replace('<!-- -->', '')).toBe(`${n} idle 0`)
    }
    expect(onSessionChange).not.toHaveBeenCalled()
    expect(onReverted).not.toHaveBeenCalled()
    expect(page.backend.journal.entries).toEqual([])
    expect(page.clock.pending()).toBe(0)
  })

  test('a component that connects while it renders connects as nobody', async () => {
    const page = arrange()
    function Hasty() {
      const { socket } = useTicketSocket({ url: page.backend.wsUrl, auth: page.auth, platform: page.platform })
      socket.connect()
      return null
    }
    renderToString(<Hasty />)
    await page.clock.advance(60_000)
    expect(page.backend.journal.entries).toEqual([])
    expect(page.clock.pending()).toBe(0)
  })
})

test.each<[string, TicketSocketOptions['url']]>([
  ['a path', '/ws'],
  ['a function', () => '/ws'],
])('%s as url renders on a server, where there is no page to resolve it against', (_, url) => {
  const { auth, platform } = arrange()
  function Status() {
    return useTicketSocket({ url, auth, platform }).status
  }
  expect(renderToString(<Status />)).toBe('idle')
})
