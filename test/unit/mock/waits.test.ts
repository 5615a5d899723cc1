import { describe, expect, expectTypeOf, onTestFinished, test, vi } from 'vitest'
import { createMockBackend, scenarios } from '../../../src/mock/index.ts'
import { arrange, JWT } from './wire.ts'

const SOON = { timeoutMs: 20 }

describe('received', () => {
  interface Chat {
    type: 'chat'
    text: string
    [field: string]: unknown
  }

  test('gives each message once, in order, whether it came before or after', async () => {
    const { backend, clock, openByJwt } = arrange()
    const { socket } = await openByJwt()
    for (const text of ['one', 'two']) socket.send(JSON.stringify({ type: 'chat', text }))
    socket.send('{"type":"other"}')
    await clock.advance(0)
    const first = await backend.received<Chat>('chat')
    expectTypeOf(first.text).toEqualTypeOf<string>()
    expect(first).toEqual({ type: 'chat', text: 'one' })
    expect(await backend.received(({ text }) => text === 'two')).toEqual({ type: 'chat', text: 'two' })
    const third = backend.received('chat')
    socket.send('{"type":"chat","text":"three"}')
    await clock.advance(0)
    expect(await third).toEqual({ type: 'chat', text: 'three' })
  })

  test('two that wait get two messages', async () => {
    const { backend, clock, openByJwt } = arrange()
    const { socket } = await openByJwt()
    const both = Promise.all([backend.received('n'), backend.received('n')])
    for (const n of [1, 2]) socket.send(JSON.stringify({ type: 'n', n }))
    await clock.advance(0)
    expect((await both).map(({ n }) => n)).toEqual([1, 2])
  })

  test('in vain it says what came instead', async () => {
    const { backend, clock, openByJwt } = arrange()
    const { socket } = await openByJwt()
    socket.send('{"type":"ask"}')
    await clock.advance(0)
    const error = await backend.received('chat', SOON).catch((error: Error) => error)
    expect(error).toMatchObject({ name: 'TimeoutError' })
    expect((error as Error).message).toBe(
      [
        'No message of the type chat arrived within 20 ms. The backend’s clock stood still meanwhile: move it (advance a ' +
          'manual clock, or the fake timers by an async method). What came:',
        'upgrade by jwt: accepted (alice)',
        'sent ts:connection_established',
        'received ask',
      ].join('\n  '),
    )
  })
})

describe('connected', () => {
  test('waits for the user that is named', async () => {
    const { backend, openByJwt } = arrange()
    const bob = backend.connected({ userId: 'bob' })
    await openByJwt()
    await openByJwt('jwt-of-bob')
    await openByJwt()
    expect((await bob).identity?.userId).toBe('bob')
    expect((await backend.connected()).identity?.userId).toBe('alice')
  })

  test('in vain it says whose, and what was refused', async () => {
    const { backend, open, request } = arrange()
    backend.use(scenarios.ticketEndpointDown)
    await request('POST', '/ticket')
    await open('?ticket=unknown')
    await expect(backend.connected({ userId: 'alice', ...SOON })).rejects.toThrow(
      /^No connection of alice was accepted within 20 ms\..*\n {2}scenario ticketEndpointDown on\n {2}POST \/websocket\/ticket 503\n {2}upgrade by ticket: 4401$/,
    )
  })

  test('in vain, and nothing came', async () => {
    const { backend } = arrange()
    await expect(backend.connected(SOON)).rejects.toThrow(/Nothing came at all\.$/)
  })
})

test('disconnected: at once, when the last one is gone, or not in time', async () => {
  const { backend, clock, openByJwt } = arrange()
  await backend.disconnected()
  const [first, second] = [await openByJwt(), await openByJwt()]
  first.socket.close()
  await clock.advance(0)
  await expect(backend.disconnected(SOON)).rejects.toThrow(/^The last connection did not end within 20 ms/)
  const gone = backend.disconnected()
  second.socket.close()
  await clock.advance(0)
  await gone
  expect(backend.connections()).toEqual([])
})

test('recorded: an entry of the journal, by kind or by predicate', async () => {
  const { backend, request } = arrange()
  const status = backend.recorded<'http'>((entry) => entry.kind === 'http' && entry.path.endsWith('/status'))
  await request('POST', '/ticket')
  await request('GET', '/tickets/status')
  expect((await backend.recorded('http')).method).toBe('POST')
  expect((await status).method).toBe('GET')
  await expect(backend.recorded('closed', SOON)).rejects.toThrow(/^Nothing of the kind closed was recorded within/)
})

describe('a wait', () => {
  test('leaves no timer behind, found or not', async () => {
    vi.useFakeTimers() // of the globals; the wait's timer is a real one
    onTestFinished(() => void vi.useRealTimers())
    const { backend } = arrange()
    await expect(backend.connected(SOON)).rejects.toThrow('No connection')
    expect(vi.getTimerCount()).toBe(0)
  })

  test('of a backend that ended is never heard of again', async () => {
    const { backend } = arrange()
    const settled = vi.fn()
    backend.connected(SOON).then(settled, settled)
    backend.dispose()
    await expect(backend.connected({ timeoutMs: 40 })).rejects.toThrow('No connection')
    expect(settled).not.toHaveBeenCalled()
  })

  test('does not see what was before a reset', async () => {
    const { backend, clock, openByJwt } = arrange()
    const { socket } = await openByJwt()
    socket.send('{"type":"old"}')
    await clock.advance(0)
    backend.reset()
    await expect(backend.received('old', SOON)).rejects.toThrow('Nothing came at all.')
  })

  test.each([-1, Number.NaN])('a wrong timeoutMs is refused: %s', (timeoutMs) => {
    const { backend } = arrange()
    expect(() => backend.connected({ timeoutMs })).toThrow(/^timeoutMs must be a number of at least 0/)
  })
})

describe('time', () => {
  test('fake timers rule the backend: a ticket expires when they have passed its life', async () => {
    vi.useFakeTimers()
    const backend = createMockBackend({ users: { alice: { token: JWT } } })
    onTestFinished(() => {
      backend.dispose()
      vi.useRealTimers()
    })
    const buying = backend.fetch('https://mock.test/websocket/ticket', {
      method: 'POST',
      headers: { authorization: `Bearer ${JWT}` },
    })
    await vi.advanceTimersByTimeAsync(10)
    const { ticket_id } = await (await buying).json()
    await vi.advanceTimersByTimeAsync(300_000)
    const socket = new backend.WebSocket(`wss://mock.test/ws?ticket=${ticket_id}`, 'ticket-socket.v1')
    const codes: number[] = []
    socket.onclose = ({ code }) => codes.push(code)
    await vi.advanceTimersByTimeAsync(10)
    expect(codes).toEqual([4401])
  })

  test('now() decides what has expired, while timers stay real', async () => {
    let nowMs = 1_763_800_000_000
    const { request, ticketOf, openWith, clock } = arrange({ now: () => nowMs })
    const ticket = await ticketOf()
    expect(ticket).toMatchObject({ created_at: 1_763_800_000, expires_at: 1_763_800_300 })
    nowMs += 300_000
    expect((await openWith(ticket)).events.at(-1)).toBe('close@3 4401 ticket_invalid clean')
    expect((await request('GET', '/tickets/status')).status).toBe(200)
    expect(clock.pending()).toBe(0)
  })

  test('a now that is no function is refused', () => {
    expect(() => createMockBackend({ now: 5 as never })).toThrow(/^now must be a function, got 5$/)
  })
})
