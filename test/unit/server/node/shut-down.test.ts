import { request } from 'node:http'
import { describe, expect, test } from 'vitest'
import { shutDown } from '../../../../src/server/node/shut-down.ts'
import { createVirtualClock } from '../../../support/virtual-clock.ts'
import { dial, serve, until } from './serve.ts'

const V1 = 'ticket-socket.v1'

async function arrange() {
  const clock = createVirtualClock()
  const it = await serve({ clock })
  const open = async (protocols: string[]) => {
    const client = dial(it.url(`?ticket=${await it.ticket()}`), protocols)
    await until(() => expect(client.socket.readyState).toBe(1))
    return client
  }
  const outcome = { isOver: false }
  const shut = (options = {}) =>
    shutDown(it.server, it, { clock, ...options }).then(() => {
      outcome.isOver = true
    })
  return { ...it, clock, open, outcome, shut }
}

describe('shutDown', () => {
  test('asks the connections to leave, takes none, answers requests meanwhile, and ends when they have gone', async () => {
    const { open, shut, outcome, clock, server, url, http, ticket } = await arrange()
    const client = await open([V1])
    const late = url(`?ticket=${await ticket()}`)
    const over = shut({ drainMs: 8_000 })
    await until(() => expect(client.messages.at(-1)).toEqual({ type: 'ts:going_away', deadline_ms: 8_000 }))
    const refused = dial(late, [V1])
    await until(() => expect(refused.status).toBe(503))
    expect(refused.headers?.['retry-after']).toBe('5')
    expect((await fetch(`${http}/websocket/tickets/status`)).status).toBe(200)
    expect([outcome.isOver, server.listening]).toEqual([false, true])
    client.close()
    await over
    expect([server.listening, clock.pending()]).toEqual([false, 0])
  })

  test('closes who stays with 1012, and who cannot be asked as well', async () => {
    const { open, shut, clock, server } = await arrange()
    const [stays, plain] = [await open([V1]), await open([])]
    const over = shut({ drainMs: 8_000 })
    await until(() => expect(stays.messages.at(-1)).toMatchObject({ type: 'ts:going_away' }))
    await clock.advance(3_000)
    await until(() => expect(plain.closed).toEqual([1012, 'restart']))
    expect(stays.closed).toBeNull()
    await clock.advance(5_000)
    await until(() => expect(stays.closed).toEqual([1012, 'restart;retry_after_ms=0']))
    await over
    expect([server.listening, clock.pending()]).toEqual([false, 0])
  })

  test('gives a request that is being answered its time, and no more', async () => {
    const { shut, outcome, clock, server, port } = await arrange()
    let isAsked = false
    server.removeAllListeners('request')
    server.on('request', () => {
      isAsked = true
    })
    const slow = request({ port })
    slow.on('error', () => {})
    slow.end()
    await until(() => expect(isAsked).toBe(true))
    const over = shut({ drainMs: 0, requestsMs: 3_000 })
    await clock.settle()
    expect(outcome.isOver).toBe(false)
    await until(() => expect(server.listening).toBe(false))
    await clock.advance(3_000)
    await over
    expect(clock.pending()).toBe(0)
  })

  test.each([
    [{ drainMs: -1 }, 'drainMs must be a number of at least 0, got -1'],
    [{ requestsMs: Number.NaN }, 'requestsMs must be a number of at least 0, got NaN'],
  ])('refuses %o', async (options, message) => {
    const { shut } = await arrange()
    await expect(shut(options)).rejects.toThrow(new TypeError(message))
  })
})
