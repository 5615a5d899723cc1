import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { mountInspector } from '../../src/inspector/index.ts'
import { scenarios } from '../../src/mock/index.ts'
import { openInspector, press, type } from './open-inspector.ts'

describe('the connection', () => {
  test('is shown with its method, its user, its session and the prefetched ticket with two countdowns', async () => {
    const { connect, part, panel, shown, clock } = openInspector()
    expect(part('status')).toBe('Not connected yet')
    await connect()
    await shown()
    expect([part('status'), part('method'), part('failures')]).toEqual(['Open', 'Ticket', '0 of 3 ticket failures'])
    expect(panel.getByText('alice')).toBeTruthy()
    const expiry = () => panel.getByText('expires in').nextElementSibling?.textContent
    expect(expiry()).toBe('4:59')
    await clock.advance(10_000)
    expect(expiry()).toBe('4:49')
  })

  test('shows the user whom the server names when the JWT names none', async () => {
    const { connect, panel, shown } = openInspector({
      page: { auth: { getToken: () => 'opaque' }, backend: { users: { alice: { token: 'opaque' } } } },
    })
    const user = () => panel.getByText('User').nextElementSibling?.textContent
    expect(user()).toBe('–')
    await connect()
    await shown()
    expect(user()).toBe('alice')
  })

  test('counts down to the next attempt while it waits, and shows the cause', async () => {
    const { connect, backend, root, panel, clock } = openInspector()
    await connect()
    backend.dropConnections()
    await clock.advance(100)
    expect(root.querySelector('.status')?.textContent).toMatch(/^Reconnecting ?in \d\.\d s$/)
    expect(
      panel.getAllByText('The connection was lost (1006). The client reconnects automatically.').length,
    ).toBeGreaterThan(0)
  })

  test('can be closed, opened and reconnected by hand, and the time line shows the command', async () => {
    const { connect, panel, part, clock, events } = openInspector()
    await connect()
    await clock.advance(250)
    panel.getByRole('button', { name: 'Close' }).click()
    await clock.advance(250)
    expect(part('status')).toBe('Closed')
    expect(panel.queryByRole('button', { name: 'Reconnect' })).toBeNull()
    panel.getByRole('button', { name: 'Connect' }).click()
    await clock.advance(1_000)
    expect(part('status')).toBe('Open')
    expect(events()).toEqual(
      expect.arrayContaining(['You connected', 'Closed by the app', 'You closed the connection']),
    )
  })

  test('an expired prefetched ticket is not shown', async () => {
    const { connect, panel, backend, page, clock, shown } = openInspector()
    await connect()
    await shown()
    // Hidden, the page fetches no other one.
    page.say('hidden')
    backend.use(scenarios.ticketEndpointDown)
    await clock.advance(301_000)
    expect(panel.queryByText('expires in')?.closest('.stub')?.hasAttribute('hidden')).toBe(true)
    expect(panel.getByText(/^None/).textContent).toMatch(/expired|at the moment/)
  })
})

test('the time line shows what follows a loss', async () => {
  const { connect, socket, backend, clock, events } = openInspector()
  await connect()
  backend.dropConnections()
  await clock.advance(10_000)
  socket.reconnect()
  await clock.advance(1_000)
  expect(events().filter((title) => title?.startsWith('Lost'))).toEqual([
    'Lost; reconnecting at once',
    expect.stringMatching(/^Lost; next attempt in \d/),
  ])
})

describe('the fallback chain', () => {
  test('after three failures it shows that tickets are given up, and can enable them again', async () => {
    const { connect, socket, backend, part, panel, clock, auth, root } = openInspector({
      page: { auth: { retry: { maxRetries: 0 } } },
    })
    backend.use(scenarios.ticketEndpointDown)
    await connect()
    for (const count of [1, 2, 3]) {
      await clock.advance(250)
      expect(part('failures')).toBe(`${count} of 3 ticket failures`)
      expect(root.querySelectorAll('.pip[data-lit]')).toHaveLength(count)
      socket.reconnect()
      await clock.advance(1_000)
    }
    expect(panel.getByText('None: tickets are given up.')).toBeTruthy()
    expect(root.querySelector('[aria-current=step]')?.textContent).toBe('JWT')
    panel.getByRole('button', { name: 'Try tickets again' }).click()
    await clock.advance(250)
    expect(auth.store.getState().reverted).toBe(false)
    expect(part('failures')).toBe('0 of 3 ticket failures')
  })

  test('with the flag off, tickets are struck out and no prefetched ticket is expected', async () => {
    const { connect, panel, root, shown } = openInspector({ page: { auth: { ticketAuth: false } } })
    await connect()
    await shown()
    expect(panel.getByText('None: the feature flag is off.')).toBeTruthy()
    expect(root.querySelector('[data-skipped]')?.textContent).toBe('Ticket')
  })
})

