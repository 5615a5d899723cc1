// The limits of this library's server: PROTOCOL.md, section 8. Another server may set its own.

import { check, equal, SkippedRule } from '../outcome.ts'
import { refusedWith } from '../probe.ts'
import { rule } from '../rule.ts'

const PING_INTERVAL_MS = 25_000
const MAX_CONNECTIONS = 50

/** The rules send no message above this, also if the server accepts larger ones. */
const MOST_TRIED_BYTES = 8 * 1024 * 1024

export const limits = [
  ...rule(
    'PR-90',
    [
      'a frame of 64 KiB is accepted',
      async (probe) => {
        const dialled = await probe.open()
        dialled.send(new Uint8Array(64 * 1024))
        await dialled.alive()
      },
      'library limits',
    ],
    [
      'a longer one ends the connection with 1009',
      async (probe) => {
        const dialled = await probe.open()
        dialled.send(new Uint8Array(64 * 1024 + 1))
        equal('the code', (await dialled.ended()).code, 1009)
      },
      'library limits',
    ],
    [
      'what ts:connection_established announces as max_message_bytes is accepted, and one byte more is 1009',
      async (probe) => {
        const dialled = await probe.open()
        const most = dialled.messages[0]?.max_message_bytes
        if (typeof most !== 'number') throw new SkippedRule('this server announces no max_message_bytes')
        if (most > MOST_TRIED_BYTES) throw new SkippedRule(`its limit, ${most} bytes, is too large to be tried`)
        // As a text of characters that take two bytes each: it is bytes that count.
        dialled.send('é'.repeat(most / 2) + 'x'.repeat(most % 2))
        dialled.send(new Uint8Array(most))
        await dialled.alive()
        dialled.send('é'.repeat(most / 2) + 'x'.repeat((most % 2) + 1))
        equal('the code', (await dialled.ended()).code, 1009)
      },
    ],
  ),
  ...rule(
    'PR-91',
    [
      'the server pings a connection every 25 s',
      async (probe) => {
        const dialled = await probe.open()
        for (let n = 1; n <= 2; n++) {
          await probe.pass(PING_INTERVAL_MS)
          equal('the type of timestamp', typeof (await dialled.next('ts:ping')).timestamp, 'number')
          await dialled.alive() // any frame is an answer
        }
      },
      'library limits',
      'time',
    ],
    [
      'two unanswered pings end it with 4408',
      async (probe) => {
        const dialled = await probe.open()
        for (let n = 1; n <= 2; n++) {
          await probe.pass(PING_INTERVAL_MS)
          await dialled.next('ts:ping')
        }
        await probe.pass(PING_INTERVAL_MS)
        equal('the code', (await dialled.ended()).code, 4408)
      },
      'library limits',
      'time',
    ],
  ),
  ...rule('PR-94', [
    'a user holds at most 20 unspent tickets; one more is 429 with Retry-After',
    async (probe) => {
      for (let held = 0; held < 20; held++) await probe.issue()
      const answer = await probe.ask('POST', '/ticket')
      refusedWith(answer, 429)
      check(Number(answer.headers.get('retry-after')) > 0, 'Retry-After should say how long to wait')
    },
    'library limits',
  ]),
  ...rule('PR-96', [
    'a user has 50 connections; one more is closed with 4429 and a wait, and the others stay',
    async (probe) => {
      const jwt = await probe.token()
      const dialled = await Promise.all(Array.from({ length: MAX_CONNECTIONS }, () => probe.dialByJwt(jwt)))
      for (const one of dialled) await one.next('ts:connection_established')
      const { code, reason } = await (await probe.dialByJwt(jwt)).ended()
      equal('the code of one more', code, 4429)
      check(/^too_many;retry_after_ms=[1-9]\d*$/.test(reason), `the reason should hold a wait, was '${reason}'`)
      await dialled[0]?.alive()
    },
    'library limits',
  ]),
]
