import { expect, test } from 'vitest'
import { type JournalEntry, scenarios } from '../../../src/mock/index.ts'
import { arrange, base64url, JWT } from './wire.ts'

/** What happened, without the moment. */
const story = (entries: readonly JournalEntry[]) => entries.map(({ atMs, ...entry }) => entry)

test('tells in order what the backend saw', async () => {
  const { backend, clock, ticketOf, openWith } = arrange()
  backend.onMessage('hello', (_, connection) => connection.send({ type: 'welcome' }))
  const ticket = await ticketOf()
  const { socket } = await openWith(ticket)
  socket.send(JSON.stringify({ type: 'hello' }))
  socket.send(new Uint8Array([1]))
  await clock.advance(0)
  socket.close(3001, 'bye')
  await clock.advance(0)
  expect(story(backend.journal.entries)).toEqual([
    { kind: 'http', method: 'POST', path: '/websocket/ticket', status: 200, userId: 'alice' },
    {
      kind: 'upgrade',
      method: 'ticket',
      outcome: 'accepted',
      url: 'wss://mock.test/ws',
      offeredCredential: 'ticket',
      handle: ticket.ticket_handle,
      subprotocol: 'ticket-socket.v1',
      userId: 'alice',
      connection: '1',
    },
    { kind: 'frame', connection: '1', direction: 'sent', type: 'ts:connection_established' },
    { kind: 'frame', connection: '1', direction: 'received', type: 'hello' },
    { kind: 'frame', connection: '1', direction: 'sent', type: 'welcome' },
    { kind: 'frame', connection: '1', direction: 'received', type: '(binary)' },
    { kind: 'closed', connection: '1', code: 3001, reason: 'bye' },
  ])
})

test('names a ticket in a path by its handle, whichever of the two the client used', async () => {
  const { backend, request, ticketOf } = arrange()
  const { ticket_id, ticket_handle } = await ticketOf()
  await request('GET', `/ticket/${ticket_id}/validate`)
  await request('GET', `/ticket/${ticket_handle}/validate`)
  await request('DELETE', `/ticket/${ticket_id}?again=${ticket_id}`)
  await request('DELETE', '/ticket/what-ever-this-is')
  expect(backend.journal.of('http').map(({ path, status }) => `${path} ${status}`)).toEqual([
    '/websocket/ticket 200',
    `/websocket/ticket/${ticket_handle}/validate 200`,
    `/websocket/ticket/${ticket_handle}/validate 200`,
    `/websocket/ticket/${ticket_handle} 200`,
    '/websocket/ticket/[redacted] 404',
  ])
})

test.each([
  ['nothing', '', ['mine'], 'none'],
  ['a ticket', '?ticket=A', [], 'ticket'],
  ['a ticket by its second name', '?auth_ticket=A', [], 'ticket'],
  ['a JWT among the protocols', '', [`jwt.${base64url(JWT)}`], 'jwt'],
  ['a JWT in the address', `?token=${JWT}`, [], 'jwt_in_url'],
  ['both', '?ticket=A', [`bearer.${JWT}`], 'several'],
  ['two tickets', '?ticket=A&ticket=B', [], 'several'],
])('tells that %s was offered', async (_, query, protocols, offered) => {
  const { backend, open } = arrange()
  await open(query, protocols)
  expect(backend.journal.of('upgrade').map(({ offeredCredential }) => offeredCredential)).toEqual([offered])
})

test.each([
  ['', ''],
  ['?', ''],
  ['?ticket=A', ''],
  ['?room=a%20b&v=1&ticket=A', '?room=a%20b&v=1'],
  ['?auth_ticket=A&room=1&tick%65t_id=B', '?room=1'],
  [`?token=${JWT}&room=1`, '?room=1'],
  [`?room=${'x'.repeat(43)}`, '?room=[redacted]'],
])('tells where an upgrade to the query %s arrived, without what authenticates it', async (query, own) => {
  const { backend, open } = arrange()
  await open(query)
  expect(backend.journal.of('upgrade').map(({ url }) => url)).toEqual([`wss://mock.test/ws${own}`])
})

