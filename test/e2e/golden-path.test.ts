// The whole system once: a real browser, the real page, the real server. The server is watched from its own side, so
// that what is claimed about URLs and tickets is what has arrived there.

import type { Browser } from 'playwright'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { type Demo, startDemo } from '../../demo/start-demo.ts'
import { launchChromium } from '../setup/chromium.ts'
import { type DemoPage, openDemoPage } from './demo-page.ts'
import { handleOf, repeated, type Traffic, urlsWithJwt, watchTraffic } from './traffic.ts'

let browser: Browser
let demo: Demo
let traffic: Traffic
let visit: DemoPage

beforeAll(async () => {
  ;[browser, demo] = await Promise.all([launchChromium(), startDemo({ port: 0, quiet: true, watch: false, pace: 0.4 })])
})
afterAll(async () => {
  await browser?.close()
  await demo?.close()
})

beforeEach(async () => {
  traffic = watchTraffic(demo.http)
  visit = await openDemoPage(browser, demo.url)
})
afterEach(async () => {
  await visit.close()
  traffic.stop()
  expect(urlsWithJwt(traffic)).toEqual([])
  expect(repeated(traffic.tickets)).toEqual([])
  expect(visit.complaints).toEqual([])
})

const newestTicket = () => traffic.tickets.at(-1) ?? ''
/** How the page names a ticket. */
const shown = (ticket: string) => handleOf(ticket).slice(0, 8)

test('an answer streams in over a socket that was opened with a ticket', async () => {
  await visit.signIn('Alice')
  await visit.openBy('Ticket')
  await visit.ask('What is a ticket?')
  await visit.latest().getByText('search_handbook').waitFor()
  expect(await visit.answered()).toMatch(/256 random bits.*it has been used\.\s*over a socket opened with a ticket/s)

  expect(traffic.tickets).toHaveLength(1)
  expect(traffic.jwts.size).toBe(1)
  expect(await visit.events()).toContainEqual(expect.stringContaining(`${shown(newestTicket())}…, fresh`))
  expect(visit.refusedRequests).toEqual([])
})

test('the permissions in the ticket are the ones that the agent works with', async () => {
  await visit.signIn('Bob')
  await visit.openBy('Ticket')
  await visit.ask('What is a ticket?')
  await visit.latest().getByText('search_protocol').waitFor()
  await visit.answered()
})

describe('when the ticket endpoint answers 503', () => {
  afterEach(() => void demo.faults.apply({ switch: 'ticket_endpoint_down', on: false }))

  test('after three connections with the JWT the page has reverted, shows it, and goes on answering', async () => {
    await visit.signIn('Alice')
    await visit.openBy('Ticket')
    await visit.page.getByText('refreshed in').waitFor()
    await visit.flip('Ticket endpoint: 503')

    // The prefetched ticket was issued before, and still opens a connection.
    const [first] = traffic.tickets
    await visit.press('Reconnect')
    await vi.waitFor(() => expect(traffic.tickets).toHaveLength(2))
    expect(newestTicket()).not.toBe(first)
    await visit.openBy('Ticket')

    for (const count of [1, 2, 3]) {
      await visit.press('Reconnect')
      await visit.part('failures').getByText(`${count} of 3`).waitFor({ timeout: 15_000 })
      await visit.openBy('JWT')
      expect(traffic.lastUpgrade()).toEqual({ by: 'jwt' })
    }
    await visit.page.locator('.banner').getByText('Reverted to JWT.').waitFor()
    await visit.page.getByText('On, but reverted: the next connection uses the JWT.').waitFor()
    await visit.ask('When does it fall back to the JWT?')
    expect(await visit.answered()).toContain('over a socket opened with a JWT')

    // Nothing asks for a ticket any more, until somebody says so.
    const asked = () => traffic.requests.filter((request) => request === 'POST /websocket/ticket').length
    const before = asked()
    await visit.press('Reconnect')
    await visit.openBy('JWT')
    expect(asked()).toBe(before)
    await visit.flip('Ticket endpoint: 503')
    await visit.press('Try tickets again')
    await visit.press('Reconnect')
    await visit.openBy('Ticket')
    expect(traffic.lastUpgrade()).toEqual({ by: 'ticket' })
    expect(new Set(visit.refusedRequests)).toEqual(new Set(['503 /websocket/ticket']))
  })
})

describe('when the connection is lost', () => {
  test('it comes back with another ticket, and a cut-off answer can be asked for again', async () => {
    await visit.signIn('Alice')
    await visit.openBy('Ticket')
    const [first] = traffic.tickets
    await visit.ask('What happens when the connection drops?')
    await visit.latest().getByText('The page waits').waitFor()
    await visit.press('Drop the socket')
    await visit.latest().getByText('The connection was lost in mid-answer.').waitFor()

    // The page may still show the connection that has just been lost.
    await vi.waitFor(() => expect(traffic.tickets).toHaveLength(2), { timeout: 10_000 })
    await visit.openBy('Ticket')
    expect(handleOf(newestTicket())).not.toBe(handleOf(first ?? ''))
    expect(await visit.events()).toContainEqual(expect.stringContaining(shown(newestTicket())))

    await visit.latest().getByRole('button', { name: 'Ask again' }).click()
    expect(await visit.answered()).toContain('sent when the connection is open')
  })

  test('a question that is asked meanwhile waits, and is sent when the connection is back', async () => {
    await visit.signIn('Alice')
    await visit.openBy('Ticket')
    await visit.context.setOffline(true)
    for (const connection of demo.sessions.connections()) connection.terminate()
    await visit.part('status').getByText('Offline').waitFor()

    await visit.ask('Where would a JWT in the URL end up?')
    await visit.latest().getByText('It waits here').waitFor()
    await visit.page.getByText('1 waiting').waitFor()
    await visit.context.setOffline(false)
    expect(await visit.answered()).toContain('URLs are written down')
    await visit.page.getByText('empty', { exact: true }).waitFor()
  })

  test('a socket that fell silent is noticed and replaced', async () => {
    await visit.signIn('Bob')
    await visit.openBy('Ticket')
    await visit.press('Silence the socket')
    const timeline = visit.page.getByRole('list', { name: 'Time line' })
    await timeline.getByText('No message from the server within the heartbeat timeout').waitFor({ timeout: 20_000 })
    await vi.waitFor(() => expect(traffic.tickets).toHaveLength(2), { timeout: 10_000 })
    await visit.openBy('Ticket')
  })
})