describe('the tickets', () => {
  test('show what became of each ticket, and can drop the prefetched one', async () => {
    const { connect, backend, tab, root, clock, panel, auth } = openInspector()
    await connect()
    await tab('Tickets')
    const fates = () => [...root.querySelectorAll('.fate')].map(({ textContent }) => textContent)
    expect(fates()).toEqual(['prefetched', 'opened'])
    backend.dropConnections()
    await clock.advance(10_000)
    expect(fates()).toEqual(['prefetched', 'opened', 'opened'])
    const { prefetched } = auth.store.getState()
    expect(panel.getByText(`${prefetched?.handle.slice(0, 8)}…`, { selector: 'th code' })).toBeTruthy()
    expect(root.textContent).not.toContain(prefetched?.handle)
    panel.getByRole('button', { name: 'Drop the prefetched ticket' }).click()
    await clock.advance(250)
    expect(fates()).toContain('dropped unused')
  })
})

describe('the chart', () => {
  test('draws round trips and losses, and describes them as text', async () => {
    const { connect, backend, root, clock } = openInspector({ page: { backend: { latencyMs: 20 } } })
    await connect()
    await clock.advance(60_000)
    backend.dropConnections()
    await clock.advance(5_000)
    expect(root.querySelectorAll('.flight__dot').length).toBeGreaterThan(0)
    expect(root.querySelectorAll('.flight__loss')).toHaveLength(1)
    expect(root.querySelector('.flight__plot')?.getAttribute('aria-label')).toMatch(
      /^In the last 2 min: round trip \d+ ms in the middle, 1 connection lost$/,
    )
  })
})

describe('the time line', () => {
  test('shows the time of each attempt in each phase, and how long a lost connection was open', async () => {
    const { connect, backend, root, clock } = openInspector({ page: { backend: { latencyMs: 20 } } })
    await connect()
    await clock.advance(30_000)
    backend.dropConnections()
    await clock.advance(5_000)
    const phases = (title: RegExp) => {
      const entries = [...root.querySelectorAll('.event')].filter((entry) =>
        title.test(entry.querySelector('.event__title')?.textContent ?? ''),
      )
      return [...(entries.at(-1)?.querySelectorAll('.phases__time') ?? [])].map(({ textContent }) => textContent)
    }
    const names = (times: (string | null)[]) => times.map((time) => time?.split(' ')[0])
    expect(names(phases(/^Open with a ticket/))).toEqual(['authenticating', 'opening', 'confirming'])
    expect(phases(/^Lost/)).toEqual([expect.stringMatching(/^open \d+ s$/)])
    expect(root.querySelectorAll('.flight__phase[data-phase="open"]').length).toBe(2)
  })

  test('and the status show what an attempt is waiting for', async () => {
    const { socket, root, clock, backend } = openInspector({ page: { backend: { latencyMs: 300 } } })
    backend.use(scenarios.plainServer)
    const said = new Set<string | null | undefined>()
    socket.connect()
    for (let i = 0; i < 60; i++) {
      await clock.advance(90)
      said.add(root.querySelector('.status')?.textContent)
    }
    expect([...said]).toEqual([
      'Connectinggetting a credential',
      'Connectingopening the socket',
      'Connectingwaiting for the server’s word',
      'Open',
    ])
  })
})

describe('the metrics', () => {
  test('count connections and tickets, and the time in each phase', async () => {
    const { connect, tab, root } = openInspector()
    await connect()
    await tab('Metrics')
    const rows = [...root.querySelectorAll('.metric')].map(({ textContent }) => textContent)
    expect(rows).toEqual(expect.arrayContaining(['Opened1', 'Success rate100 %', 'Issued2, of these 1 prefetched']))
    expect(rows.at(-1)).toMatch(/^open\d/)
  })
})

