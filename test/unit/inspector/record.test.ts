import { describe, expect, test } from 'vitest'
import { TicketSocketError } from '../../../src/contract/errors.ts'
import { ago, countdown, duration, inWords, shortHandle } from '../../../src/inspector/format.ts'
import { SOCKET_WORDS } from '../../../src/inspector/record/describe-events.ts'
import { PHASES, phasesBefore, timeInPhases } from '../../../src/inspector/record/phases.ts'
import { createRing } from '../../../src/inspector/record/ring.ts'
import { safeMessage, safeString } from '../../../src/inspector/record/safe-text.ts'
import { maskNamed } from '../../../src/inspector/record/secret-names.ts'
import {
  MAX_TICKETS,
  type TicketHappening,
  type TicketRow,
  ticketsAfter,
} from '../../../src/inspector/record/ticket-rows.ts'
import { EVERYTHING, matching, typesOf } from '../../../src/inspector/view/message-filter.ts'
import { explore } from '../../support/explore-lifecycle.ts'

test('a ring keeps the newest and drops the oldest', () => {
  const ring = createRing<number>(3)
  for (let n = 1; n <= 5; n++) ring.push(n)
  expect([ring.items(), ring.newest()]).toEqual([[3, 4, 5], 5])
  ring.clear()
  expect([ring.items(), ring.newest()]).toEqual([[], undefined])
})

test('a close shows its code and the server’s reason', () => {
  const closeDetails = { code: 4001, reason: 'the user was removed', wasClean: true }
  const error = new TicketSocketError('connection_lost', 'The server closed the connection (4001).')
  const detail = 'The server closed the connection (4001). The server’s reason: the user was removed'
  expect(SOCKET_WORDS.lost?.({ error, retryInMs: 1_000, closeDetails })).toMatchObject({ detail })
  expect(SOCKET_WORDS.failed?.({ error, closeDetails })).toMatchObject({ detail })
  expect(SOCKET_WORDS.closed?.({ by: 'server', closeDetails })).toMatchObject({
    detail: '4001. The server’s reason: the user was removed',
  })
  expect(SOCKET_WORDS.closed?.({ by: 'app', closeDetails: null })).not.toHaveProperty('detail')
  expect(SOCKET_WORDS.lost?.({ error, retryInMs: 1_000, closeDetails: null })).toMatchObject({ detail: error.message })
})

describe('the tickets', () => {
  const rowsAfter = (...happenings: [TicketHappening, number][]) =>
    happenings.reduce<readonly TicketRow[]>((rows, [happening, at]) => ticketsAfter(rows, happening, at), [])
  const fates = (rows: readonly TicketRow[]) => Object.fromEntries(rows.map(({ handle, fate }) => [handle, fate]))
  const issued = (handle: string, ahead = false): TicketHappening => ({ type: 'issued', handle, ttlMs: 1_000, ahead })

  test('a ticket is issued, taken, and opens a connection', () => {
    const issuedOnce: [TicketHappening, number][] = [[issued('a'), 0]]
    expect(fates(rowsAfter(...issuedOnce))).toEqual({ a: 'bought' })
    const taken: [TicketHappening, number][] = [...issuedOnce, [{ type: 'taken', handle: 'a' }, 1]]
    expect(fates(rowsAfter(...taken))).toEqual({ a: 'taken' })
    expect(fates(rowsAfter(...taken, [{ type: 'opened' }, 2]))).toEqual({ a: 'opened' })
    expect(fates(rowsAfter(...taken, [{ type: 'refused' }, 2]))).toEqual({ a: 'refused' })
  })

  test('a prefetched ticket is replaced by a newer one, or else has expired or was dropped', () => {
    const prefetched: [TicketHappening, number][] = [
      [issued('a', true), 0],
      [{ type: 'spare', handle: 'a' }, 0],
    ]
    expect(rowsAfter(...prefetched)[0]).toMatchObject({ fate: 'spare', ahead: true, expiresAt: 1_000 })
    expect(fates(rowsAfter(...prefetched, [issued('b'), 1], [{ type: 'spare', handle: 'b' }, 1]))).toEqual({
      a: 'replaced',
      b: 'spare',
    })
    expect(fates(rowsAfter(...prefetched, [{ type: 'spare', handle: null }, 999]))).toEqual({ a: 'dropped' })
    expect(fates(rowsAfter(...prefetched, [{ type: 'spare', handle: null }, 1_000]))).toEqual({ a: 'expired' })
  })

  test('the ticket that was taken last is the one that opened, and the list is bounded', () => {
    const many = Array.from({ length: MAX_TICKETS + 5 }, (_, n): [TicketHappening, number] => [issued(`t${n}`), n])
    const rows = rowsAfter(
      ...many,
      [{ type: 'taken', handle: 't52' }, 60],
      [{ type: 'taken', handle: 't54' }, 61],
      [{ type: 'opened' }, 62],
    )
    expect(rows).toHaveLength(MAX_TICKETS)
    expect(fates(rows)).toMatchObject({ t54: 'opened', t52: 'taken' })
  })
})

