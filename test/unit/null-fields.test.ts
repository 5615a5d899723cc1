// Many backends, such as those on pydantic, write an optional field that is missing as null (PR-09).

import { expect, test } from 'vitest'
import { isTicketSystemStatus } from '../../src/contract/wire.ts'
import { sendControlFrame } from '../../src/server/session.ts'
import { arrange } from '../support/arrange.ts'

const NULLS = { ticket_handle: null, websocket_url: null, subprotocol: null }

/** A page whose backend writes null for every optional field of a ticket. */
function arrangeNulls() {
  const page = arrange()
  page.backend.use({
    name: 'nulls',
    start: () => ({
      async http({ request }, next) {
        const response = await next()
        if (request.method !== 'POST') return response
        return Response.json({ ...((await response.json()) as object), ...NULLS }, { status: response.status })
      },
    }),
  })
  return page
}

test('PR-09, PR-15: a ticket whose optional fields are null opens a connection, like one without them', async () => {
  const page = arrangeNulls()
  await page.connect()
  expect([page.state().status, page.state().method]).toEqual(['open', 'ticket'])
  expect(page.backend.journal.of('upgrade')[0]).not.toHaveProperty('subprotocol')
  expect(page.times('auth.ticketFailed')).toBe(0)
})

test('PR-09: a ticket without a handle or a URL is passed on as such', async () => {
  const page = arrangeNulls()
  const asked = page.auth.getWebSocketTicket()
  await page.clock.advance(1_000)
  expect(await asked).toMatchObject({ success: true, ticket: { handle: null, websocket_url: '' } })
})

test('PR-09, PR-12: a request whose fields are null is one for the defaults', async () => {
  const { backend, clock, session } = arrange()
  const headers = { authorization: `Bearer ${session.jwt}`, 'content-type': 'application/json' }
  async function ask(path: string, init: RequestInit = {}) {
    const asked = backend.fetch(`${backend.httpUrl}/websocket/ticket${path}`, { headers, ...init })
    await clock.advance(100)
    return (await (await asked).json()) as Record<string, unknown>
  }
  const body = JSON.stringify({ ttl_seconds: null, single_use: null, permissions: null, metadata: null })
  const ticket = await ask('', { method: 'POST', body })
  expect(ticket).toMatchObject({ ttl_seconds: 300, single_use: true })
  expect(await ask(`/${String(ticket.ticket_handle)}/validate`)).toMatchObject({ valid: true, permissions: ['chat'] })
})

test('PR-09, PR-71: max_message_bytes of null is no limit', async () => {
  const page = arrange({ backend: { onConnection: (connection) => connection.send({ type: 'hello' }) } })
  await page.connect()
  const [connection] = page.backend.connections()
  const established = { session_id: 's', user_id: 'alice', auth_method: 'ticket', expires_at: 1_800_000_000 } as const
  const frame = { ...established, type: 'ts:connection_established', expires_in: 300, max_message_bytes: null } as const
  sendControlFrame(connection as never, frame)
  await page.clock.advance(100)
  expect(page.state().session).toMatchObject({ id: 's', maxMessageBytes: null })
  expect(page.socket.send({ type: 'chat' })).toEqual({ status: 'sent' })
})

test('PR-09: a status whose redis_error is null is one without it', () => {
  const status = { ticket_system_enabled: true, redis_available: true, redis_status: 'connected', redis_error: null }
  const limits = { default_ttl_seconds: 300, max_ttl_seconds: 3_600, ticket_prefix: 'auth:ticket:' }
  expect(isTicketSystemStatus({ ...status, ...limits })).toBe(true)
})

test('PR-09, PR-75: a reply_to of null answers nothing', async () => {
  const page = arrange()
  await page.connect()
  const [connection] = page.backend.connections()
  sendControlFrame(connection as never, { type: 'ts:error', code: 'x', message: 'y', reply_to: null })
  sendControlFrame(connection as never, { type: 'ts:error', code: 'x', reply_to: null } as never)
  await page.clock.advance(100)
  expect(page.told.filter(([name]) => name === 'refused')).toEqual([
    ['refused', { code: 'x', message: 'y', replyTo: undefined }],
  ])
  expect(page.told.filter(([name]) => name === 'invalidMessage')).toEqual([
    ['invalidMessage', { reason: 'protocol', issues: [] }],
  ])
})
