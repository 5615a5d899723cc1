import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { type Scenario, scenarios } from '../../../src/mock/index.ts'
import { ALL_SCENARIOS } from '../../support/all-scenarios.ts'
import { type Arranged, arrange } from './wire.ts'

/** A ticket, a connection with it, a message and its answer. */
async function worksAsUsual({ backend, clock, ticketOf, openWith }: Arranged): Promise<boolean> {
  const off = backend.onMessage('marco', (_, connection) => connection.send({ type: 'polo' }))
  const { socket, messages } = await openWith(await ticketOf())
  socket.send(JSON.stringify({ type: 'marco' }))
  await clock.advance(0)
  off()
  return messages.map(({ type }) => type).join() === 'ts:connection_established,polo'
}

describe.each(ALL_SCENARIOS.map((scenario) => [scenario.name, scenario] as const))('%s', (name, scenario) => {
  test('ends with its undo, and the journal tells both', async () => {
    const arranged = arrange()
    const undo = arranged.backend.use(scenario)
    undo()
    undo()
    // A revocation, and a ticket of the same millisecond, cannot be told apart.
    await arranged.clock.advance(1)
    expect(arranged.backend.journal.of('scenario').map((entry) => [entry.name, entry.on])).toEqual([
      [name, true],
      [name, false],
    ])
    expect(await worksAsUsual(arranged)).toBe(true)
    arranged.backend.dispose()
    expect(arranged.clock.pending()).toBe(0)
  })

  test('ends with a reset', async () => {
    const arranged = arrange()
    arranged.backend.use(scenario)
    arranged.backend.reset()
    expect(await worksAsUsual(arranged)).toBe(true)
  })
})

test('every scenario has the name by which it is found', () => {
  expect(ALL_SCENARIOS.map(({ name }) => name).sort()).toEqual(Object.keys(scenarios).sort())
})

