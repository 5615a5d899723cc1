// The code of docs/moving-from-a-hand-written-ticket-service.md, against the mock: what the page promises of each step.

import { describe, expect, test } from 'vitest'
import { classify, createTicketSocket, type Fetch, ticketWebSocket } from '../../../src/index.ts'
import { scenarios } from '../../../src/mock/index.ts'
import { arrange } from '../../support/arrange.ts'

/** A backend that answers { token, expires_in }. */
function foreign(backend: Fetch): Fetch {
  return async (url, init) => {
    const response = await backend(url, init)
    if (init.method !== 'POST' || !response.ok) return response
    const { ticket_id, ttl_seconds } = (await response.json()) as { ticket_id: string; ttl_seconds: number }
    return Response.json({ token: ticket_id, expires_in: ttl_seconds })
  }
}

/** The page's translation of it. */
function translated(backend: Fetch): Fetch {
  return async (url, init) => {
    const response = await backend(url, init)
    if (init.method !== 'POST' || !response.ok) return response
    const { token, expires_in } = (await response.json()) as { token: string; expires_in: number }
    const now = Date.now() / 1000
    return Response.json({
      ticket_id: token,
      created_at: now,
      expires_at: now + expires_in,
      ttl_seconds: expires_in,
      single_use: true,
    })
  }
}

describe('before step 1: an answer of another shape', () => {
  test('is no ticket as it is', async () => {
    const page = arrange({ wrap: (platform) => ({ ...platform, fetch: foreign(platform.fetch as Fetch) }) })
    await page.connect()
    expect(page.state()).toMatchObject({ status: 'open', method: 'jwt' })
  })

  test('is one when platform.fetch translates it', async () => {
    const page = arrange({ wrap: (platform) => ({ ...platform, fetch: translated(foreign(platform.fetch as Fetch)) }) })
    await page.connect()
    expect(page.state()).toMatchObject({ status: 'open', method: 'ticket' })
  })
})

describe('step 1: getTicket', () => {
  const service = () => {
    const page = arrange()
    return {
      ...page,
      async getTicket(): Promise<string> {
        const asked = page.auth.getWebSocketTicket()
        await page.clock.advance(100)
        const result = await asked
        if (!result.success) throw result.error
        return result.ticket.ticket
      },
    }
  }

  test('gives each caller a ticket of its own', async () => {
    const { getTicket } = service()
    expect(await getTicket()).not.toBe(await getTicket())
  })

  test('throws when the endpoint redirects, so that the app’s own fallback takes over', async () => {
    const { getTicket, backend } = service()
    backend.use(scenarios.ticketEndpointRedirects)
    await expect(getTicket()).rejects.toMatchObject({ code: 'redirected' })
  })

  test('throws, and requests nothing, with the flag off', async () => {
    const page = arrange({ auth: { ticketAuth: false } })
    expect(await page.auth.getWebSocketTicket()).toMatchObject({ success: false, error: { code: 'tickets_disabled' } })
    expect(page.ticketRequests()).toBe(0)
  })
})

describe('step 2: a reconnect loop over ticketWebSocket', () => {
  function loop(options: Parameters<typeof arrange>[0] = {}) {
    const page = arrange(options)
    const TicketWebSocket = ticketWebSocket(page.auth, { platform: page.platform })
    function connect() {
      const socket = new TicketWebSocket(page.backend.wsUrl)
      socket.onclose = ({ code, reason }) => {
        if (classify(code, reason, null).kind !== 'stop') page.clock.setTimer(connect, 3_000)
      }
    }
    connect()
    return page
  }
  const methods = ({ backend }: ReturnType<typeof loop>) =>
    backend.journal.of('upgrade').map(({ offeredCredential }) => offeredCredential)

  test('comes back by another ticket, also after one that was refused', async () => {
    const page = loop()
    await page.clock.advance(1_000)
    page.backend.use(scenarios.ticketExpiredOnArrival)
    page.backend.dropConnections()
    await page.clock.advance(20_000)
    expect(methods(page)).toEqual(['ticket', 'ticket', 'ticket'])
    expect(page.backend.connections()).toHaveLength(1)
  })

  test('stops at a sign-out', async () => {
    const page = loop()
    await page.clock.advance(1_000)
    page.session.jwt = null
    page.auth.handleLogout()
    await page.clock.advance(600_000)
    expect(methods(page)).toHaveLength(1)
  })

  test('with chain [ticket] connects by nothing else', async () => {
    const page = loop({ auth: { chain: ['ticket'], retry: { maxRetries: 0 } } })
    page.backend.use(scenarios.ticketEndpointDown)
    await page.clock.advance(60_000)
    expect(methods(page)).toEqual([])
  })
})

test('step 3: createTicketSocket runs beside the code of step 2, on the same service', async () => {
  const page = arrange()
  const TicketWebSocket = ticketWebSocket(page.auth, { platform: page.platform })
  new TicketWebSocket(page.backend.wsUrl)
  const socket = createTicketSocket({ url: page.backend.wsUrl, auth: page.auth, platform: page.platform })
  socket.connect()
  await page.clock.advance(1_000)
  expect(page.backend.connections().map(({ method }) => method)).toEqual(['ticket', 'ticket'])
})
