// Where a connection arrives: at the app's own URL, whatever the method, and whatever the backend says in `websocket_url`.

import { describe, expect, onTestFinished, test } from 'vitest'
import { greet, type Serve, type SignedInPage, signedInPage } from './page.ts'

export interface ArrivalsUnderTest {
  name: string
  /** Connects to the URL with `page.source` (or `page.auth`), and reconnects within milliseconds. */
  start: (page: SignedInPage, url: string) => { stop(): void }
  /** The same for a client that takes a function for its URL. */
  startAsking?: ((page: SignedInPage, url: () => string) => { stop(): void }) | undefined
  /** What the application at the server speaks. */
  serve?: Serve
}

const pathOf = (url: string) => url.replace(/^ws:\/\/[^/]+/, '')

export function arrivalSuite({ name, start, startAsking, serve = greet }: ArrivalsUnderTest): void {
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

    if (startAsking) {
      test('may change: what a resume needs stands in each redial, by ticket and by JWT', async () => {
        const page = await signedInPage(serve)
        let seen = 0
        const client = startAsking(page, () => `${page.url}&after=${seen}`)
        onTestFinished(() => client.stop())
        for (const method of ['ticket', 'jwt', 'ticket']) {
          const connection = await page.connection(seen + 1)
          expect(connection.method).toBe(method)
          await page.accepted(seen + 1)
          seen++
          page.server.breakTickets(method === 'ticket')
          page.auth.clearTicketCache()
          connection.terminate()
        }
        await page.connection(4)
        expect(page.arrivals()).toEqual([0, 1, 2, 3].map((after) => `${pathOf(page.url)}&after=${after}`))
      })
    }

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
