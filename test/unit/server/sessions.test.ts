import { describe, expect, test, vi } from 'vitest'
import { isConnectionEstablished, type Message } from '../../../src/contract/wire.ts'
import type { Revocation } from '../../../src/server/revocation-channel.ts'
import type { Connection } from '../../../src/server/sessions.ts'
import { handleOf } from '../../../src/server/ticket-value.ts'
import { HOUR } from './arrange.ts'
import { arrangeSessions as arrange } from './arrange-sessions.ts'

const plain = { subprotocol: undefined }

describe('a connection that negotiated ticket-socket.v1', () => {
  test('begins with connection_established, which names its end', () => {
    const { open, clock } = arrange()
    const { wire, connection } = open()
    const [first, ...more] = wire.sent
    expect(first).toEqual({
      type: 'ts:connection_established',
      session_id: connection.id,
      user_id: 'alice',
      auth_method: 'ticket',
      expires_at: (clock.wallNow() + HOUR) / 1_000,
      expires_in: 3_600,
    })
    expect(isConnectionEstablished(first)).toBe(true)
    expect(more).toEqual([])
    expect(connection.id).toMatch(/^[A-Za-z0-9_-]{22}$/)
    expect([connection.spoken, connection.method, connection.identity?.userId]).toEqual([true, 'ticket', 'alice'])
  })

  test('sends it before any message of the application', () => {
    const onConnection = (connection: Connection) => connection.send({ type: 'hello' })
    const { wire } = arrange({ onConnection }).open()
    expect(wire.sent.map((frame) => (frame as Message).type)).toEqual(['ts:connection_established', 'hello'])
  })

  test('names no user when it is anonymous', () => {
    const { wire } = arrange().open({ identity: null, method: 'none' })
    expect(wire.sent[0]).toMatchObject({ user_id: null, auth_method: 'none' })
  })

  test('passes the application’s frames on, text and binary, and no frame of the protocol', () => {
    const { open } = arrange()
    const { receive, heard, wire } = open()
    wire.take()
    const bytes = new Uint8Array([0, 255])
    for (const frame of [
      { type: 'chat', text: 'hi' },
      bytes,
      { type: 'ts:pong', timestamp: 1 },
      { type: 'ts:ack', id: '1' },
      { type: 'ts:error', code: 'x', message: 'y' },
      { type: 'ts:connection_established' },
      { type: 'ts:of_a_later_version' },
    ]) {
      receive(frame)
    }
    expect(heard.messages).toEqual([{ type: 'chat', text: 'hi' }])
    expect(heard.texts).toEqual(['{"type":"chat","text":"hi"}'])
    expect(heard.binary).toEqual([bytes])
    expect(wire.sent).toEqual([])
  })

  test('answers a ping with its timestamp', () => {
    const { receive, wire, heard } = arrange().open()
    wire.take()
    receive({ type: 'ts:ping', timestamp: 17.5 })
    expect(wire.take()).toEqual([{ type: 'ts:pong', timestamp: 17.5 }])
    expect(heard.messages).toEqual([])
  })

  test.each([
    '',
    'hello',
    '{',
    '[]',
    'null',
    '7',
    '{}',
    '{"type":7}',
    '{"type":null}',
    '"type"',
    `${'['.repeat(10_000)}`,
    '{"type":"ping"}',
    '{"type":"error","error":"overloaded"}',
    '{"type":"ack","id":"1"}',
    '["ts:ping"]',
  ])('PR-70: %j is the application’s text, and the protocol answers nothing', (text) => {
    const { receive, wire, heard } = arrange().open()
    wire.take()
    receive(text)
    expect(wire.take()).toEqual([])
    expect(heard.texts).toEqual([text])
  })

  test.each([
    { type: 'ts:ping' },
    { type: 'ts:ping', timestamp: '1', id: 'p1' },
    { type: 'ts:auth_refresh' },
    { type: 'ts:auth_refresh', ticket: 7 },
    { type: 'ts:auth_refresh', jwt: 7 },
    { type: 'ts:auth_refresh', ticket: 'a', jwt: 'b', id: 'both' },
  ])('answers %j, a control frame gone wrong, with an error frame', (frame) => {
    const { receive, wire } = arrange().open()
    wire.take()
    receive(frame)
    expect(wire.take()).toEqual([
      {
        type: 'ts:error',
        code: 'invalid_message',
        message: expect.any(String),
        ...('id' in frame && { reply_to: frame.id }),
      },
    ])
  })
})

describe('the ticket of a connection', () => {
  test('holds the metadata of the ticket request, and after a refresh that of the newer ticket', async () => {
    const { open, tickets, clock } = arrange()
    const { connection, receive } = open({ ticket: { metadata: { room: 'lobby' } } })
    expect(connection.ticket).toEqual({ metadata: { room: 'lobby' } })
    const identity = { userId: 'alice', issuedAt: clock.wallNow() }
    const { ticket_id } = await tickets.generate(identity, { metadata: { room: 'attic' } })
    receive({ type: 'ts:auth_refresh', ticket: ticket_id })
    await clock.settle()
    expect(connection.ticket).toEqual({ metadata: { room: 'attic' } })
  })

  test('is null where none opened it', () => {
    const { open } = arrange()
    expect(open({ method: 'jwt' }).connection.ticket).toBeNull()
    expect(open({ method: 'none', identity: null }).connection.ticket).toBeNull()
  })
})