describe('phases', () => {
  const spans = [
    { phase: 'idle', from: 0 },
    { phase: 'authenticating', from: 5 },
    { phase: 'opening', from: 17 },
    { phase: 'confirming', from: 20 },
    { phase: 'open', from: 21 },
    { phase: 'waiting', from: 60 },
    { phase: 'authenticating', from: 70 },
    { phase: 'failed', from: 75 },
  ] as const

  test('are counted, the present one up to now', () => {
    const totals = timeInPhases(spans.slice(0, 7), 72)
    expect(totals.get('authenticating')).toEqual({ ms: 14, times: 2 })
    expect(totals.get('open')).toEqual({ ms: 39, times: 1 })
    expect(totals.has('failed')).toBe(false)
  })

  test('of an attempt are those since it began; a loss shows the time for which the connection was open', () => {
    expect(phasesBefore(spans.slice(0, 5))).toEqual([
      { phase: 'authenticating', ms: 12 },
      { phase: 'opening', ms: 3 },
      { phase: 'confirming', ms: 1 },
    ])
    expect(phasesBefore(spans.slice(0, 6))).toEqual([{ phase: 'open', ms: 39 }])
    expect(phasesBefore(spans)).toEqual([{ phase: 'authenticating', ms: 5 }])
    expect(phasesBefore(spans.slice(0, 1))).toEqual([])
    expect(phasesBefore([])).toEqual([])
  })

  // It walks thousands of states, which takes longer than the usual limit on a busy machine.
  test('are those of the lifecycle, each with its place', { timeout: 120_000 }, () => {
    const { reached } = explore()
    expect(new Set(PHASES)).toEqual(new Set(reached.map(({ state }) => state.phase)))
  })
})

