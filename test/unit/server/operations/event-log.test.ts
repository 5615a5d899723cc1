import { describe, expect, test, vi } from 'vitest'
import { createMemoryTicketStore } from '../../../../src/server/memory-store.ts'
import { combineObservers, logServerEvents } from '../../../../src/server/operations/event-log.ts'
import { AuthTicketManager } from '../../../../src/server/ticket-manager.ts'
import { handleOf } from '../../../../src/server/ticket-value.ts'
import { arrangeTickets } from '../arrange.ts'
import { everyEvent } from './every-event.ts'

const listen = () => {
  const lines: [level: string, text: string, fields: unknown][] = []
  const at = (level: string) => (text: string, fields?: object) => void lines.push([level, text, fields])
  return { lines, logger: { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') } }
}

describe('the log of a server', () => {
  test('has one structured line for each event, by how much it matters', () => {
    const { lines, logger } = listen()
    for (const event of everyEvent) logServerEvents(logger)(event)
    expect(lines.map(([level, text]) => `${level} ${text}`)).toEqual([
      'info ticket_generated',
      'info ticket_consumed',
      'warn ticket_refused',
      'warn jwt_refused',
      'info ticket_revoked',
      'info user_revoked',
      'debug store_asked',
      'error store_asked',
      'debug request_answered',
      'warn request_answered',
      'info upgrade_accepted',
      'warn upgrade_refused',
      'warn upgrade_refused',
      'info connection_opened',
      'info connection_opened',
      'info connection_closed',
      'info connection_closed',
      'warn connection_refused',
      'info drain_started',
      'info drain_ended',
    ])
    const { kind, ...fields } = everyEvent[0] as (typeof everyEvent)[number]
    expect(lines[0]).toEqual(['info', kind, fields])
  })

  test('an outage is an error, whoever notices it', () => {
    const { lines, logger } = listen()
    const observe = logServerEvents(logger)
    observe({ kind: 'upgrade_refused', reason: 'unavailable', code: 4503, status: null, origin: null, address: '' })
    observe({ kind: 'request_answered', endpoint: 'all', method: 'DELETE', status: 503, durationMs: 1 })
    observe({ kind: 'user_revoked', user: '', tickets: 0, isPublished: false })
    expect(lines.map(([level]) => level)).toEqual(['error', 'error', 'error'])
  })

  test('names tickets and users by their handles, and holds neither ticket nor user', async () => {
    const { lines, logger } = listen()
    const tickets = new AuthTicketManager({ store: createMemoryTicketStore(), observe: logServerEvents(logger) })
    const userId = 'alice@example.com'
    const { ticket_id, ticket_handle } = await tickets.generate({ userId })
    await tickets.consume(ticket_id)
    await tickets.consume(ticket_id)
    await tickets.revokeAll(userId)
    const text = JSON.stringify(lines)
    for (const secret of [ticket_id, userId]) expect(text).not.toContain(secret)
    for (const handle of [ticket_handle, handleOf(userId)]) expect(text).toContain(handle)
  })

  test('refuses what is no logger', () => {
    expect(() => logServerEvents({ info() {} } as never)).toThrow('logger must have the method debug, warn, error')
  })
})

test('several observers are told as one, and one that throws takes nothing from the others', async () => {
  const reported = vi.spyOn(console, 'error').mockImplementation(() => {})
  const broken = () => {
    throw new Error('mine')
  }
  const [first, last] = [vi.fn(), vi.fn()]
  const { tickets } = arrangeTickets({ observe: combineObservers(first, broken, last) })
  expect(await tickets.consume('nonsense')).toBeNull()
  expect([first.mock.calls, last.mock.calls]).toEqual(
    Array(2).fill([[{ kind: 'ticket_refused', ticket: null, reason: 'malformed' }]]),
  )
  expect(reported).toHaveBeenCalledOnce()
  reported.mockRestore()
})