test('a plain connection has no frame but the application’s', async () => {
  const { open, clock } = arrange()
  const { wire, receive, heard, connection } = open(plain)
  expect(connection.spoken).toBe(false)
  for (const frame of ['hello', '{"type":"ts:ping","timestamp":1}', '{"type":"ts:auth_refresh","ticket":"x"}', '[]'])
    receive(frame)
  await clock.advance(74_999)
  expect(wire.sent).toEqual([])
  expect(heard.texts).toEqual([
    'hello',
    '{"type":"ts:ping","timestamp":1}',
    '{"type":"ts:auth_refresh","ticket":"x"}',
    '[]',
  ])
  expect(heard.messages.map(({ type }) => type)).toEqual(['ts:ping', 'ts:auth_refresh'])
})

describe('the end of a session', () => {
  test.each([true, false])('is a close with 4411 when the credential expires (negotiated: %s)', async (isSpoken) => {
    const { open, clock } = arrange()
    const { wire } = open({ sessionExpiresAtMs: clock.wallNow() + 20_000, ...(!isSpoken && plain) })
    await clock.advance(19_999)
    expect(wire.closes).toEqual([])
    await clock.advance(1)
    expect(wire.closes).toEqual([[4411, 'expired']])
  })

  test('comes at once for a credential that is over already', async () => {
    const { open, clock } = arrange()
    const { wire } = open({ sessionExpiresAtMs: clock.wallNow() - 1 })
    expect(wire.sent[0]).toMatchObject({ expires_in: 0 })
    await clock.advance(0)
    expect(wire.closes).toEqual([[4411, 'expired']])
  })

  test('comes after the longest session, also where the credential lasts longer', async () => {
    const { open, clock } = arrange({ maxSessionSeconds: 10 })
    const { wire } = open({ sessionExpiresAtMs: Number.MAX_SAFE_INTEGER })
    expect(wire.sent[0]).toMatchObject({ expires_in: 10 })
    await clock.advance(10_000)
    expect(wire.closes).toEqual([[4411, 'expired']])
  })

  test('does not move when the wall clock is set', async () => {
    const { open, clock } = arrange({ maxSessionSeconds: 10 })
    const { wire } = open()
    clock.setWall(clock.wallNow() + 24 * HOUR)
    await clock.advance(9_999)
    expect(wire.closes).toEqual([])
  })
})