describe('a message as it may be shown', () => {
  test('is indented JSON without its credentials', () => {
    const message = { type: 'a', n: 1, yes: true, none: null, list: ['x', { y: 2 }], text: 'two\n\nlines' }
    expect(JSON.parse(safeMessage(message))).toEqual(message)
    expect(safeMessage({ type: 'a' })).toBe('{\n  "type": "a"\n}')
  })

  test('hides text that looks like a credential, and values below names of secrets', () => {
    const ticket = 'T'.repeat(43)
    expect(safeMessage({ a: ticket, [ticket]: 1, ticket: 'short', tokens: 512, url: 'wss://a/ws?ticket=abc' })).toBe(
      JSON.stringify(
        { a: '[redacted]', '[redacted]': 1, ticket: '[redacted]', tokens: 512, url: 'wss://a/ws?ticket=[redacted]' },
        null,
        2,
      ),
    )
  })

  test.each([
    [{ password: ['hunter2'] }],
    [{ token: { value: 'hunter2', of: { whom: ['hunter2'] } } }],
    [{ authorization: ['Basic hunter2'] }],
    [{ 'Set-Cookie': { list: [['sid=hunter2']] } }],
    [{ passphrase: 'hunter2', pwd: 'hunter2', otp: 'hunter2', pin: 'hunter2', newPin: 'hunter2', PWD: 'hunter2' }],
    [{ privateKey: 'hunter2', access_key: 'hunter2', session_id: 'hunter2', sid: 'hunter2', csrfToken: 'hunter2' }],
    [{ text: '{"password":"hunter2"}' }],
    [{ text: '{"secret":{"deep":{"a":"b"},"c":"hunter2"}}' }],
    [{ text: JSON.stringify({ body: JSON.stringify({ password: 'hunter2' }) }) }],
    [{ text: 'got {"outer":{"password" : "a\\"hunter2", "n":1}} from it' }],
    [{ text: `it was ${JSON.stringify(JSON.stringify({ password: 'hunter2' }))}` }],
    [{ text: 'it was {"password":["hunter2"]}' }],
    [{ text: `${' '.repeat(1_970)}{"password":"it is hunter2 and more than fits` }],
    [{ text: 'password=hunter2' }],
    [{ text: "dsn: user=alice password='a hunter2' host=db" }],
    [{ text: 'https://x/cb?client_secret=hunter2&state=1' }],
    [{ text: 'Authorization: Basic hunter2' }],
    [{ text: 'GET / HTTP/1.1\nCookie: a=b; c=hunter2\nHost: x' }],
    [{ text: 'https://alice:hunter2@host/' }],
    [{ text: 'redis://:hun@hunter2@host:6379' }],
    [{ text: 'my password: hunter2' }],
  ])('hides the secret of %j', (message) => {
    expect(safeMessage(message)).not.toContain('hunter2')
    expect(safeMessage(message)).toContain('[redacted]')
  })

  test('hides digits below names such as pin', () => {
    const message = { password: 12345678, pin: [1, 2, 3, 4], user_otp: 10n, text: '{"a":{"pin":1234}}, {"pin": 1234}' }
    expect(safeMessage(message)).not.toMatch(/\d/)
  })

  test('shows values that only resemble a secret', () => {
    const message = {
      pinned: 'yes',
      opinion: 'mine',
      tokens: { total: 512, list: [1, true, null] },
      side: 'left',
      text: 'use of tokens = low; see {"tokens": 512} at https://host:80/a@b, pin the message: now',
      json: '{ "a":  1 }',
      sum: 'a=b&c=d',
      note: 'the secret=[redacted] of it',
    }
    expect(safeMessage({ ...message, text: undefined })).toBe(JSON.stringify({ ...message, text: undefined }, null, 2))
    expect(JSON.parse(safeMessage({ text: message.text })).text).toContain(
      '{"tokens": 512} at https://host:80/a@b, pin the message: now',
    )
  })

  test('loses no field when two names are hidden', () => {
    const [one, two] = ['A'.repeat(40), 'B'.repeat(40)]
    expect(JSON.parse(safeMessage({ [one]: 1, [two]: 2, a: 3 }))).toEqual({ '[redacted]': 1, '[redacted] 2': 2, a: 3 })
  })

  test('is fast for any text', () => {
    const texts = ['\\', '"', '":', "'a':", 'a=', '//:', 'cookie:', '{', '[', 'a', '"password":{']
    const from = performance.now()
    for (const text of texts) safeString(text.repeat(Math.ceil(2_000 / text.length)))
    expect(performance.now() - from).toBeLessThan(500)
  })

  test('shows UUIDs, and hides a ticket beside one', () => {
    const uuid = '0b6b1c1e-5f2a-4c37-9a51-2f1f0f3d7a10'
    expect(safeString(`${uuid} ${'T'.repeat(43)}`)).toBe(`${uuid} [redacted]`)
    expect(safeString(`${uuid}${'T'.repeat(43)}`)).toBe('[redacted]')
  })

  test('is bounded in length, depth and number of values, and a cut leaves no part of a credential', () => {
    expect(safeString(`${'x '.repeat(995)}${'T'.repeat(43)}`)).not.toMatch(/T/)
    expect(safeMessage({ list: Array.from({ length: 10_000 }, () => 'word') }).length).toBeLessThan(9_000)
    let deep: object = {}
    for (let n = 0; n < 1_000; n++) deep = { deep }
    expect(safeMessage(deep)).toContain('…')
  })

  test('of a binary message is its length', () => {
    expect(safeMessage(new ArrayBuffer(12))).toBe('(binary, 12 bytes)')
    expect(safeMessage(new Blob(['abc']))).toBe('(binary, 3 bytes)')
    expect(safeMessage(new Uint16Array(3))).toBe('(binary, 6 bytes)')
    expect(JSON.parse(safeMessage({ type: 'file', data: new Uint8Array(500) }))).toEqual({
      type: 'file',
      data: '(binary, 500 bytes)',
    })
  })

  test('handles values that JSON cannot hold', () => {
    expect(safeMessage({ big: 10n })).toContain('10n')
    expect(safeMessage(undefined)).toBe('undefined')
  })
})