describe('the ticket endpoints', () => {
  test.each([
    [scenarios.ticketEndpointDown, 503],
    [scenarios.ticketEndpointMissing, 404],
    [scenarios.rateLimited({ retryAfterSeconds: 7 }), 429],
    [scenarios.ticketForbidden, 403],
    [scenarios.storeDown, 503],
    [scenarios.slowStore({ delayMs: 10_000 }), 503],
    [scenarios.jwtExpired, 401],
    [scenarios.jwtExpiredByHttp, 401],
    [scenarios.revokedElsewhere, 401],
  ])('$name is a problem document with its status', async (scenario, status) => {
    const { backend, clock, request } = arrange()
    backend.use(scenario)
    const answer = request('POST', '/ticket')
    await clock.advance(10_000)
    const response = await answer
    expect(response.status).toBe(status)
    expect(response.headers.get('content-type')).toBe('application/problem+json')
    expect(await response.json()).toMatchObject({ status, detail: expect.any(String) })
    expect(backend.journal.of('http').map((entry) => entry.status)).toEqual([status])
  })

  test('rateLimited says how long to wait, and limits ticket requests only', async () => {
    const { backend, request } = arrange()
    backend.use(scenarios.rateLimited({ retryAfterSeconds: 7 }))
    expect((await request('POST', '/ticket')).headers.get('retry-after')).toBe('7')
    expect((await request('GET', '/tickets/status')).status).toBe(200)
  })

  test('ticketEndpointSlow answers, later; giving up leaves nothing behind', async () => {
    const { backend, clock, request } = arrange()
    backend.use(scenarios.ticketEndpointSlow({ delayMs: 3_000 }))
    const answer = request('POST', '/ticket')
    await clock.advance(2_999)
    expect(backend.journal.count('http')).toBe(0)
    await clock.advance(1)
    expect((await answer).status).toBe(200)
    expect((await request('GET', '/tickets/status')).status).toBe(200)
    const givenUp = backend.fetch('https://mock.test/websocket/ticket', {
      method: 'POST',
      signal: AbortSignal.abort(),
    })
    await expect(givenUp).rejects.toThrow()
    expect(clock.pending()).toBe(0)
  })

  test('slowStore: everything works, and takes its time', async () => {
    const { backend, clock, ticketOf, openWith } = arrange()
    backend.use(scenarios.slowStore({ delayMs: 400 }))
    const buying = ticketOf()
    await clock.advance(2_000)
    const opening = openWith(await buying)
    await clock.advance(399)
    expect((await opening).events).toEqual([])
    await clock.advance(1_000)
    expect((await opening).messages).toMatchObject([{ auth_method: 'ticket' }])
  })

  test('slowStore: what is waited for when the backend ends is given up, and leaves no timer', async () => {
    const { backend, clock, request } = arrange()
    backend.use(scenarios.slowStore({ delayMs: 3_600_000 }))
    const answer = request('POST', '/ticket')
    const rejected = expect(answer).rejects.toThrow(TypeError)
    await clock.settle()
    backend.dispose()
    await rejected
    await clock.settle()
    expect(clock.pending()).toBe(0)
  })

  test('ticketEndpointHangs never answers, but can be given up', async () => {
    const { backend, clock } = arrange()
    backend.use(scenarios.ticketEndpointHangs)
    const givenUp = new AbortController()
    let settled = false
    const answer = backend
      .fetch('https://mock.test/websocket/ticket', { method: 'POST', signal: givenUp.signal })
      .finally(() => (settled = true))
    await clock.advance(3_600_000)
    expect(settled).toBe(false)
    expect(backend.journal.of('http').map(({ status }) => status)).toEqual([null])
    givenUp.abort()
    await expect(answer).rejects.toThrow(expect.objectContaining({ name: 'AbortError' }))
  })

  test('htmlFromProxy is a page with status 200', async () => {
    const { backend, request } = arrange()
    backend.use(scenarios.htmlFromProxy)
    const response = await request('POST', '/ticket')
    expect(response.status).toBe(200)
    expect(response.headers.get('content-type')).toContain('text/html')
    expect(await response.text()).toMatch(/^<!doctype html>/)
  })

  test('ticketEndpointRedirects is a redirect to another origin, which is not followed', async () => {
    const { backend, request } = arrange()
    backend.use(scenarios.ticketEndpointRedirects)
    const response = await request('POST', '/ticket', undefined, { redirect: 'manual' })
    expect([response.status, response.headers.get('location')]).toEqual([
      307,
      'https://login.example.com/?return_to=tickets',
    ])
    await expect(request('POST', '/ticket', undefined, { redirect: 'error' })).rejects.toThrow(TypeError)
    expect(backend.journal.of('http').map(({ status }) => status)).toEqual([307, 307])
  })

  test('malformedTicket is JSON that is no ticket', async () => {
    const { backend, request } = arrange()
    backend.use(scenarios.malformedTicket)
    const response = await request('POST', '/ticket')
    expect(response.status).toBe(200)
    expect(await response.json()).toMatchObject({ ticket_id: 42 })
    expect((await request('GET', '/tickets/status')).status).toBe(200)
  })

  test.each([
    scenarios.ticketEndpointDown,
    scenarios.ticketEndpointMissing,
    scenarios.ticketEndpointHangs,
    scenarios.htmlFromProxy,
    scenarios.ticketEndpointRedirects,
    scenarios.malformedTicket,
  ])('$name leaves sockets alone', async (scenario) => {
    const { backend, openByJwt } = arrange()
    backend.use(scenario)
    const { messages } = await openByJwt()
    expect(messages).toMatchObject([{ type: 'ts:connection_established', auth_method: 'jwt' }])
  })
})