describe('ts:auth_refresh', () => {
  test('extends the session by a fresh ticket of the same user', async () => {
    const { open, clock, ticketFor } = arrange()
    const { wire, receive, connection } = open()
    wire.take()
    receive({ type: 'ts:auth_refresh', ticket: await ticketFor('alice'), id: 'r1' })
    await clock.settle()
    expect(wire.take()).toEqual([
      {
        type: 'ts:auth_refreshed',
        expires_at: (clock.wallNow() + 2 * HOUR) / 1_000,
        expires_in: 7_200,
        reply_to: 'r1',
      },
    ])
    expect(connection.identity).toMatchObject({ userId: 'alice', permissions: ['more'] })
    expect(connection.identity).not.toHaveProperty('metadata')
    for (let quarter = 0; quarter < 200; quarter++) {
      await clock.advance(24_000)
      receive({ type: 'alive' })
    }
    expect(wire.closes).toEqual([])
  })

  test('is refused for another user’s ticket, a used one, and one of wrong form; the session goes on to its end', async () => {
    const { open, clock, ticketFor, watch } = arrange({ maxSessionSeconds: 60 })
    const { wire, receive, connection } = open()
    const used = await ticketFor('alice')
    receive({ type: 'ts:auth_refresh', ticket: used })
    await clock.settle()
    wire.take()
    watch.calls.length = 0
    for (const ticket of [await ticketFor('bob'), used, 'nonsense']) {
      receive({ type: 'ts:auth_refresh', ticket })
      await clock.settle()
      expect(wire.take()).toEqual([{ type: 'ts:error', code: 'ticket_invalid', message: expect.any(String) }])
    }
    expect(watch.calls.filter((call) => call === 'consume')).toHaveLength(2)
    expect(connection.identity?.userId).toBe('alice')
    receive({ type: 'chat' })
    await clock.advance(60_000)
    expect(wire.closes).toEqual([[4411, 'expired']])
  })

  test('is refused to nobody', async () => {
    const { open, clock, ticketFor } = arrange()
    const { wire, receive, connection } = open({ identity: null, method: 'none' })
    wire.take()
    receive({ type: 'ts:auth_refresh', ticket: await ticketFor('alice') })
    await clock.settle()
    expect(wire.take()).toMatchObject([{ type: 'ts:error', code: 'ticket_invalid' }])
    expect(connection.identity).toBeNull()
  })

  test('answers unavailable when the store cannot be asked', async () => {
    const { open, clock, ticketFor, watch } = arrange()
    const { wire, receive } = open()
    const ticket = await ticketFor('alice')
    wire.take()
    watch.isDown = true
    receive({ type: 'ts:auth_refresh', ticket })
    await clock.settle()
    expect(wire.take()).toMatchObject([{ type: 'ts:error', code: 'unavailable' }])
  })

  test('is done one at a time', async () => {
    const { open, clock, ticketFor } = arrange()
    const { wire, receive } = open()
    const tickets = [await ticketFor('alice'), await ticketFor('alice')]
    wire.take()
    for (const ticket of tickets) receive({ type: 'ts:auth_refresh', ticket })
    await clock.settle()
    expect(wire.take()).toMatchObject([{ type: 'ts:error', code: 'too_many' }, { type: 'ts:auth_refreshed' }])
    receive({ type: 'ts:auth_refresh', ticket: tickets[1] })
    await clock.settle()
    expect(wire.take()).toMatchObject([{ type: 'ts:auth_refreshed' }])
  })

  test('asks the store for 5 at once and 12 a minute of one connection, whatever its tickets', async () => {
    const { open, clock, watch, ticketFor } = arrange()
    const { wire, receive } = open()
    const loop = async (count: number) => {
      wire.take()
      watch.calls.length = 0
      for (let n = 0; n < count; n++) {
        receive({ type: 'ts:auth_refresh', ticket: 'x'.repeat(43), id: n })
        await clock.settle()
      }
      return watch.calls.filter((call) => call === 'consume').length
    }
    expect(await loop(100)).toBe(5)
    expect(wire.take().slice(4, 6)).toEqual([
      { type: 'ts:error', code: 'ticket_invalid', message: expect.any(String), reply_to: 4 },
      { type: 'ts:error', code: 'too_many', message: expect.any(String), reply_to: 5 },
    ])
    await clock.advance(5_000)
    expect(await loop(100)).toBe(1)
    await clock.advance(5_000)
    wire.take()
    receive({ type: 'ts:auth_refresh', ticket: await ticketFor('alice') })
    await clock.settle()
    expect(wire.take()).toMatchObject([{ type: 'ts:auth_refreshed' }])
    // Another connection of the same user has a count of its own.
    const other = open()
    other.receive({ type: 'ts:auth_refresh', ticket: await ticketFor('alice') })
    await clock.settle()
    expect(other.wire.take().at(-1)).toMatchObject({ type: 'ts:auth_refreshed' })
  })

  test('that comes back after the connection is gone changes nothing', async () => {
    const { open, clock, ticketFor } = arrange()
    const { wire, receive, connection } = open()
    receive({ type: 'ts:auth_refresh', ticket: await ticketFor('alice') })
    connection.close()
    wire.take()
    await clock.settle()
    expect(wire.sent).toEqual([])
    expect(clock.pending()).toBe(0)
  })
})

describe('liveness', () => {
  test('the server pings, by its own frame', async () => {
    const { open, clock } = arrange()
    const { wire } = open()
    wire.take()
    await clock.advance(25_000)
    expect(wire.take()).toEqual([{ type: 'ts:ping', timestamp: clock.wallNow() / 1_000 }])
  })

  test('two pings without any answer end the connection, with 4408', async () => {
    const { open, clock } = arrange()
    const { wire } = open()
    await clock.advance(74_999)
    expect(wire.closes).toEqual([])
    await clock.advance(1)
    expect(wire.closes).toEqual([[4408, 'heartbeat']])
  })

  test('on a plain connection pings of the WebSocket protocol do the same', async () => {
    const { open, clock } = arrange()
    const { wire } = open(plain)
    await clock.advance(74_999)
    expect([wire.pings, wire.closes]).toEqual([2, []])
    await clock.advance(1)
    expect(wire.closes).toEqual([[4408, 'heartbeat']])
  })

  test('a peer that does not answer the close either is dropped', async () => {
    const { open, clock } = arrange()
    const { wire } = open(plain)
    wire.isDeaf = true
    await clock.advance(80_000)
    expect(wire.terminated).toBe(1)
    expect(clock.pending()).toBe(0)
  })

  test.each([
    ['negotiated', {}],
    ['plain', plain],
  ])('a ping or pong of the WebSocket protocol is a sign of life: %s', async (_, changes) => {
    const { open, clock } = arrange()
    const { wire, handle } = open(changes)
    for (let n = 0; n < 10; n++) {
      await clock.advance(49_000)
      handle.alive()
    }
    expect(wire.closes).toEqual([])
  })

  test('a transport without pings keeps its plain connections', async () => {
    const { open, clock } = arrange()
    const { wire } = open(plain, { hasPings: false })
    await clock.advance(1_000_000)
    expect([wire.pings, wire.closes]).toEqual([0, []])
  })

  test.each([[{ type: 'ts:pong', timestamp: 1 }], [{ type: 'chat' }], [new Uint8Array(1)], ['nonsense']])(
    '%j is an answer',
    async (frame) => {
      const { open, clock } = arrange()
      const { wire, receive } = open()
      for (let n = 0; n < 10; n++) {
        await clock.advance(49_000)
        receive(frame)
      }
      expect(wire.closes).toEqual([])
    },
  )

  test('a machine that slept for a night does not think that everybody is gone', async () => {
    const { open, clock } = arrange({ maxSessionSeconds: 86_400 })
    const { wire } = open({ sessionExpiresAtMs: Number.MAX_SAFE_INTEGER })
    await clock.sleep(8 * HOUR)
    expect(wire.closes).toEqual([])
  })

  test('a reader that does not keep up is closed with 4508, and gets nothing more', () => {
    const { open } = arrange({ maxBufferedBytes: 1_000 })
    const { wire, connection } = open()
    wire.take()
    wire.bufferedAmount = 1_000
    connection.send({ type: 'news' })
    wire.bufferedAmount = 1_001
    connection.sendBinary(new Uint8Array(3))
    connection.send({ type: 'news' })
    expect(wire.sent).toEqual([{ type: 'news' }])
    expect(wire.closes).toEqual([[4508, 'slow_reader']])
  })
})

