import { describe, expect, test } from 'vitest'
import { mountInspector } from '../../src/inspector/index.ts'
import type { Connection } from '../../src/server/index.ts'
import { sendFrame } from '../../src/server/session.ts'
import { openInspector, press, type } from './open-inspector.ts'

async function withMessages(options?: Parameters<typeof openInspector>[0]) {
  const page = openInspector(options)
  await page.connect()
  await page.tab('Messages')
  await page.hear(
    { type: 'agent_started', reply_to: 'q1' },
    { type: 'agent_thinking', text: 'About proxies and logs' },
    { type: 'agent_completed', delta: 'A ticket is used once', done: true },
  )
  return page
}

describe('messages', () => {
  test('of a codec are shown as it decodes them and as the app sends them, bytes by their length', async () => {
    const codec = {
      decode: (frame: string | Uint8Array) => (typeof frame === 'string' ? { type: frame } : null),
      encode: ({ type }: { type: string }) => type,
    }
    const page = openInspector({ recordSends: true, page: { socket: { codec } } })
    await page.connect()
    await page.tab('Messages')
    sendFrame(page.backend.connections()[0] as Connection, 'from-the-server')
    await page.shown()
    page.socket.send({ type: 'from-the-app' })
    page.socket.send(new Uint8Array(3))
    page.socket.send(new Blob(['abcd'], { type: 'image/png' }))
    await page.shown()
    expect(page.messages()).toEqual(['(binary)', '(binary)', 'from-the-app', 'from-the-server'])
  })

  test('are listed newest first', async () => {
    const { messages } = await withMessages()
    expect(messages()).toEqual(['agent_completed', 'agent_thinking', 'agent_started'])
  })

  test('are found by all words of a search, in any case and order', async () => {
    const { messages, panel, clock } = await withMessages()
    const search = panel.getByRole('searchbox', { name: 'Search messages' })
    type(search, 'LOGS about')
    await clock.advance(250)
    expect(messages()).toEqual(['agent_thinking'])
    type(search, 'agent nowhere')
    await clock.advance(250)
    expect(messages()).toEqual([])
    expect(panel.getByText('No message fits the filter.')).toBeTruthy()
    type(search, '')
    await clock.advance(250)
    expect(messages()).toHaveLength(3)
  })

  test('are filtered by type, with a count beside each', async () => {
    const { messages, hear, panel, clock } = await withMessages()
    await hear({ type: 'agent_started', reply_to: 'q2' })
    const select = panel.getByRole('combobox', { name: 'Type' }) as HTMLSelectElement
    expect([...select.options].map(({ text }) => text)).toEqual([
      'All types',
      'agent_started (2)',
      'agent_completed (1)',
      'agent_thinking (1)',
    ])
    type(select, 'agent_started')
    await clock.advance(250)
    expect(messages()).toEqual(['agent_started', 'agent_started'])
  })

  test('do not move while paused, and the messages received meanwhile appear afterwards', async () => {
    const { messages, hear, panel, clock } = await withMessages()
    panel.getByRole('button', { name: 'Pause' }).click()
    await hear({ type: 'late' }, { type: 'later' })
    expect(messages()).toHaveLength(3)
    expect(panel.getByText('Paused. 2 more since.')).toBeTruthy()
    panel.getByRole('button', { name: 'Resume' }).click()
    await clock.advance(250)
    expect(messages().slice(0, 2)).toEqual(['later', 'late'])
  })

  test('can be cleared, also while paused', async () => {
    const { messages, hear, panel, clock, inspector } = await withMessages()
    panel.getByRole('button', { name: 'Pause' }).click()
    panel.getByRole('button', { name: 'Clear' }).click()
    await clock.advance(250)
    expect([messages(), inspector.journal().messages]).toEqual([[], []])
    panel.getByRole('button', { name: 'Resume' }).click()
    await hear({ type: 'after' })
    expect(messages()).toEqual(['after'])
  })

  test('received while paused are counted, also when the oldest of them are dropped', async () => {
    const { hear, panel } = await withMessages()
    panel.getByRole('button', { name: 'Pause' }).click()
    await hear(...Array.from({ length: 700 }, (_, n) => ({ type: 'tick', n })))
    expect(panel.getByText('Paused. 700 more since.')).toBeTruthy()
  })

  test('stay filtered by a type that no message has any more, and the select shows it', async () => {
    const { messages, hear, panel, clock } = await withMessages()
    const select = panel.getByRole('combobox', { name: 'Type' }) as HTMLSelectElement
    type(select, 'agent_started')
    panel.getByRole('button', { name: 'Clear' }).click()
    await hear({ type: 'news' })
    expect([messages(), select.selectedOptions[0]?.text]).toEqual([[], 'agent_started (0)'])
    // Counts reorder the options; the choice stays.
    await hear({ type: 'agent_started' }, { type: 'agent_started' })
    expect([messages(), select.selectedOptions[0]?.text]).toEqual([
      ['agent_started', 'agent_started'],
      'agent_started (2)',
    ])
    type(select, '')
    await clock.advance(250)
    expect(messages()).toEqual(['agent_started', 'agent_started', 'news'])
  })

  test('keep the focused row, however many messages follow it', async () => {
    const { root, panel, hear, messages, clock } = await withMessages()
    const flood = () => hear(...Array.from({ length: 600 }, (_, n) => ({ type: 'tick', n })))
    panel.getByText('agent_thinking').closest<HTMLElement>('.message')?.click()
    await flood()
    expect(root.activeElement?.textContent).toContain('agent_thinking')
    expect(root.querySelector('.message[aria-selected=true]')).toBe(root.activeElement)
    expect(root.querySelector('.detail:not([hidden]) pre')?.textContent).toContain('About proxies')
    expect(messages()).toHaveLength(201)
    // Closed, it is not selected any more, and has the focus still.
    press(root.activeElement, 'Escape')
    await flood()
    expect(root.activeElement?.textContent).toContain('agent_thinking')
    expect(root.querySelectorAll('.message[tabindex="0"]')).toHaveLength(1)
    press(root.activeElement, 'Enter')
    expect(root.querySelector('.detail:not([hidden]) pre')?.textContent).toContain('About proxies')
    press(root.activeElement, 'Home')
    await clock.advance(250)
    expect(messages()).toHaveLength(200)
  })

  test('stay as they are when Escape is pressed in the search', async () => {
    const { root, panel } = await withMessages()
    root.querySelector<HTMLElement>('.message')?.click()
    press(panel.getByRole('searchbox'), 'Escape')
    expect(root.querySelector('.detail:not([hidden])')).not.toBeNull()
  })

  test('show their content when selected, and by keyboard alone', async () => {
    const { root, clock } = await withMessages()
    const content = () => root.querySelector('.detail:not([hidden]) pre')?.textContent
    expect(content()).toBeUndefined()
    expect(root.querySelectorAll('.message[tabindex="0"]')).toHaveLength(1)
    ;(root.querySelector('.message[tabindex="0"]') as HTMLElement).focus()
    press(root.activeElement, 'Enter')
    expect(JSON.parse(content() ?? '')).toEqual({ type: 'agent_completed', delta: 'A ticket is used once', done: true })
    press(root.activeElement, 'ArrowDown')
    press(root.activeElement, 'ArrowDown')
    expect(JSON.parse(content() ?? '')).toEqual({ type: 'agent_started', reply_to: 'q1' })
    press(root.activeElement, 'Home')
    await clock.advance(250)
    expect(root.querySelector('.message[aria-selected=true]')?.textContent).toContain('agent_completed')
    press(root.activeElement, 'Escape')
    expect(content()).toBeUndefined()
    expect(root.activeElement?.getAttribute('role')).toBe('option')
  })

  test('keep the newest five hundred', async () => {
    const { inspector, hear } = await withMessages()
    await hear(...Array.from({ length: 600 }, (_, n) => ({ type: 'tick', n })))
    const { messages } = inspector.journal()
    expect(messages).toHaveLength(500)
    expect(JSON.parse(messages.at(-1)?.text ?? '')).toEqual({ type: 'tick', n: 599 })
  })
})