describe('the scenarios', () => {
  test('are offered with a mock backend, run while they are on, and end with the panel', async () => {
    const used: string[] = []
    const ended: string[] = []
    const { tab, panel, inspector, events } = openInspector({
      scenarios,
      backend: {
        use: ({ name } = { name: '' }) => {
          used.push(name)
          return () => void ended.push(name)
        },
        dropConnections() {},
        restart() {},
      },
    })
    await tab('Scenarios')
    const down = panel.getByRole('switch', { name: 'Ticket endpoint down' })
    down.click()
    expect([used, down.getAttribute('aria-checked')]).toEqual([['ticketEndpointDown'], 'true'])
    down.click()
    expect([ended, down.getAttribute('aria-checked')]).toEqual([['ticketEndpointDown'], 'false'])
    panel.getByRole('switch', { name: 'Jwt expired' }).click()
    inspector.unmount()
    expect(ended).toEqual(['ticketEndpointDown', 'jwtExpired'])
    expect(panel.getByRole('switch', { name: 'Rate limited' })).toBeTruthy()
    // It needs an argument.
    expect(panel.queryByRole('switch', { name: 'Ticket refused times' })).toBeNull()
    expect(events()[0]).not.toBe('')
  })

  test('have the names that the app gave them, with any characters', async () => {
    const { tab, panel } = openInspector({
      scenarios: { 'refused twice': scenarios.ticketRefusedTimes(2) },
      backend: { use: () => () => {}, dropConnections() {}, restart() {} },
    })
    await tab('Scenarios')
    expect(panel.getByRole('switch', { name: 'Refused twice' })).toBeTruthy()
  })

  test('are not offered without one', () => {
    const { panel } = openInspector()
    expect(panel.queryByRole('tab', { name: 'Scenarios' })).toBeNull()
  })
})

describe('another user', () => {
  test('sees nothing of the previous one', async () => {
    const { connect, hear, inspector, signIn, auth, root, clock, tab } = openInspector()
    await connect()
    await hear({ type: 'note', text: 'for Alice alone' })
    inspector.note({ title: 'something of Alice' })
    const { prefetched } = auth.store.getState()
    auth.handleLogout()
    signIn('bob')
    await clock.advance(1_000)
    for (const name of ['Time line', 'Messages', 'Tickets']) {
      await tab(name)
      const text = root.textContent ?? ''
      expect(text).not.toMatch(/for Alice alone|something of Alice/)
      expect(text).not.toContain(prefetched?.handle.slice(0, 8))
    }
    expect(JSON.stringify(inspector.journal())).not.toMatch(/Alice/)
  })

  test('ends a pause, the filter and the selection, and nothing is left in a hidden tab or panel', async () => {
    const { connect, hear, signIn, auth, root, clock, tab, panel } = openInspector({ target: undefined as never })
    root.querySelector<HTMLElement>('.launcher')?.click()
    await connect()
    await tab('Messages')
    await hear({ type: 'note', text: 'for Alice alone' })
    const search = panel.getByRole<HTMLInputElement>('searchbox')
    type(search, 'alice')
    panel.getByRole('button', { name: 'Pause' }).click()
    root.querySelector<HTMLElement>('.message')?.click()
    expect(root.querySelector('.detail pre')?.textContent).toContain('for Alice alone')
    await tab('Metrics')
    panel.getByRole('button', { name: 'Fold the inspector' }).click()

    auth.handleLogout()
    expect(root.textContent).not.toMatch(/Alice|alice/)
    expect(search.value).toBe('')
    signIn('bob')
    await clock.advance(1_000)
    root.querySelector<HTMLElement>('.launcher')?.click()
    await tab('Messages')
    await hear({ type: 'note', text: 'for Bob' })
    expect(root.querySelector('.messages')?.textContent).toContain('for Bob')
    expect(panel.getByRole('button', { name: 'Pause' }).getAttribute('aria-pressed')).toBe('false')
    expect(root.querySelector('.detail:not([hidden])')).toBeNull()
  })

  test('does not see the previous one’s pause in an open tab', async () => {
    const { connect, hear, signIn, auth, root, clock, tab, panel } = openInspector()
    await connect()
    await tab('Messages')
    await hear({ type: 'note', text: 'for Alice alone' })
    panel.getByRole('button', { name: 'Pause' }).click()
    root.querySelector<HTMLElement>('.message')?.click()
    auth.handleLogout()
    signIn('bob')
    await clock.advance(1_000)
    expect(root.textContent).not.toContain('Alice')
  })
})