describe('revocation', () => {
  test('closes every connection of the user with 4410, and no other', () => {
    const { open, sessions } = arrange()
    const [first, second, other, nobody] = [
      open(),
      open(),
      open({ identity: { userId: 'bob' } }),
      open({ identity: null }),
    ]
    expect(sessions.closeUser('alice')).toBe(2)
    expect([first.wire.closes, second.wire.closes]).toEqual([[[4410, 'revoked']], [[4410, 'revoked']]])
    expect([other.wire.closes, nobody.wire.closes]).toEqual([[], []])
    expect(sessions.closeUser('alice')).toBe(0)
    expect(sessions.connections()).toEqual([other.connection, nobody.connection])
  })

  test('reaches the sessions from the manager at once, without a call of the app', async () => {
    const { open, tickets } = arrange()
    const [alice, bob, nobody] = [open(), open({ identity: { userId: 'bob' } }), open({ identity: null })]
    await tickets.revokeAll('alice')
    expect([alice.wire.closes, bob.wire.closes, nobody.wire.closes]).toEqual([[[4410, 'revoked']], [], []])
  })

  test('closes connections that were opened before it, whatever their JWT, and spares those that were checked after it', async () => {
    const { open, clock, tickets, revocations } = arrange()
    const old = open({ identity: { userId: 'alice', issuedAt: clock.wallNow() + 60_000 } })
    const marks = { atMs: clock.wallNow(), tokensUntilMs: clock.wallNow() }
    const fresh = open({ identity: { userId: 'alice', issuedAt: 0 }, afterRevocationMs: marks.atMs })
    await revocations.publish({ userId: 'alice', marks })
    await revocations.publish({ userId: 'alice', marks: { ...marks, atMs: marks.atMs - 1 } }) // an older one that comes late
    expect([old.wire.closes, fresh.wire.closes]).toEqual([[[4410, 'revoked']], []])
    await clock.advance(1)
    await tickets.revokeAll('alice')
    expect(fresh.wire.closes).toEqual([[4410, 'revoked']])
  })

  test('that the store could not record closes every connection of the user all the same, here and elsewhere', async () => {
    const { open, tickets, watch, revocations, told } = arrange()
    const published: Revocation[] = []
    revocations.subscribe((revocation) => published.push(revocation))
    const [alice, bob] = [open(), open({ identity: { userId: 'bob' } })]
    watch.isDown = true
    await expect(tickets.revokeAll('alice')).rejects.toMatchObject({ code: 'store_unavailable' })
    expect([alice.wire.closes, bob.wire.closes]).toEqual([[[4410, 'revoked']], []])
    expect(published).toEqual([{ userId: 'alice', marks: null }])
    expect(told.filter(({ kind }) => kind === 'connection_closed')).toHaveLength(1)
    watch.isDown = false
  })

  test('that was not recorded and comes late closes what was checked until it was sent, and nothing that was checked later', async () => {
    const { open, clock, revocations } = arrange()
    const [old, begun] = [open(), { checkedAtMs: clock.now() }]
    await clock.advance(100)
    const fresh = open()
    await clock.advance(500)
    await revocations.publish({ userId: 'alice', marks: null, ageMs: 600 })
    await revocations.publish({ userId: 'alice', marks: null, ageMs: 650 }) // an older one that comes later still
    expect([old.wire.closes, fresh.wire.closes]).toEqual([[[4410, 'revoked']], []])
    expect([open(begun).wire.closes, open().wire.closes]).toEqual([[[4410, 'revoked']], []])
    await revocations.publish({ userId: 'alice', marks: null })
    expect(fresh.wire.closes).toEqual([[4410, 'revoked']])
  })

  test('that the store could not record closes also what was being decided about then, and nothing that was checked later', async () => {
    const { open, clock, watch, tickets, told } = arrange()
    const checkedAtMs = clock.now()
    await clock.advance(100)
    watch.isDown = true
    await expect(tickets.revokeAll('alice')).rejects.toMatchObject({ code: 'store_unavailable' })
    await clock.advance(1)
    expect(open({ checkedAtMs }).wire.closes).toEqual([[4410, 'revoked']])
    expect(told.at(-1)).toMatchObject({ kind: 'connection_refused', reason: 'revoked' })
    expect(open({ checkedAtMs, identity: { userId: 'bob' } }).wire.closes).toEqual([])
    expect(open().wire.closes).toEqual([]) // nothing was recorded: the operator has to call it again
  })

  test('that could not be recorded does not make an earlier one, which was, forgotten, nor the other way round', async () => {
    const { open, clock, watch, tickets } = arrange()
    const checkedAtMs = clock.now()
    await clock.advance(1)
    const revokeAll = async (isDown: boolean) => {
      watch.isDown = isDown
      await tickets.revokeAll('alice').catch(() => {})
      await clock.advance(1)
    }
    await revokeAll(false)
    const { atMs } = (await tickets.revocationOf('alice')) ?? { atMs: Number.NaN }
    await revokeAll(true)
    expect(open({ afterRevocationMs: null }).wire.closes).toEqual([[4410, 'revoked']])
    expect(open({ afterRevocationMs: atMs }).wire.closes).toEqual([])
    await revokeAll(false)
    expect(open({ afterRevocationMs: atMs + 60_000, checkedAtMs }).wire.closes).toEqual([[4410, 'revoked']])
  })

  test('is outlived by a session that was renewed with a ticket from after it, when its message comes late', async () => {
    const { open, clock, elsewhere, ticketFor, revocations } = arrange()
    const { wire, receive } = open()
    await elsewhere.revokeAll('alice')
    const marks = await elsewhere.revocationOf('alice')
    await clock.advance(1)
    receive({ type: 'ts:auth_refresh', ticket: await ticketFor('alice') })
    await clock.settle()
    expect(wire.sent.at(-1)).toMatchObject({ type: 'ts:auth_refreshed' })
    await revocations.publish({ userId: 'alice', marks })
    expect(wire.closes).toEqual([])
  })

  test('has no effect after dispose', async () => {
    const { open, sessions, tickets } = arrange()
    const { wire } = open()
    sessions.dispose()
    await tickets.revokeAll('alice')
    expect(wire.closes).toEqual([])
  })

  test('ignores the frames of a peer that is being closed', () => {
    const { open, sessions } = arrange()
    const { wire, receive, heard, connection } = open()
    wire.isDeaf = true
    wire.take()
    sessions.closeUser('alice')
    receive({ type: 'chat' })
    receive({ type: 'ts:ping', timestamp: 1 })
    connection.send({ type: 'secret' })
    expect([heard.messages, wire.sent]).toEqual([[], []])
  })

  test('on another server reaches this one within a minute', async () => {
    const { open, clock, elsewhere } = arrange()
    const { wire, receive } = open()
    await clock.advance(10_000)
    await elsewhere.revokeAll('alice')
    await clock.advance(30_000)
    receive({ type: 'alive' })
    await clock.advance(30_000)
    expect(wire.closes).toEqual([[4410, 'revoked']])
  })

  test('is looked for at a moment of its own for each connection, then once a minute', async () => {
    const randomBytes = (length: number) => new Uint8Array(length).fill(length === 2 ? (bytes.shift() ?? 0) : 1)
    const bytes = [0x00, 0x80, 0xff]
    const { open, clock, watch } = arrange({ randomBytes, pingIntervalMs: 3_600_000 })
    for (let n = 0; n < 3; n++) open()
    const asked = async (ms: number) => {
      watch.calls.length = 0
      await clock.advance(ms)
      return watch.calls
    }
    expect(await asked(1_000)).toEqual(['revocation'])
    expect(await asked(29_000)).toEqual([])
    expect(await asked(1_000)).toEqual(['revocation'])
    expect(await asked(29_000)).toEqual(['revocation', 'revocation'])
    expect(await asked(60_000)).toEqual(['revocation', 'revocation', 'revocation'])
  })

  test('that came between the decision and the opening is noticed, without a question to the store', async () => {
    const { open, tickets, sessions, watch, told } = arrange()
    await tickets.revokeAll('alice')
    const marks = await tickets.revocationOf('alice')
    watch.calls.length = 0
    const { wire } = open({ afterRevocationMs: null })
    expect(wire.closes).toEqual([[4410, 'revoked']])
    expect(sessions.connections()).toEqual([])
    expect(told.map(({ kind }) => kind)).toEqual(['connection_refused'])
    expect(open({ afterRevocationMs: marks?.atMs ?? null }).wire.closes).toEqual([])
    expect(watch.calls).toEqual([])
  })

  test('is looked for again after the store was down, and a store that is down ends no session', async () => {
    const { open, clock, elsewhere, watch } = arrange({ recheckIntervalMs: 20_000 })
    const { wire } = open()
    await elsewhere.revokeAll('alice')
    watch.isDown = true
    await clock.advance(20_000)
    expect(wire.closes).toEqual([])
    watch.isDown = false
    await clock.advance(20_000)
    expect(wire.closes).toEqual([[4410, 'revoked']])
  })

  test('is not looked for where there is no user', async () => {
    const { open, clock, watch } = arrange()
    open({ identity: null, method: 'none' })
    await clock.advance(70_000)
    expect(watch.calls).toEqual([])
  })
})