test('messages are filtered by direction, type and every word, and types are counted', () => {
  const messages = [
    { id: 1, at: 0, direction: 'in', type: 'note', text: 'Hello World' },
    { id: 2, at: 0, direction: 'out', type: 'note', text: 'hello' },
    { id: 3, at: 0, direction: 'in', type: 'ask', text: 'world' },
  ] as const
  const ids = (filter: Partial<typeof EVERYTHING>) =>
    matching(messages, { ...EVERYTHING, ...filter }).map(({ id }) => id)
  expect(ids({})).toEqual([1, 2, 3])
  expect(ids({ search: ' world  HELLO' })).toEqual([1])
  expect(ids({ search: 'ask' })).toEqual([3])
  expect(ids({ direction: 'out' })).toEqual([2])
  expect(ids({ type: 'note', direction: 'in' })).toEqual([1])
  expect(typesOf(messages)).toEqual([
    ['note', 2],
    ['ask', 1],
  ])
})

test('numbers and names are short and readable', () => {
  expect([countdown(75_000), countdown(-5), countdown(1)]).toEqual(['1:15', '0:00', '0:01'])
  expect([ago(1_999), ago(59_000), ago(61_000), ago(7_200_000)]).toEqual(['now', '59 s', '1 min', '2 h'])
  expect([
    duration(3.21),
    duration(980),
    duration(4_230),
    duration(42_000),
    duration(180_000),
    duration(5_400_000),
  ]).toEqual(['3.2 ms', '980 ms', '4.2 s', '42 s', '3 min', '1.5 h'])
  expect([shortHandle('a'.repeat(43)), shortHandle('#12')]).toEqual(['aaaaaaaa…', '#12'])
  expect([inWords('ticketEndpointDown'), inWords('too_many')]).toEqual(['Ticket endpoint down', 'Too many'])
})

test('a secret in quotes is hidden up to the quote that ends it: of its kind, and not escaped once more', () => {
  const hides = (text: string) => maskNamed(text)
  expect(hides('{"password":"abc","n":1}')).toBe('{"password":"[redacted]","n":1}')
  expect(hides('{"password":"","n":1}')).toBe('{"password":"[redacted]","n":1}')
  expect(hides(String.raw`{"password":"a\"b","n":1}`)).toBe('{"password":"[redacted]","n":1}')
  expect(hides(String.raw`"{\"password\":\"a\\\"b\",\"n\":1}"`)).toBe(
    String.raw`"{\"password\":\"[redacted]\",\"n\":1}"`,
  )
  expect(hides('{"password":"cut of')).toBe('{"password":"[redacted]"')
})