test('when the JWT has expired, it is refreshed once and the session goes on', async () => {
  await visit.signIn('Alice')
  await visit.openBy('Ticket')
  await visit.page.getByText('refreshed in').waitFor()
  await visit.press('Expire the JWT')
  await visit.page.getByText('JWT refreshed').waitFor()
  await visit.openBy('Ticket')
  expect(traffic.requests.filter((request) => request === 'POST /api/refresh')).toHaveLength(1)
  await visit.ask('What happens when the session expires?')
  await visit.answered()
  expect(visit.refusedRequests).toEqual(['401 /websocket/ticket'])
})

test('a sign-out closes the socket on the server, revokes the prefetched ticket, and shows nothing to the next user', async () => {
  await visit.signIn('Alice')
  await visit.openBy('Ticket')
  await visit.ask('What is a ticket?')
  await visit.answered()
  await visit.page.getByText('refreshed in').waitFor()
  expect(demo.sessions.connections().map(({ identity }) => identity?.userId)).toEqual(['alice'])
  await visit.press('Sign out')
  await vi.waitFor(() => expect(demo.sessions.connections()).toEqual([]))
  await vi.waitFor(() =>
    expect(traffic.requests).toContainEqual(expect.stringMatching(/^DELETE \/websocket\/ticket\/[\w-]{43}$/)),
  )

  await visit.signIn('Bob')
  await visit.openBy('Ticket')
  expect(demo.sessions.connections().map(({ identity }) => identity?.userId)).toEqual(['bob'])
  expect(await visit.page.getByRole('article').count()).toBe(0)
})

test('the same works without a framework, with the inspector folded in the corner', async () => {
  const { page } = visit
  await page.getByRole('link', { name: 'the same without a framework' }).click()
  await page.getByRole('button', { name: 'Alice Mburu' }).click()
  await page.getByText('open (ticket)', { exact: true }).waitFor()
  await visit.ask('What is a ticket?')
  await page.getByText(/256 random bits.*it has been used\.$/s).waitFor()
  await page.getByRole('button', { name: 'ticket-socket inspector: Open' }).click()
  await visit.openBy('Ticket')
  expect(await visit.events()).toContainEqual(expect.stringContaining(`${shown(newestTicket())}…, fresh`))
})

test('the theme that was chosen before signing in is known to the button afterwards', async () => {
  const { page } = visit
  await page.getByRole('button', { name: 'Switch to the dark theme' }).click()
  await visit.signIn('Alice')
  await page.getByRole('button', { name: 'Switch to the light theme' }).click()
  await page.getByRole('button', { name: 'Switch to the dark theme' }).waitFor()
  expect(await page.evaluate(() => document.documentElement.dataset.theme)).toBe('light')
})

test('at 320 pixels nothing has to be scrolled sideways', async () => {
  const { page } = visit
  const width = () => page.evaluate(() => document.documentElement.scrollWidth)
  await page.setViewportSize({ width: 320, height: 800 })
  expect(await width()).toBe(320)
  await visit.signIn('Alice')
  await visit.openBy('Ticket')
  expect(await width()).toBe(320)
})

test('the whole way can be gone by keyboard alone', async () => {
  const { keyboard } = visit.page
  const focused = () =>
    visit.page.evaluate(() => {
      const button = document.activeElement?.closest('button')
      return button?.getAttribute('aria-label') ?? button?.textContent ?? ''
    })
  async function tabTo(name: RegExp) {
    for (let presses = 0; presses < 40; presses++) {
      if (name.test(await focused())) return
      await keyboard.press('Tab')
    }
    throw new Error(`Tab never led to ${name}`)
  }

  await tabTo(/Alice/)
  await keyboard.press('Enter')
  await visit.openBy('Ticket')
  // The field for the question has the focus.
  await keyboard.type('What is a ticket?')
  await keyboard.press('Enter')
  await visit.answered()
  await tabTo(/^Drop the socket$/)
  await keyboard.press('Enter')
  await vi.waitFor(() => expect(traffic.tickets).toHaveLength(2))
  await visit.openBy('Ticket')
  const flag = visit.page.getByRole('switch', { name: 'Feature flag: tickets' })
  while (!(await flag.evaluate((element) => element === document.activeElement))) await keyboard.press('Tab')
  await keyboard.press('Space')
  await visit.page.getByRole('switch', { name: 'Feature flag: tickets', checked: false }).waitFor()
  await tabTo(/^Sign out$/)
  await keyboard.press('Enter')
  await visit.page.getByText('Continue as').waitFor()
  await vi.waitFor(() => expect(demo.sessions.connections()).toEqual([]))
})