describe('upgrades', () => {
  test('ticketRefused: a fresh ticket is refused like an unknown one, a JWT is not', async () => {
    const { backend, ticketOf, openWith, openByJwt } = arrange()
    backend.use(scenarios.ticketRefused)
    for (const _ of [1, 2, 3]) {
      expect((await openWith(await ticketOf())).events).toEqual(['open@1', 'close@3 4401 ticket_invalid clean'])
    }
    expect((await openByJwt()).messages).toMatchObject([{ type: 'ts:connection_established' }])
    expect(backend.journal.of('upgrade').map(({ outcome }) => outcome)).toEqual([4401, 4401, 4401, 'accepted'])
  })

  test('ticketExpiredOnArrival: the next ticket is refused, the one after it is accepted', async () => {
    const { backend, ticketOf, openWith } = arrange()
    backend.use(scenarios.ticketExpiredOnArrival)
    for (const _ of [1, 2]) await openWith(await ticketOf())
    expect(backend.journal.of('upgrade').map(({ outcome }) => outcome)).toEqual([4401, 'accepted'])
  })

  test('upgradeHangs: no answer, until the client gives up', async () => {
    const { backend, clock, openByJwt } = arrange()
    backend.use(scenarios.upgradeHangs)
    const { socket, events } = await openByJwt()
    await clock.advance(60_000)
    expect([socket.readyState, events]).toEqual([0, []])
    expect(backend.journal.of('upgrade').map(({ outcome }) => outcome)).toEqual(['hangs'])
  })

  test('slowStore from 5 s on: 4503', async () => {
    const { backend, clock, ticketOf, openWith } = arrange()
    const ticket = await ticketOf()
    backend.use(scenarios.slowStore({ delayMs: 6_000 }))
    const opening = openWith(ticket)
    await clock.advance(5_000)
    expect((await opening).events.at(-1)).toBe('close@3 4503 unavailable clean')
  })

  test('ticketRefusedTimes(n): the next n tickets are refused, and the count begins anew with each use', async () => {
    const { backend, ticketOf, openWith } = arrange()
    const outcomes = async () => {
      backend.journal.clear()
      for (const _ of [1, 2, 3]) await openWith(await ticketOf())
      return backend.journal.of('upgrade').map(({ outcome }) => outcome)
    }
    const scenario = scenarios.ticketRefusedTimes(2)
    const undo = backend.use(scenario)
    expect(await outcomes()).toEqual([4401, 4401, 'accepted'])
    undo()
    backend.use(scenario)
    expect(await outcomes()).toEqual([4401, 4401, 'accepted'])
  })

  test('jwtExpired: 4401 jwt_expired, and a JWT issued afterwards is fine', async () => {
    const { backend, request, openByJwt } = arrange()
    backend.use(scenarios.jwtExpired)
    expect((await openByJwt()).events).toEqual(['open@1', 'close@3 4401 jwt_expired clean'])
    const renewed = backend.rotateToken('alice')
    expect((await openByJwt(renewed)).events[1]).toContain('ts:connection_established')
    expect((await request('POST', '/ticket', renewed)).status).toBe(200)
    expect((await request('POST', '/ticket')).status).toBe(401)
  })

  test('storeDown: 4503 for a ticket, which is not spent by it', async () => {
    const { backend, ticketOf, openWith } = arrange()
    const ticket = await ticketOf()
    const heal = backend.use(scenarios.storeDown)
    expect((await openWith(ticket)).events).toEqual(['open@1', 'close@3 4503 unavailable clean'])
    heal()
    expect((await openWith(ticket)).messages).toMatchObject([{ type: 'ts:connection_established' }])
  })

  test('jwtExpiredByHttp: 1006, and a JWT issued afterwards is fine, as is a ticket from before', async () => {
    const { backend, ticketOf, openWith, openByJwt } = arrange()
    const ticket = await ticketOf()
    backend.use(scenarios.jwtExpiredByHttp)
    expect((await openByJwt()).events).toEqual(['error@3', 'close@3 1006  unclean'])
    expect(backend.journal.of('upgrade').map(({ outcome }) => outcome)).toEqual([401])
    expect((await openWith(ticket)).messages).toHaveLength(1)
    expect((await openByJwt(backend.rotateToken('alice'))).messages).toHaveLength(1)
  })

  test('upgradeRefused: error and 1006, unclean, for any credential, and the ticket stays unspent', async () => {
    const { backend, ticketOf, openWith, openByJwt } = arrange()
    const ticket = await ticketOf()
    const heal = backend.use(scenarios.upgradeRefused)
    expect((await openWith(ticket)).events).toEqual(['error@3', 'close@3 1006  unclean'])
    expect((await openByJwt()).events).toEqual(['error@3', 'close@3 1006  unclean'])
    expect(backend.journal.of('upgrade').map(({ outcome }) => outcome)).toEqual([503, 503])
    heal()
    expect((await openWith(ticket)).messages).toHaveLength(1)
  })

  test('silentServer: connections open and nothing is heard on them', async () => {
    const { backend, clock, ticketOf, openWith } = arrange()
    backend.use(scenarios.silentServer)
    const { socket, events } = await openWith(await ticketOf())
    const heard: string[] = []
    ;(await backend.connected()).onMessage(({ type }) => heard.push(type))
    socket.send(JSON.stringify({ type: 'anybody there?' }))
    backend.broadcast({ type: 'hello' })
    await clock.advance(1_000)
    expect([events, heard, backend.journal.count('frame')]).toEqual([['open@1'], [], 0])
  })

  test('restartWithNotice: going_away now, 4512 five seconds later to who is still there', async () => {
    const { backend, clock, openByJwt } = arrange()
    const stays = await openByJwt()
    const moves = await openByJwt()
    backend.use(scenarios.restartWithNotice)
    await clock.advance(0)
    expect(stays.messages.at(-1)).toEqual({ type: 'ts:going_away', deadline_ms: 5_000 })
    moves.socket.close()
    const moved = await openByJwt()
    await clock.advance(4_999)
    expect(stays.socket.readyState).toBe(1)
    await clock.advance(1)
    expect(stays.events.at(-1)).toBe('close@3 4512 restart;retry_after_ms=0 clean')
    expect(moved.socket.readyState).toBe(1)
  })

  test('plainServer: no handle, no subprotocol of ours, and the first message is the app’s', async () => {
    const { backend, ticketOf, open } = arrange()
    backend.use(scenarios.plainServer)
    const ticket = await ticketOf()
    expect(Object.keys(ticket)).not.toEqual(expect.arrayContaining(['ticket_handle']))
    expect(Object.keys(ticket)).not.toEqual(expect.arrayContaining(['subprotocol']))
    const byTicket = await open(`?ticket=${ticket.ticket_id}`)
    expect([byTicket.events, byTicket.socket.protocol]).toEqual([['open@1'], ''])
    const byJwt = await open('', ['jwt-auth', 'ticket-socket.v1', 'jwt.and0LW9mLWFsaWNl'])
    expect([byJwt.events, byJwt.socket.protocol]).toEqual([['open@1'], 'jwt-auth'])
    expect((await backend.connected()).spoken).toBe(false)
  })
})