describe('closing', () => {
  test('notifies the application once, with the code that ended it, and leaves no timer', async () => {
    const { open, clock, sessions } = arrange()
    const { connection, heard, handle, wire } = open()
    connection.close(4_000, 'enough')
    connection.close()
    handle.closed(1006, '')
    connection.terminate()
    await clock.settle()
    expect(heard.closes).toEqual([[4_000, 'enough']])
    expect([wire.closes, wire.terminated]).toEqual([[[4_000, 'enough']], 0])
    expect([clock.pending(), sessions.connections()]).toEqual([0, []])
  })

  test('the close of a peer is reported to the application', async () => {
    const { open, clock, sessions } = arrange()
    const { handle, heard } = open()
    handle.closed(1001, 'bye')
    await clock.settle()
    expect(heard.closes).toEqual([[1001, 'bye']])
    expect([clock.pending(), sessions.connections()]).toEqual([0, []])
  })

  test('a peer that does not answer the close frame is dropped after 5 s', async () => {
    const { open, clock } = arrange()
    const { wire, connection, heard } = open()
    wire.isDeaf = true
    connection.close()
    expect(clock.pending()).toBe(1)
    await clock.advance(4_999)
    expect([wire.terminated, heard.closes]).toEqual([0, []])
    await clock.advance(1)
    expect([wire.terminated, heard.closes]).toEqual([1, [[1006, '']]])
    expect(clock.pending()).toBe(0)
  })

  test('terminate drops without a close frame', async () => {
    const { open, clock } = arrange()
    const { wire, connection } = open()
    connection.terminate()
    await clock.settle()
    expect([wire.closes, wire.terminated, clock.pending()]).toEqual([[], 1, 0])
  })

  test.each([[0], [999], [1004], [1005], [1006], [1015], [2_000], [5_000], [1000.5], [Number.NaN]])(
    'refuses the code %d',
    (code) => {
      const { connection, wire } = arrange().open()
      expect(() => connection.close(code)).toThrow(new TypeError(`code must be a WebSocket close code, got ${code}`))
      expect(() => connection.close(1000, 'é'.repeat(62))).toThrow('reason must be at most 123 bytes long')
      expect(wire.closes).toEqual([])
    },
  )

  test('closeAll returns their number, and dispose leaves no connection and accepts none', async () => {
    const onConnection = vi.fn()
    const { open, clock, sessions } = arrange({ onConnection })
    const first = open()
    expect(sessions.closeAll(1012, 'restart')).toBe(1)
    expect(first.wire.closes).toEqual([[1012, 'restart']])
    const second = open()
    sessions.dispose()
    expect(second.wire.terminated).toBe(1)
    const late = open()
    await clock.settle()
    expect(late.wire.terminated).toBe(1)
    expect(onConnection).toHaveBeenCalledTimes(2)
    expect([clock.pending(), sessions.connections()]).toEqual([0, []])
  })
})

