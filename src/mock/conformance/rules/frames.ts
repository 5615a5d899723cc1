// Frames on an open connection: PROTOCOL.md, section 6.

import {
  isAuthRefreshed,
  isConnectionEstablished,
  isErrorFrame,
  SUBPROTOCOL,
  TICKET_FORM,
} from '../../../contract/wire.ts'
import type { Dialled } from '../dialled.ts'
import { check, equal } from '../outcome.ts'
import type { Probe } from '../probe.ts'
import { rule } from '../rule.ts'

/** An odd frame is answered with an error, and the connection stays. */
const isRefused = (frame: string) => async (probe: Probe) => {
  const dialled = await probe.open()
  dialled.send(frame)
  const error = await dialled.next('ts:error')
  check(isErrorFrame(error), 'an error frame holds a code and a message')
  equal('its code', error.code, 'invalid_message')
  await dialled.alive()
}

/** Whether the server announced on this connection that a JWT renews it. */
async function takesJwt(dialled: Dialled): Promise<boolean> {
  await dialled.opened()
  if (dialled.protocol !== SUBPROTOCOL) return false
  await dialled.alive()
  return dialled.messages.some(({ type, jwt_refresh }) => type === 'ts:connection_established' && jwt_refresh === true)
}

export const frames = [
  ...rule(
    'PR-71',
    [
      'ts:connection_established is the first frame, and names the user, the method and the end',
      async (probe) => {
        const dialled = await probe.open()
        const [first] = dialled.messages
        check(isConnectionEstablished(first), 'the first frame should be connection_established with its six fields')
        equal('auth_method', first.auth_method, 'ticket')
        equal('the type of user_id', typeof first.user_id, 'string')
        check(first.session_id.length > 0, 'session_id should not be empty')
        check(!TICKET_FORM.test(first.session_id) || first.session_id.length < 43, 'session_id looks like a ticket')
      },
    ],
    [
      'with a JWT it says so, and names the same user',
      async (probe) => {
        const byTicket = (await probe.open()).messages[0]
        const dialled = await probe.dialByJwt(await probe.token())
        const byJwt = await dialled.next('ts:connection_established')
        equal('auth_method', byJwt.auth_method, 'jwt')
        equal('the type of user_id', typeof byJwt.user_id, 'string')
        check(byJwt.user_id === byTicket?.user_id, 'ticket and JWT name different users')
      },
    ],
    [
      'the end is that of the session, not of the ticket',
      async (probe) => {
        const ticket = await probe.issue({ ttl_seconds: 30 })
        const other = await probe.issue({ ttl_seconds: 300 })
        const ends: number[] = []
        for (const one of [ticket, other]) {
          const established = await (await probe.dialWith(one)).next('ts:connection_established')
          ends.push(Number(established.expires_at))
        }
        check(Math.abs((ends[0] ?? 0) - (ends[1] ?? 0)) < 60, 'the end of the session follows ttl_seconds')
      },
    ],
    [
      'two sessions have two names',
      async (probe) => {
        const [first, second] = [(await probe.open()).messages[0], (await probe.open()).messages[0]]
        check(first?.session_id !== second?.session_id, 'session_id came twice')
      },
    ],
  ),
  ...rule(
    'PR-72',
    [
      'a ping is answered with a pong of the same timestamp',
      async (probe) => {
        const dialled = await probe.open()
        for (const timestamp of [0, 12_345.678]) {
          dialled.send({ type: 'ts:ping', timestamp })
          equal('timestamp', (await dialled.next('ts:pong')).timestamp, timestamp)
        }
      },
    ],
    ['a ping without a timestamp is refused', isRefused('{"type":"ts:ping"}')],
  ),
  ...rule(
    'PR-73',
    [
      'ts:auth_refresh with a ticket of the same user is answered with the new end',
      async (probe) => {
        const dialled = await probe.open()
        dialled.send({ type: 'ts:auth_refresh', ticket: (await probe.issue()).ticket_id })
        const answer = await dialled.next('ts:auth_refreshed')
        check(isAuthRefreshed(answer) && answer.expires_in > 0, 'ts:auth_refreshed holds expires_at and expires_in')
        await dialled.alive()
      },
    ],
    [
      'it uses the ticket up',
      async (probe) => {
        const dialled = await probe.open()
        const ticket = await probe.issue()
        dialled.send({ type: 'ts:auth_refresh', ticket: ticket.ticket_id })
        await dialled.next('ts:auth_refreshed')
        equal('a connection by it', await probe.tryTicket(ticket), '4401 ticket_invalid')
      },
    ],
    [
      'a ticket that was used is refused by an error frame, and the session goes on',
      async (probe) => {
        const dialled = await probe.open()
        dialled.send({ type: 'ts:auth_refresh', ticket: 'A'.repeat(43) })
        check(isErrorFrame(await dialled.next('ts:error')), 'an error frame holds a code and a message')
        await dialled.alive()
      },
    ],
    [
      'so is another user’s',
      async (probe) => {
        const dialled = await probe.open()
        const theirs = await probe.issue(undefined, await probe.otherToken())
        dialled.send({ type: 'ts:auth_refresh', ticket: theirs.ticket_id })
        await dialled.next('ts:error')
        await dialled.alive()
      },
      'another user',
    ],
  ),
  ...rule(
    'PR-79',
    [
      'where jwt_refresh is announced, ts:auth_refresh takes a JWT of the same user',
      async (probe) => {
        const jwt = await probe.token()
        const dialled = await probe.dialByJwt(jwt)
        if (!(await takesJwt(dialled))) return
        dialled.send({ type: 'ts:auth_refresh', jwt, id: 'r-1' })
        const answer = await dialled.next('ts:auth_refreshed')
        check(isAuthRefreshed(answer) && answer.expires_in > 0, 'ts:auth_refreshed holds expires_at and expires_in')
        equal('reply_to', answer.reply_to, 'r-1')
        await dialled.alive()
      },
    ],
    [
      'a malformed JWT is refused by an error frame, and the session goes on',
      async (probe) => {
        const dialled = await probe.dialByJwt(await probe.token())
        if (!(await takesJwt(dialled))) return
        dialled.send({ type: 'ts:auth_refresh', jwt: 'nonsense' })
        equal('the code', (await dialled.next('ts:error')).code, 'jwt_invalid')
        await dialled.alive()
      },
    ],
    [
      'so is another user’s',
      async (probe) => {
        const dialled = await probe.dialByJwt(await probe.token())
        if (!(await takesJwt(dialled))) return
        dialled.send({ type: 'ts:auth_refresh', jwt: await probe.otherToken() })
        equal('the code', (await dialled.next('ts:error')).code, 'jwt_invalid')
        await dialled.alive()
      },
      'another user',
    ],
    [
      'a connection that a ticket has opened accepts none',
      async (probe) => {
        const dialled = await probe.open()
        check(!(await takesJwt(dialled)), 'jwt_refresh is announced only where a JWT has opened the connection')
        dialled.send({ type: 'ts:auth_refresh', jwt: await probe.token() })
        await dialled.next('ts:error')
        await dialled.alive()
      },
    ],
  ),
  ...rule('PR-75', [
    'answers to a frame with an id carry reply_to',
    async (probe) => {
      const dialled = await probe.open()
      dialled.send({ type: 'ts:auth_refresh', ticket: (await probe.issue()).ticket_id, id: 'r-1' })
      equal('reply_to of auth_refreshed', (await dialled.next('ts:auth_refreshed')).reply_to, 'r-1')
      dialled.send({ type: 'ts:auth_refresh', ticket: 'A'.repeat(43), id: 'r-2' })
      equal('reply_to of the error', (await dialled.next('ts:error')).reply_to, 'r-2')
    },
  ]),
  ...rule('PR-70', [
    'every frame without a reserved type is the application’s: the protocol answers none of them',
    async (probe) => {
      const dialled = await probe.open()
      for (const frame of ['hello', '["ts:ping"]', '{"text":"hello"}', '{"type":1}']) dialled.send(frame)
      for (const type of ['ping', 'error', 'ack', 'auth_refresh', 'connection_established']) dialled.send({ type })
      await dialled.alive()
      const reserved = dialled.messages.map(({ type }) => String(type)).filter((type) => type.startsWith('ts:'))
      equal('its own frames', reserved.join(), 'ts:connection_established,ts:pong')
    },
  ]),
  ...rule('PR-76', [
    'a binary frame passes through, and ends nothing',
    async (probe) => {
      const dialled = await probe.open()
      dialled.send(new Uint8Array([0, 1, 255]))
      await dialled.alive()
      check(!dialled.messages.some(({ type }) => type === 'ts:error'), 'it was answered with an error')
    },
  ]),
  ...rule('PR-78', [
    'frames that only a server sends are ignored',
    async (probe) => {
      const dialled = await probe.open()
      for (const type of [
        'ts:connection_established',
        'ts:auth_refreshed',
        'ts:going_away',
        'ts:error',
        'ts:pong',
        'ts:of_a_later_version',
      ])
        dialled.send({ type })
      await dialled.alive()
      const answered = dialled.messages.filter(({ type }) => type !== 'ts:connection_established' && type !== 'ts:pong')
      equal('what was answered', answered.map(({ type }) => type).join(), '')
    },
  ]),
]