test('the app at the server is told the URL that was dialled, without what authenticates it', async () => {
  const dialled: string[] = []
  const { ticketOf, open } = arrange({ onConnection: (_, { url }) => void dialled.push(url) })
  const { ticket_id } = await ticketOf()
  await open(`?room=${'x'.repeat(43)}&ticket=${ticket_id}`, ['ticket-socket.v1'])
  expect(dialled).toEqual([`wss://mock.test/ws?room=${'x'.repeat(43)}`])
})

test('holds no ticket, no JWT and no contents, whatever was sent where', async () => {
  const jwt = 'CANARY.JWT.of-alice'
  const { backend, clock, arrived, request, ticketOf, open, openWith, openByJwt } = arrange({
    users: { alice: { token: jwt, permissions: ['chat'] } },
    upgrade: { jwtInQuery: true },
  })
  const secrets = [jwt, base64url(jwt), 'CANARY']
  const used = await ticketOf(jwt, { metadata: { note: 'CANARY-METADATA' } })
  const spare = await ticketOf(jwt)
  const renewal = await ticketOf(jwt)
  const { socket } = await openWith(used)
  socket.send(JSON.stringify({ type: 'ts:auth_refresh', ticket: renewal.ticket_id }))
  socket.send(JSON.stringify({ type: spare.ticket_id, text: 'CANARY-TEXT' }))
  socket.send('CANARY, no JSON')
  await clock.advance(0)
  socket.close(3001, `ticket=${spare.ticket_id}`)
  await openWith(used)
  await openByJwt(jwt)
  await open(`?token=${encodeURIComponent(jwt)}`)
  await open(`?ticket=${spare.ticket_id}&ticket=CANARY`, ['ticket-socket.v1', `jwt-auth.${jwt}`])
  await request('GET', `/ticket/${spare.ticket_id}/validate`, jwt)
  await request('DELETE', `/ticket/CANARY`, jwt)
  await request('GET', `/tickets/status?token=CANARY`, jwt)
  await request('POST', '/ticket', 'CANARY.WRONG.JWT')
  await arrived(backend.fetch(`https://elsewhere.test/${spare.ticket_id}/?CANARY`))

  const written = JSON.stringify(backend.journal.entries)
  for (const secret of [...secrets, used.ticket_id, spare.ticket_id, renewal.ticket_id]) {
    expect(written).not.toContain(secret)
  }
  // The check looks at something: everything above left a trace.
  expect(backend.journal.count('upgrade')).toBe(5)
  expect(backend.journal.count(({ kind }) => kind === 'http')).toBe(8)
  expect(written).toContain(used.ticket_handle)
})

test('counts by kind, by predicate, or all, and can be begun anew', async () => {
  const { backend, request, ticketOf } = arrange()
  await ticketOf()
  await request('POST', '/ticket', 'nobody')
  backend.use(scenarios.ticketEndpointDown)()
  expect(backend.journal.count('http')).toBe(2)
  expect(backend.journal.count((entry) => entry.kind === 'http' && entry.status === 401)).toBe(1)
  expect(backend.journal.count()).toBe(4)
  backend.journal.clear()
  expect(backend.journal.entries).toEqual([])
})

test('what was read stays as it was', async () => {
  const { backend, ticketOf } = arrange()
  const before = backend.journal.entries
  await ticketOf()
  expect(before).toEqual([])
})

test('calls back for each new entry, stamped by the clock, until it is stopped', async () => {
  const { backend, clock, request } = arrange()
  const seen: [number, string][] = []
  const stop = backend.journal.subscribe(({ atMs, kind }) => seen.push([atMs, kind]))
  await clock.advance(250)
  await request('GET', '/tickets/status')
  stop()
  await request('GET', '/tickets/status')
  expect(seen).toEqual([[1_250, 'http']])
})