describe('sent messages', () => {
  test('are shown with their receipt when recordSends is on', async () => {
    const { socket, messages, panel, root, clock, inspector } = await withMessages({ recordSends: true })
    const original = Object.getOwnPropertyDescriptor(socket, 'send')?.value
    expect(socket.send({ type: 'ask', text: 'why?' })).toEqual({ status: 'sent' })
    await clock.advance(250)
    expect(messages()[0]).toBe('ask')
    ;(root.querySelector('.message') as HTMLElement).click()
    expect(root.querySelector('.detail .soft')?.textContent).toMatch(/^sent at/)
    type(panel.getByRole('combobox', { name: 'Direction' }), 'out')
    await clock.advance(250)
    expect(messages()).toEqual(['ask'])
    socket.close()
    expect(socket.send({ type: 'ask', text: 'late' })).toEqual({ status: 'dropped', reason: 'closed', issues: [] })
    expect(inspector.journal().messages.at(-1)).toMatchObject({ direction: 'out', receipt: 'dropped: closed' })
    inspector.unmount()
    expect(socket.send).not.toBe(original)
  })

  test.each(['first', 'last'])('of two panels, the %s mounted may go first: nothing of them is left', async (first) => {
    const page = openInspector({ recordSends: true })
    const { socket, auth, clock } = page
    const other = mountInspector({ socket, auth, clock, recordSends: true, target: document.createElement('div') })
    await page.connect()
    socket.send({ type: 'ask' })
    const counts = () => [page.inspector, other].map((inspector) => inspector.journal().messages.length)
    expect(counts()).toEqual([1, 1])
    const [one, two] = first === 'first' ? [page.inspector, other] : [other, page.inspector]
    one.unmount()
    socket.send({ type: 'ask' })
    expect(counts()).toEqual(first === 'first' ? [1, 2] : [2, 1])
    two.unmount()
    const { send } = socket
    send({ type: 'ask' })
    expect(counts()).toEqual(first === 'first' ? [1, 2] : [2, 1])
    const again = mountInspector({ socket, auth, clock, recordSends: true, target: document.createElement('div') })
    expect(socket.send).not.toBe(send)
    again.unmount()
    expect(socket.send).toBe(send)
  })

  test('are not recorded after unmount, also by a send that the app took before', async () => {
    const page = openInspector({ recordSends: true })
    const { socket, auth, clock } = page
    await page.connect()
    const { send: held } = socket
    // Somebody else's, on top of ours: ours cannot be taken away from below it.
    socket.send = (message, options) => held(message, options)
    page.inspector.unmount()
    expect(held({ type: 'ask' })).toEqual({ status: 'sent' })
    expect(socket.send({ type: 'ask' })).toEqual({ status: 'sent' })
    expect(page.inspector.journal().messages).toEqual([])
    const next = mountInspector({ socket, auth, clock, recordSends: true, target: document.createElement('div') })
    socket.send({ type: 'ask' })
    expect(next.journal().messages).toHaveLength(1)
    next.unmount()
  })

  test('are not recorded without recordSends, and send is not wrapped', async () => {
    const page = openInspector()
    const { send } = page.socket
    await page.connect()
    await page.tab('Messages')
    expect(page.panel.getByText(/with the option recordSends/)).toBeTruthy()
    page.socket.send({ type: 'ask' })
    expect(page.inspector.journal().messages).toEqual([])
    expect(page.socket.send).toBe(send)
  })
})
