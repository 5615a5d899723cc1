import PartyWebSocket from 'partysocket/ws'
import { expect, onTestFinished, test } from 'vitest'
import { classify, ticketWebSocket } from '../../../src/index.ts'
import { type SignedInPage, signedInPage } from './page.ts'
import { clientSuite } from './suite.ts'

const delays = { minReconnectionDelay: 5, maxReconnectionDelay: 20 }

function start({ source }: SignedInPage, url: string | (() => string)) {
  const socket = new PartyWebSocket(url, [], { WebSocket: ticketWebSocket(source), ...delays })
  return { say: (words: string) => socket.send(words), stop: () => socket.close() }
}

clientSuite({ name: 'partysocket', keepsTrying: true, start, startAsking: start })

/** As its recipe has it. */
function fromRecipe({ source, url }: SignedInPage) {
  const socket = new PartyWebSocket(url, [], {
    WebSocket: ticketWebSocket(source),
    ...delays,
    shouldReconnectOnClose: ({ code, reason }) => classify(code, reason, null).kind !== 'stop',
  })
  onTestFinished(() => socket.close())
  return socket
}

test('partysocket, by its recipe, goes on trying while no ticket is to be had', async () => {
  const page = await signedInPage(undefined, { chain: ['ticket'], maxTicketFailures: 1_000 })
  page.server.breakTickets(true)
  fromRecipe(page)
  await page.until(() => page.server.requests.length >= 4)
  page.server.breakTickets(false)
  expect(await page.connection(1)).toMatchObject({ method: 'ticket' })
})

test.each([
  ['a revoked session', (page: SignedInPage) => page.connections[0]?.close(4410, 'revoked'), 4410],
  ['a log-out', (page: SignedInPage) => page.logOut(), 4401],
])('partysocket, by its recipe, stops at %s', async (_, end, code) => {
  const page = await signedInPage()
  const socket = fromRecipe(page)
  await page.connection(1)
  await page.until(() => socket.readyState === WebSocket.OPEN)
  const closed = new Promise<number>((resolve) => socket.addEventListener('close', (event) => resolve(event.code)))
  end(page)
  expect(await closed).toBe(code)
  expect(socket.shouldReconnect).toBe(false)
})