describe('too many', () => {
  test('connections of one user: the next is closed with 4429 and a wait, and gets no frame', () => {
    const onConnection = vi.fn()
    const { open, sessions, told } = arrange({ maxConnectionsPerUser: 2, onConnection })
    const [first] = [open(), open()]
    const third = open()
    expect(third.wire.sent).toEqual([])
    expect(third.wire.closes).toEqual([[4429, 'too_many;retry_after_ms=5000']])
    expect(onConnection).toHaveBeenCalledTimes(2)
    const others = [open({ identity: { userId: 'bob' } }), open({ identity: null }), open({ identity: null })]
    expect(others.map(({ wire }) => wire.closes)).toEqual([[], [], []])
    first.connection.close()
    expect(open().wire.closes).toEqual([])
    expect(sessions.connections()).toHaveLength(5)
    expect(told.filter(({ kind }) => kind === 'connection_refused')).toHaveLength(1)
  })

  test('messages, where that is limited: the connection is closed with 4429 and the time until it may send', async () => {
    const { open, clock } = arrange({ messageLimit: { burst: 3, perMinute: 60 } })
    const { receive, wire, heard } = open()
    for (let n = 0; n < 3; n++) receive({ type: 'chat', n })
    await clock.advance(1_000)
    receive({ type: 'chat', n: 3 })
    expect(wire.closes).toEqual([])
    receive({ type: 'ts:ping', timestamp: 1 })
    expect(wire.closes).toEqual([[4429, 'too_many;retry_after_ms=1000']])
    expect(heard.messages).toHaveLength(4)
  })
})

