// Where the sockets of `ticketWebSocket` connect, and what they refuse to connect to.

import { afterEach, describe, expect, test, vi } from 'vitest'
import { type TicketSocketError, type TicketWebSocketOptions, ticketWebSocket } from '../../../src/index.ts'
import type { UrlCallback } from '../../../src/socket/app-url.ts'
import { arrange } from '../../support/arrange.ts'
import { jwtFor } from '../../support/jwt.ts'

function open(options: TicketWebSocketOptions = {}, auth: object = {}) {
  const warnings: string[] = []
  const page = arrange({
    auth,
    wrap: (platform) => ({
      ...platform,
      logger: { debug() {}, info() {}, warn: (line) => void warnings.push(line), error() {} },
    }),
  })
  const TicketWebSocket = ticketWebSocket(page.auth, { platform: page.platform, ...options })
  return {
    ...page,
    warnings,
    make(url: string | URL | UrlCallback) {
      const socket = new TicketWebSocket(url as UrlCallback)
      const heard: string[] = []
      socket.addEventListener('open', () => heard.push('open'))
      socket.addEventListener('error', (event) => {
        const { error } = event as Event & { error?: TicketSocketError }
        heard.push(`error ${error?.code}: ${error?.message}`)
      })
      socket.addEventListener('close', ({ code, reason }) => heard.push(`close ${code} ${reason}`))
      return { socket, heard }
    },
    arrived: () => page.backend.journal.of('upgrade').map(({ url, method }) => `${method} ${url}`),
  }
}

const WS = 'wss://mock.test/ws'
const TOKEN = 'x'.repeat(16)

afterEach(() => vi.unstubAllGlobals())

test.each<[string | URL, string]>([
  [`${WS}?room=a%20b`, `${WS}?room=a%20b`],
  [`https://mock.test/ws?room=1`, `${WS}?room=1`],
  ['/ws?room=1', `${WS}?room=1`],
  ['ws?room=1', `${WS}?room=1`],
  [new URL(`${WS}?room=1`), `${WS}?room=1`],
])('%s arrives where a browser’s WebSocket would, by ticket and by JWT', async (url, arrived) => {
  vi.stubGlobal('document', { baseURI: 'https://mock.test/chat' })
  for (const [ticketAuth, method] of [
    [true, 'ticket'],
    [false, 'jwt'],
  ] as const) {
    const page = open({}, { ticketAuth })
    const { socket } = page.make(url)
    expect(socket.url).toBe(arrived)
    await page.clock.advance(1_000)
    expect(socket.url).toBe(arrived)
    expect(page.arrived()).toEqual([`${method} ${arrived}`])
  }
})

describe('a URL function', () => {
  test.each<[string, UrlCallback]>([
    ['sync', () => `${WS}?room=1`],
    ['async', async () => 'https://mock.test/ws?room=1'],
    ['of a URL object', () => new URL(`${WS}?room=1`)],
  ])('(%s) is called for each socket, and the socket shows where it goes', async (_, url) => {
    const page = open()
    const { socket, heard } = page.make(url)
    expect(socket.url).toBe('')
    await page.clock.advance(1_000)
    expect([socket.url, heard, page.arrived()]).toEqual([`${WS}?room=1`, ['open'], [`ticket ${WS}?room=1`]])
    page.make(url)
    await page.clock.advance(1_000)
    expect(page.arrived()).toHaveLength(2)
  })

  test.each<[string, () => unknown, string]>([
    ['throws', () => JSON.parse(''), 'url_callback_failed'],
    ['rejects', async () => JSON.parse(''), 'url_callback_failed'],
    ['returns nothing', () => undefined, 'url_callback_failed'],
    ['returns no URL', () => 'api.example.com/ws', 'url_callback_failed'],
    ['does not answer', () => new Promise(() => {}), 'timeout'],
  ])('that %s closes its socket with 1006, and nothing is dialled', async (_, url, code) => {
    vi.stubGlobal('document', { baseURI: 'https://mock.test/chat' })
    const page = open({ urlTimeoutMs: 2_000 })
    const { heard } = page.make(url as UrlCallback)
    await page.clock.advance(2_500)
    expect(heard).toEqual([expect.stringContaining(`error ${code}: `), 'close 1006 '])
    expect(page.arrived()).toEqual([])
  })
})

describe('PR-42: a URL that holds a credential', () => {
  test.each(['?ticket=1', '?auth_ticket=', '?ticket_id=7', `?id_token=${TOKEN}`, `?apikey=${jwtFor('alice')}`])(
    'throws when the socket is made, where tickets are on: %s',
    async (query) => {
      const page = open()
      expect(() => page.make(WS + query)).toThrow(TypeError)
      expect(() => page.make(WS + query)).toThrow(/parameter "\w+"/)
      expect(() => page.make(WS + query)).not.toThrow(/eyJ|xxxx/)
      await page.clock.advance(10_000)
      expect(page.backend.journal.entries).toEqual([])
    },
  )

  test('with a flag function ends in error and 4400, at which well-behaved clients stop; nothing is dialled', async () => {
    const page = open({}, { ticketAuth: () => true })
    const { heard } = page.make(`${WS}?token=${TOKEN}`)
    await page.clock.advance(10_000)
    expect(heard).toEqual([
      expect.stringMatching(/^error credential_in_url: url holds a credential in its parameter "token"/),
      'close 4400 bad_request',
    ])
    expect(page.arrived()).toEqual([])
    // The ticket lies ready for a URL that holds none.
    expect(page.auth.store.getState().spare).not.toBeNull()
    page.make(WS)
    await page.clock.advance(1_000)
    expect(page.arrived()).toEqual([`ticket ${WS}`])
    expect(page.told.filter(([name]) => name === 'auth.ticketTaken')).toHaveLength(2)
  })

  test('with the flag off is warned about once, however many sockets are made, and dialled as before', async () => {
    const page = open({}, { ticketAuth: false })
    for (let n = 0; n < 3; n++) page.make(`${WS}?room=${n}&token=${TOKEN}`)
    await page.clock.advance(1_000)
    expect(page.warnings).toEqual([
      expect.stringMatching(/^url holds a credential in its parameter "token".*an error\.$/),
    ])
    expect(page.backend.journal.of('upgrade')).toHaveLength(3)
  })

  test('that is allowed is dialled beside the ticket', async () => {
    const page = open({ allowCredentialInUrl: ['apikey'] })
    page.make(`${WS}?apikey=${jwtFor('anon')}`)
    await page.clock.advance(1_000)
    expect(page.backend.connections()).toMatchObject([{ method: 'ticket' }])
    expect(() => page.make(`${WS}?ticket=1`)).toThrow('must not have the parameter "ticket"')
  })

  test('cannot be a ticket’s parameter in the list of those that are allowed', () => {
    expect(() => open({ allowCredentialInUrl: ['ticket_id'] })).toThrow('allowCredentialInUrl must not name')
  })
})
