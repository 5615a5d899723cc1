import { createServer } from 'node:http'
import { describe, expect, test } from 'vitest'
import { isFaultCommand } from '../../../demo/fault-names.ts'
import { createFaults } from '../../../demo/faults.ts'
import { listenNear } from '../../../demo/listen.ts'
import { AuthTicketManager, createMemoryTicketStore, createSessions } from '../../../src/server/index.ts'

function arrange() {
  let expiries = 0
  const faults = createFaults({ sessions: () => sessions, expireTokens: () => expiries++ })
  const tickets = new AuthTicketManager({ store: faults.wrapStore(createMemoryTicketStore()) })
  const sessions = createSessions({ tickets })
  return { faults, tickets, expiries: () => expiries }
}

describe('faults', () => {
  test('while tickets are refused, a good one opens nothing; afterwards a new one does', async () => {
    const { faults, tickets } = arrange()
    const refused = await tickets.generate({ userId: 'alice' })
    faults.apply({ switch: 'tickets_refused', on: true })
    expect(await tickets.consume(refused.ticket_id)).toBeNull()
    faults.apply({ switch: 'tickets_refused', on: false })
    const good = await tickets.generate({ userId: 'alice' })
    expect(await tickets.consume(good.ticket_id)).toMatchObject({ userId: 'alice' })
  })

  test('while the ticket endpoint is down it answers 503 as a problem, and is not asked', async () => {
    const { faults } = arrange()
    const handle = faults.wrapHandler(async () => new Response('asked'))
    const ask = () => handle(new Request('http://localhost/websocket/ticket', { method: 'POST' }))
    faults.apply({ switch: 'ticket_endpoint_down', on: true })
    const answer = await ask()
    expect(answer.status).toBe(503)
    expect(answer.headers.get('content-type')).toBe('application/problem+json')
    faults.apply({ switch: 'ticket_endpoint_down', on: false })
    expect(await (await ask()).text()).toBe('asked')
  })

  test('a switch stays until it is switched off; an action leaves the switches as they are', () => {
    const { faults, expiries } = arrange()
    expect(faults.apply({ switch: 'tickets_refused', on: true })).toEqual({
      ticket_endpoint_down: false,
      tickets_refused: true,
    })
    expect(faults.apply({ action: 'expire_tokens' })).toEqual(faults.state())
    expect(expiries()).toBe(1)
  })

  test.each([null, {}, { switch: 'tickets_refused' }, { switch: 'other', on: true }, { action: 'format_disk' }])(
    '%j is no command',
    (value) => {
      expect(isFaultCommand(value)).toBe(false)
    },
  )
})

test('the next free port is taken when somebody else has the wanted one', async () => {
  const [first, second] = [createServer(), createServer()]
  try {
    const port = await listenNear(first, 0)
    const next = await listenNear(second, port)
    expect(next).toBeGreaterThan(port)
  } finally {
    first.close()
    second.close()
  }
})