describe('live connections', () => {
  test('revokedElsewhere: 4410, and neither ticket nor JWT opens anything until all have signed in again', async () => {
    const { backend, clock, ticketOf, openWith, openByJwt } = arrange()
    const unspent = await ticketOf()
    const { events } = await openByJwt()
    const undo = backend.use(scenarios.revokedElsewhere)
    await clock.advance(0)
    expect(events.at(-1)).toBe('close@3 4410 revoked clean')
    expect((await openWith(unspent)).events.at(-1)).toBe('close@3 4401 ticket_invalid clean')
    expect((await openByJwt()).events.at(-1)).toBe('close@3 4401 jwt_invalid clean')
    undo()
    expect((await openByJwt()).messages).toHaveLength(1)
    expect((await openWith(unspent)).events.at(-1)).toBe('close@3 4401 ticket_invalid clean')
  })

  test('replacedElsewhere: 4409 for those that are open now', async () => {
    const { backend, clock, openByJwt } = arrange()
    const { events } = await openByJwt()
    backend.use(scenarios.replacedElsewhere)
    await clock.advance(0)
    expect(events.at(-1)).toBe('close@3 4409 replaced clean')
    expect((await openByJwt()).messages).toHaveLength(1)
  })

  test('offline: requests fail, nothing opens, and what is open hears nothing', async () => {
    const { backend, clock, request, openByJwt } = arrange()
    const open = await openByJwt()
    const undo = backend.use(scenarios.offline)
    await expect(request('POST', '/ticket')).rejects.toThrow(TypeError)
    expect((await openByJwt()).events).toEqual(['error@3', 'close@3 1006  unclean'])
    backend.broadcast({ type: 'unheard' })
    await clock.advance(1_000)
    expect([open.socket.readyState, open.messages.length]).toEqual([1, 1])
    expect(backend.journal.entries.map((entry) => ('outcome' in entry ? entry.outcome : entry.kind))).toEqual([
      'accepted',
      'frame',
      'scenario',
      'http',
      'lost',
    ])
    undo()
    expect((await request('POST', '/ticket')).status).toBe(200)
  })

  test('flappingNetwork: down and up, again and again, until it is undone', async () => {
    const { backend, clock, request, openByJwt } = arrange()
    const undo = backend.use(scenarios.flappingNetwork({ upMs: 5_000, downMs: 2_000 }))
    for (const _ of [1, 2]) {
      const { events } = await openByJwt()
      await clock.advance(5_000)
      expect(events.at(-1)).toBe('close@3 1006  unclean')
      expect((await openByJwt()).events).toContain('error@3')
      await expect(request('GET', '/tickets/status')).rejects.toThrow(TypeError)
      await clock.advance(2_000)
    }
    undo()
    const { events } = await openByJwt()
    await clock.advance(20_000)
    expect(events).not.toContain('close@3 1006  unclean')
  })
})

