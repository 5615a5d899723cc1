// Where a connection arrives: at the app's own URL, whatever the method, and whatever the backend says in `websocket_url`.

import { describe, expect, onTestFinished, test } from 'vitest'
import { greet, type Serve, type SignedInPage, signedInPage } from './page.ts'

export interface ArrivalsUnderTest {
  name: string
  /** Connects to the URL with `page.source` (or `page.auth`), and reconnects within milliseconds. */
  start: (page: SignedInPage, url: string) => { stop(): void }
  /** What the application at the server speaks. */
  serve?: Serve
}

const pathOf = (url: string) => url.replace(/^ws:\/\/[^/]+/, '')

export function arrivalSuite({ name, start, serve = greet }: ArrivalsUnderTest): void {
  const begin = (page: SignedInPage, url = page.url) => {
    const client = start(page, url)
    onTestFinished(() => client.stop())
  }

  describe(`${name}: the app’s own URL`, () => {
    test('is where it arrives by ticket, after falling back to the JWT, and after returning to tickets', async () => {
      const page = await signedInPage(serve)
      begin(page)
      const first = await page.connection(1)
      await page.accepted(1)
      page.server.breakTickets(true)
      page.auth.clearTicketCache()
      first.terminate()
      const second = await page.connection(2)
      await page.accepted(2)
      page.server.breakTickets(false)
      second.terminate()
      const third = await page.connection(3)
      expect([first, second, third].map(({ method }) => method)).toEqual(['ticket', 'jwt', 'ticket'])
      expect(page.arrivals()).toEqual(Array(3).fill(pathOf(page.url)))
    })

    test('is where it arrives by JWT with the flag off', async () => {
      const page = await signedInPage(serve, { ticketAuth: false })
      begin(page)
      const first = await page.connection(1)
      await page.accepted(1)
      first.terminate()
      expect(await page.connection(2)).toMatchObject({ method: 'jwt' })
      expect(page.arrivals()).toEqual(Array(2).fill(pathOf(page.url)))
    })

    test('of two endpoints of one origin, each gets its own connection', async () => {
      const page = await signedInPage(serve)
      begin(page, page.url)
      await page.connection(1)
      begin(page, page.feedUrl)
      expect(await page.connection(2)).toMatchObject({ method: 'ticket' })
      expect(page.arrivals()).toEqual([pathOf(page.url), pathOf(page.feedUrl)])
    })
  })
}