test('the events of connections name users by handles only', async () => {
  const { open, clock, told } = arrange()
  const { connection } = open()
  const { handle } = open({ identity: null, method: 'none' })
  await clock.advance(2_000)
  connection.close(4410, 'revoked')
  handle.closed(1001, 'bye')
  const [alice, nobody] = [
    { connection: connection.id, method: 'ticket', user: handleOf('alice') },
    { connection: expect.any(String), method: 'none', user: null },
  ]
  expect(told).toEqual([
    { kind: 'connection_opened', ...alice },
    { kind: 'connection_opened', ...nobody },
    { kind: 'connection_closed', ...alice, code: 4410, durationMs: 2_000 },
    { kind: 'connection_closed', ...nobody, code: 1001, durationMs: 2_000 },
  ])
})

test('a connection that we closed counts by our code, also when its peer never answers', async () => {
  const { open, clock, told } = arrange()
  const { connection, wire } = open()
  wire.isDeaf = true
  connection.close(4508, 'slow_reader')
  await clock.advance(5_000)
  expect(told.at(-1)).toMatchObject({ kind: 'connection_closed', code: 4508 })
})

describe('an application that throws', () => {
  const broken = () => {
    throw new Error('mine')
  }
  test('in a listener loses neither the frame for the others nor the connection', () => {
    const reported = vi.spyOn(console, 'error').mockImplementation(() => {})
    const { open } = arrange()
    const { wire, handle, connection, heard } = open()
    connection.onMessage(broken)
    const seen: Message[] = []
    const unsubscribe = connection.onMessage((message) => seen.push(message))
    handle.receive('{"type":"chat"}')
    unsubscribe()
    handle.receive('{"type":"chat"}')
    expect([seen.length, heard.messages.length, wire.closes]).toEqual([1, 2, []])
    expect(reported).toHaveBeenCalledTimes(2)
    reported.mockRestore()
  })

  test.each([
    ['throws', broken],
    ['rejects', async () => broken()],
  ])('in an onConnection that %s ends that connection with 4500', async (_, onConnection) => {
    const reported = vi.spyOn(console, 'error').mockImplementation(() => {})
    const { open, clock } = arrange({ onConnection })
    const { wire } = open()
    await clock.settle()
    expect(wire.closes).toEqual([[4500, 'server_error']])
    expect(reported).toHaveBeenCalledOnce()
    reported.mockRestore()
  })

  test('in an async listener is reported, not left as an unhandled rejection', async () => {
    const reported = vi.spyOn(console, 'error').mockImplementation(() => {})
    const { open, clock } = arrange()
    const { connection, handle, wire } = open()
    const reject = async () => broken()
    connection.onMessage(reject)
    connection.onText(reject)
    connection.onBinary(reject)
    connection.onClose(reject)
    handle.receive('{"type":"chat"}')
    handle.receive(new Uint8Array(1))
    expect(wire.closes).toEqual([])
    handle.closed(1001, '')
    await clock.settle()
    expect(reported).toHaveBeenCalledTimes(4)
    reported.mockRestore()
  })
})

test.each([
  [{ pingIntervalMs: 0 }, 'pingIntervalMs must be a number of at least 1, got 0'],
  [{ maxSessionSeconds: Number.NaN }, 'maxSessionSeconds must be a number of at least 1, got NaN'],
  [{ recheckIntervalMs: 1 }, 'recheckIntervalMs must be a number of at least 1000, got 1'],
  [{ deadlineMs: 0 }, 'deadlineMs must be a number of at least 1, got 0'],
  [{ maxConnectionsPerUser: 0 }, 'maxConnectionsPerUser must be a number of at least 1, got 0'],
  [{ messageLimit: { burst: 0, perMinute: 1 } }, 'messageLimit.burst must be a number of at least 1, got 0'],
  [{ maxBufferedBytes: '1 MiB' }, 'maxBufferedBytes must be a number of at least 1, got "1 MiB"'],
])('refuses %o', (options, message) => {
  expect(() => arrange(options as never)).toThrow(new TypeError(message))
})

