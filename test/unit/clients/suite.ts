// What an app gains by `ticketWebSocket`, whatever client it goes into: one suite, run with the real packages against
// the real server.

import { describe, expect, onTestFinished, test } from 'vitest'
import { arrivalSuite } from './arrival.ts'
import { greet, type Serve, type SignedInPage, signedInPage } from './page.ts'

export interface Client {
  /** Says it as the client's users do; what cannot be sent may be queued. */
  say(words: string): void
  stop(): void
}

export interface ClientUnderTest {
  name: string
  /** Connects to the URL with `page.source`, and reconnects within milliseconds. */
  start: (page: SignedInPage, url: string) => Client
  /** The same for a client that takes a function for its URL. */
  startAsking?: ((page: SignedInPage, url: () => string) => { stop(): void }) | undefined
  /** What the application at the server speaks. */
  serve?: Serve
  /** Whether it goes on trying after a log-out. */
  keepsTrying: boolean
}

export function clientSuite({ name, start, startAsking, serve = greet, keepsTrying }: ClientUnderTest): void {
  const begin = (page: SignedInPage) => {
    const client = start(page, page.url)
    onTestFinished(() => client.stop())
    return client
  }

  arrivalSuite({ name, start, startAsking, serve })

  describe(name, () => {
    test('connects by ticket, speaks, and puts no JWT into a URL', async () => {
      const page = await signedInPage(serve)
      const client = begin(page)
      expect(await page.connection(1)).toMatchObject({ method: 'ticket', spoken: false })
      client.say('hi')
      await page.until(() => page.heard.length > 0)
      expect(page.heard).toEqual([{ from: 'alice', words: 'hi' }])
      expect(page.ticketsDialled()).toHaveLength(1)
      expect(JSON.stringify([page.server.requests, page.server.upgrades])).not.toContain(page.session.jwt)
    })

    test('survives drops, each time with a ticket of its own', async () => {
      const page = await signedInPage(serve)
      const client = begin(page)
      for (let nth = 1; nth <= 3; nth++) {
        const connection = await page.connection(nth)
        await page.accepted(nth)
        connection.terminate()
      }
      expect(await page.connection(4)).toMatchObject({ method: 'ticket' })
      client.say('still here')
      await page.until(() => page.words().includes('still here'))
      expect(page.ticketsDialled()).toHaveLength(4)
      expect(new Set(page.ticketsDialled()).size).toBe(4)
      expect(new Set(page.arrivals()).size).toBe(1)
    })

    test('reverts to JWT after three failures, and asks for no ticket from then on', async () => {
      const page = await signedInPage(serve)
      page.server.breakTickets(true)
      begin(page)
      for (let nth = 1; nth <= 3; nth++) {
        const connection = await page.connection(nth)
        expect(connection.method).toBe('jwt')
        await page.until(() => page.auth.store.getState().ticketFailures === nth)
        if (nth === 3) {
          expect(page.auth.store.getState().reverted).toBe(true)
          page.server.breakTickets(false)
        }
        connection.terminate()
      }
      const asked = page.server.requests.length
      expect(await page.connection(4)).toMatchObject({ method: 'jwt' })
      expect(page.server.requests).toHaveLength(asked)
      expect(page.ticketsDialled()).toEqual([])
      expect(new Set(page.arrivals()).size).toBe(1)
    })

    test('sends nothing of the old user after a log-out, and dials no more', async () => {
      const page = await signedInPage(serve)
      const client = begin(page)
      const connection = await page.connection(1)
      client.say('before')
      await page.until(() => page.words().includes('before'))
      const closed = new Promise((resolve) => connection.onClose(resolve))
      const [dials, asked] = [page.server.upgrades.length, page.session.timesAsked]
      page.logOut()
      client.say('after')
      await closed
      // Whoever goes on trying is told so without a dial.
      if (keepsTrying) await page.until(() => page.session.timesAsked >= asked + 3)
      expect(page.words()).toEqual(['before'])
      expect(page.server.upgrades).toHaveLength(dials)

      client.stop()
      await page.logIn('bob')
      const next = begin(page)
      expect((await page.connection(2)).identity?.userId).toBe('bob')
      next.say('from bob')
      await page.until(() => page.words().includes('from bob'))
      expect(page.heard.filter(({ from }) => from === 'bob')).toEqual([{ from: 'bob', words: 'from bob' }])
    })
  })
}