describe('by keyboard', () => {
  test('tabs are one stop: arrows, Home and End move and select', () => {
    const { panel, root } = openInspector()
    const selected = () => panel.getByRole('tab', { selected: true }).textContent
    panel.getByRole('tab', { name: 'Time line' }).focus()
    press(root.activeElement, 'ArrowRight')
    expect([selected(), root.activeElement?.textContent]).toEqual(['Messages', 'Messages'])
    press(root.activeElement, 'End')
    expect(selected()).toBe('Metrics')
    press(root.activeElement, 'ArrowRight')
    expect(selected()).toBe('Time line')
    press(root.activeElement, 'ArrowLeft')
    press(root.activeElement, 'Home')
    expect(selected()).toBe('Time line')
    expect(root.querySelectorAll('[role=tab][tabindex="0"]')).toHaveLength(1)
    expect(panel.getAllByRole('tabpanel')).toHaveLength(1)
  })

  test('a floating panel unfolds with the focus inside, and Escape folds it and gives the focus back', () => {
    const { root } = openInspector({ target: undefined as never })
    const launcher = root.querySelector('.launcher') as HTMLElement
    const panel = root.querySelector('.panel') as HTMLElement
    expect([panel.hidden, launcher.textContent]).toEqual([true, 'ticket-socket inspector: Not connected yet'])
    launcher.click()
    expect([panel.hidden, root.activeElement?.getAttribute('aria-label')]).toEqual([false, 'Fold the inspector'])
    press(root.activeElement, 'Escape')
    expect([panel.hidden, root.activeElement]).toEqual([true, launcher])
  })

  test('a panel that stands in the page does not fold', () => {
    const { panel, root } = openInspector()
    panel.getByRole('tab', { name: 'Time line' }).focus()
    press(root.activeElement, 'Escape')
    expect(panel.getByRole('tab', { name: 'Time line' })).toBeTruthy()
    expect(panel.queryByRole('button', { name: 'Fold the inspector' })).toBeNull()
  })
})

test('a status message tells screen readers the connection and whether tickets are given up', async () => {
  const { connect, root, shown } = openInspector()
  await connect()
  await shown()
  expect(root.querySelector('p.hidden[role=status]')?.textContent).toBe('Connection: Open with a ticket.')
})

test('a folded panel that changed while the page was hidden is up to date when it is shown again', async () => {
  const { connect, root, clock } = openInspector({ target: undefined as never })
  const launcher = () => root.querySelector('.launcher__status')?.textContent
  const hidden = vi.spyOn(document, 'hidden', 'get').mockReturnValue(true)
  onTestFinished(() => hidden.mockRestore())
  await connect()
  expect(launcher()).toBe('Not connected yet')
  hidden.mockReturnValue(false)
  await clock.advance(1_000)
  expect(launcher()).toBe('Open')
})

test('a title distinguishes panels, folded and unfolded', () => {
  const { root, panel } = openInspector({ title: 'Prices', target: undefined as never })
  const launcher = root.querySelector<HTMLElement>('.launcher')
  expect(launcher?.textContent).toBe('ticket-socket inspector: Prices: Not connected yet')
  launcher?.click()
  expect(panel.getByText('Inspector: Prices')).toBeTruthy()
  expect(root.querySelector('.panel')?.getAttribute('aria-label')).toBe('ticket-socket inspector: Prices')
})

test('the theme is an attribute, and can be changed', () => {
  const { host, inspector } = openInspector({ theme: 'dark' })
  expect(host.dataset.theme).toBe('dark')
  inspector.setTheme('light')
  expect(host.dataset.theme).toBe('light')
})

test('a wrong option is a TypeError that names it', () => {
  const { socket, auth } = openInspector()
  const mount = (options: object) => () => mountInspector({ socket, auth, ...options })
  expect(mount({ socket: {} })).toThrow(new TypeError('socket must be what createTicketSocket() made'))
  expect(mount({ auth: null })).toThrow(new TypeError('auth must be a UnifiedAuthService'))
  expect(mount({ backend: {} })).toThrow(new TypeError('backend must be what createMockBackend() made'))
  expect(mount({ target: null })).toThrow(new TypeError('target must be an element; is it in the page already?'))
  expect(mount({ title: 7 })).toThrow(new TypeError('title must be a string'))
  expect(mount({ theme: 'blue' })).toThrow(/^theme must be one of auto, light, dark, page, got "blue"$/)
})