describe('ts:auth_refresh with a JWT', () => {
  const expired = 'expired'
  const verifyToken = (jwt: string) => {
    if (jwt === expired) return { userId: 'alice', expiresAt: 1 }
    return jwt === 'alice' || jwt === 'bob'
      ? { userId: jwt, permissions: ['newer'], issuedAt: Number.MAX_SAFE_INTEGER }
      : null
  }
  const byJwt = { method: 'jwt' } as const

  test('extends a session that a JWT has opened, which the first frame announces', async () => {
    const { open, clock } = arrange({ verifyToken, maxSessionSeconds: 3_600 })
    const { wire, receive, connection } = open(byJwt)
    expect(wire.take()).toMatchObject([{ type: 'ts:connection_established', jwt_refresh: true }])
    receive({ type: 'ts:auth_refresh', jwt: 'alice', id: 'r1' })
    await clock.settle()
    expect(wire.take()).toMatchObject([{ type: 'ts:auth_refreshed', expires_in: 3_600, reply_to: 'r1' }])
    expect(connection.identity).toMatchObject({ userId: 'alice', permissions: ['newer'] })
  })

  test.each([
    ['another user’s', 'bob', 'jwt_invalid'],
    ['an unknown one', 'x', 'jwt_invalid'],
    ['one past its end', expired, 'jwt_expired'],
  ])('is refused for %s, and the session goes on', async (_, jwt, code) => {
    const { open, clock } = arrange({ verifyToken })
    const { wire, receive, connection } = open(byJwt)
    wire.take()
    receive({ type: 'ts:auth_refresh', jwt })
    await clock.settle()
    expect(wire.take()).toEqual([{ type: 'ts:error', code, message: expect.not.stringContaining(`"${jwt}"`) }])
    expect(connection.identity).toMatchObject({ userId: 'alice' })
    expect(wire.closes).toEqual([])
  })

  test('is refused for a JWT from before a sign-out of all sessions', async () => {
    const issuedAt = 1_000
    const { open, clock, tickets } = arrange({ verifyToken: () => ({ userId: 'alice', issuedAt }) })
    await tickets.revokeAll('alice')
    const { wire, receive } = open({ ...byJwt, afterRevocationMs: Number.MAX_SAFE_INTEGER })
    wire.take()
    receive({ type: 'ts:auth_refresh', jwt: 'alice' })
    await clock.settle()
    expect(wire.take()).toMatchObject([{ type: 'ts:error', code: 'jwt_invalid' }])
  })

  test('answers unavailable when the JWT cannot be checked, without the words of the verifier', async () => {
    const { open, clock } = arrange({
      verifyToken() {
        throw new Error('secret words')
      },
    })
    const { wire, receive } = open(byJwt)
    wire.take()
    receive({ type: 'ts:auth_refresh', jwt: 'alice' })
    await clock.settle()
    expect(wire.take()).toEqual([
      { type: 'ts:error', code: 'unavailable', message: expect.not.stringContaining('secret') },
    ])
  })

  test('ends at a deadline where the verifier never answers, and a ticket still renews the session', async () => {
    const { open, clock, ticketFor } = arrange({ verifyToken: () => new Promise(() => {}) })
    const { wire, receive } = open(byJwt)
    wire.take()
    receive({ type: 'ts:auth_refresh', jwt: 'alice' })
    await clock.advance(5_000)
    expect(wire.take()).toMatchObject([{ type: 'ts:error', code: 'unavailable' }])
    receive({ type: 'ts:auth_refresh', ticket: await ticketFor('alice') })
    await clock.settle()
    expect(wire.take()).toMatchObject([{ type: 'ts:auth_refreshed' }])
  })

  test('ends at the deadline of upgrades, whatever that is', async () => {
    const { open, clock } = arrange({ verifyToken: () => new Promise(() => {}), deadlineMs: 800 })
    const { wire, receive } = open(byJwt)
    wire.take()
    receive({ type: 'ts:auth_refresh', jwt: 'alice' })
    await clock.advance(799)
    expect(wire.take()).toEqual([])
    await clock.advance(1)
    expect(wire.take()).toMatchObject([{ type: 'ts:error', code: 'unavailable' }])
  })

  type Arranged = ReturnType<typeof arrange>
  test.each<[string, (arranged: Arranged, opened: ReturnType<Arranged['open']>) => void]>([
    ['its connection is lost', (_, { handle }) => handle.closed(1006, '')],
    ['its connection is closed', (_, { connection }) => connection.close()],
    ['its connection is dropped', (_, { connection }) => connection.terminate()],
    ['the sessions are disposed of', ({ sessions }) => sessions.dispose()],
  ])('leaves no timer when %s before it is decided', async (_, end) => {
    const arranged = arrange({ verifyToken: () => new Promise(() => {}) })
    const { clock } = arranged
    const opened = arranged.open(byJwt)
    opened.wire.take()
    opened.receive({ type: 'ts:auth_refresh', jwt: 'alice' })
    await clock.settle()
    end(arranged, opened)
    await clock.settle()
    expect(clock.pending()).toBe(0)
    expect(opened.wire.take()).toEqual([])
  })

  test.each([
    ['a ticket has opened', {}, { verifyToken }],
    ['nobody is checked for', byJwt, {}],
  ])('is neither announced nor taken on a connection that %s', async (_, how, options) => {
    const { open, clock } = arrange(options)
    const { wire, receive } = open(how)
    expect(wire.take()[0]).not.toHaveProperty('jwt_refresh')
    receive({ type: 'ts:auth_refresh', jwt: 'alice' })
    await clock.settle()
    expect(wire.take()).toMatchObject([{ type: 'ts:error', code: 'invalid_message' }])
  })
})