describe('several at a time', () => {
  test('the one used last is asked first, and each is undone by itself', async () => {
    const { backend, request } = arrange()
    const status = async () => (await request('POST', '/ticket')).status
    const healMissing = backend.use(scenarios.ticketEndpointMissing)
    const healDown = backend.use(scenarios.ticketEndpointDown)
    expect(await status()).toBe(503)
    healDown()
    expect(await status()).toBe(404)
    healMissing()
    expect(await status()).toBe(200)
  })

  test('are used and undone together', async () => {
    const { backend, request, openByJwt } = arrange()
    const heal = backend.use(scenarios.ticketEndpointDown, scenarios.upgradeRefused)
    expect((await request('POST', '/ticket')).status).toBe(503)
    expect((await openByJwt()).events).toContain('error@3')
    heal()
    expect((await request('POST', '/ticket')).status).toBe(200)
    expect((await openByJwt()).events).toContain('open@1')
  })

  test('silence by two of them ends with the second', async () => {
    const { backend, clock, openByJwt } = arrange()
    const { messages } = await openByJwt()
    const undo = backend.use(scenarios.silentServer)
    backend.silence(true)
    undo()
    backend.broadcast({ type: 'lost' })
    await clock.advance(0)
    backend.silence(false)
    backend.broadcast({ type: 'heard' })
    await clock.advance(0)
    expect(messages.map(({ type }) => type)).toEqual(['ts:connection_established', 'heard'])
  })
})

describe('one of your own', () => {
  test('wraps the server: it may look, change, or answer', async () => {
    const { backend, ticketOf, open, request } = arrange()
    const seen: string[] = []
    const own: Scenario = {
      name: 'own',
      start: () => ({
        async http({ request }, next) {
          const response = await next()
          seen.push(`${request.method} ${response.status}`)
          return response
        },
        async upgrade({ request, ticket }, next) {
          seen.push(ticket === undefined ? 'no ticket' : 'a ticket')
          return next({ ...request, origin: 'https://evil.example' })
        },
      }),
    }
    backend.use(own)
    const ticket = await ticketOf()
    await request('GET', '/tickets/status')
    expect((await open(`?ticket=${ticket.ticket_id}`)).events).toEqual(['open@1', 'close@3 4403 origin clean'])
    expect(seen).toEqual(['POST 200', 'GET 200', 'a ticket'])
  })

  test('that throws is reported, and the client sees a broken connection and a failed request', async () => {
    const { backend, arrived, openByJwt } = arrange()
    const reported = vi.spyOn(console, 'error').mockImplementation(() => {})
    onTestFinished(() => reported.mockRestore())
    const mistake = new Error('a mistake in the scenario')
    const fail = () => {
      throw mistake
    }
    backend.use({ name: 'broken', start: () => ({ http: fail, upgrade: fail }) })
    expect((await openByJwt()).events).toEqual(['error@3', 'close@3 1006  unclean'])
    expect(reported.mock.calls).toEqual([[mistake]])
    await expect(arrived(backend.fetch('https://mock.test/websocket/tickets/status'))).rejects.toBe(mistake)
  })

  test('may keep a handshake hanging', async () => {
    const { backend, clock, openByJwt } = arrange()
    backend.use({ name: 'hangs', start: () => ({ upgrade: (call) => call.hang() }) })
    const { socket, events } = await openByJwt()
    await clock.advance(60_000)
    expect([socket.readyState, events]).toEqual([0, []])
    expect(backend.journal.of('upgrade').map(({ outcome }) => outcome)).toEqual(['hangs'])
    socket.close()
    await clock.advance(0)
    expect(events).toEqual(['error@3', 'close@3 1006  unclean'])
  })
})

test.each([
  ['retryAfterSeconds', () => scenarios.rateLimited({ retryAfterSeconds: -1 }), '-1'],
  ['retryAfterSeconds', () => scenarios.rateLimited({ retryAfterSeconds: Number.NaN }), 'NaN'],
  ['times', () => scenarios.ticketRefusedTimes(1.5), '1.5'],
  ['delayMs', () => scenarios.ticketEndpointSlow({ delayMs: -1 }), '-1'],
  ['delayMs', () => scenarios.slowStore({ delayMs: Number.NaN }), 'NaN'],
  ['upMs', () => scenarios.flappingNetwork({ upMs: 0 }), '0'],
  ['downMs', () => scenarios.flappingNetwork({ downMs: 0 }), '0'],
])('a wrong %s is refused by name and value', (name, make, value) => {
  expect(make).toThrow(TypeError)
  expect(make).toThrow(new RegExp(`^${name} .*${value}$`))
})
