// Opening a connection: PROTOCOL.md, section 4.

import { CLOSE_REASONS } from '../../../contract/close-codes.ts'
import { SUBPROTOCOL } from '../../../contract/wire.ts'
import { check, equal } from '../outcome.ts'
import { base64url, type Probe } from '../probe.ts'
import { rule } from '../rule.ts'

const UNKNOWN = 'A'.repeat(43)
const REFUSED = '4401 ticket_invalid'

const outcomeOf = async (probe: Probe, ...dial: Parameters<Probe['dial']>) => (await probe.dial(...dial)).outcome()

const byParameter = (name: string) => async (probe: Probe) => {
  const { ticket_id } = await probe.issue()
  equal('the connection', await outcomeOf(probe, { [name]: ticket_id }), 'open')
}

/** A JWT whose characters may stand in a header as they are. */
const byEntry = (scheme: (jwt: string) => string) => async (probe: Probe) =>
  equal('the connection', await (await probe.dialByJwt(await probe.token(), scheme)).outcome(), 'open')

export const upgrade = [
  ...rule(
    'PR-40',
    ['the ticket is read from the parameter ticket', byParameter('ticket')],
    ['and from auth_ticket', byParameter('auth_ticket')],
    ['and from ticket_id', byParameter('ticket_id')],
  ),
  ...rule('PR-07', [
    'of ten simultaneous upgrades with one ticket exactly one is accepted',
    async (probe) => {
      const { ticket_id } = await probe.issue()
      const outcomes = await Promise.all(Array.from({ length: 10 }, () => outcomeOf(probe, { ticket: ticket_id })))
      equal('how many were accepted', outcomes.filter((outcome) => outcome === 'open').length, 1)
    },
  ]),
  ...rule(
    'PR-41',
    ['a JWT is read from the subprotocol jwt.<base64url(JWT)>', byEntry((jwt) => `jwt.${base64url(jwt)}`)],
    ['from jwt.<JWT>', byEntry((jwt) => `jwt.${jwt}`)],
    ['from jwt-auth.<JWT>', byEntry((jwt) => `jwt-auth.${jwt}`)],
    ['from bearer.<JWT>', byEntry((jwt) => `bearer.${jwt}`)],
    [
      'and from the header Authorization',
      async (probe) => {
        const headers = { authorization: `Bearer ${await probe.token()}` }
        equal('the connection', await outcomeOf(probe, {}, { headers }), 'open')
      },
      'socket headers',
    ],
    [
      'a JWT in the query is not read',
      // No real JWT is put into a URL for it. A server that reads it would say jwt_invalid.
      async (probe) =>
        equal('the connection', await outcomeOf(probe, { token: 'no.jwt.atall' }), '4401 unauthenticated'),
    ],
    [
      'a wrong JWT is refused',
      async (probe) =>
        equal('the connection', await (await probe.dialByJwt('not.a.jwt')).outcome(), '4401 jwt_invalid'),
    ],
  ),
  ...rule(
    'PR-42',
    [
      'a ticket and a JWT at once are refused, and the ticket is not used up',
      async (probe) => {
        const ticket = await probe.issue()
        const protocols = [SUBPROTOCOL, `jwt.${base64url(await probe.token())}`]
        equal('the connection', await (await probe.dialWith(ticket, { protocols })).outcome(), '4400 bad_request')
        equal('the ticket afterwards', await probe.tryTicket(ticket), 'open')
      },
    ],
    [
      'so is the same ticket twice',
      async (probe) => {
        const { ticket_id } = await probe.issue()
        equal('the connection', await outcomeOf(probe, `ticket=${ticket_id}&ticket=${ticket_id}`), '4400 bad_request')
      },
    ],
  ),
  ...rule('PR-43', [
    'a foreign origin is refused with any credential',
    async (probe) => {
      const ticket = await probe.issue()
      const headers = { origin: probe.target.foreignOrigin ?? '' }
      equal('the connection', await (await probe.dialWith(ticket, { headers })).outcome(), '4403 origin')
    },
    'a foreign origin',
    'socket headers',
  ]),
  ...rule('PR-44', [
    'a ticket of a wrong form is refused',
    async (probe) => {
      for (const ticket of ['', 'x', `${UNKNOWN}A`, '%00', '../../etc']) {
        equal(`the connection with ${JSON.stringify(ticket)}`, await outcomeOf(probe, { ticket }), REFUSED)
      }
    },
  ]),
  ...rule(
    'PR-45',
    [
      'an unknown ticket is refused with 4401 ticket_invalid',
      async (probe) => equal('the connection', await outcomeOf(probe, { ticket: UNKNOWN }), REFUSED),
    ],
    [
      'a used one looks the same',
      async (probe) => {
        const ticket = await probe.issue()
        equal('the first connection', await probe.tryTicket(ticket), 'open')
        equal('the second connection', await probe.tryTicket(ticket), REFUSED)
      },
    ],
    [
      'so does a revoked one',
      async (probe) => {
        const ticket = await probe.issue()
        await probe.ask('DELETE', `/ticket/${probe.nameOf(ticket)}`)
        equal('the connection', await probe.tryTicket(ticket), REFUSED)
      },
    ],
    [
      'and an expired one',
      async (probe) => {
        const ticket = await probe.issue({ ttl_seconds: 30 })
        await probe.target.passTime?.(ticket.ttl_seconds * 1_000 + 500)
        equal('the connection', await probe.tryTicket(ticket), REFUSED)
      },
      'time',
    ],
  ),
  ...rule(
    'PR-46',
    [
      'a foreign origin is refused before the ticket is looked for: it stays good',
      async (probe) => {
        const ticket = await probe.issue()
        await (await probe.dialWith(ticket, { headers: { origin: probe.target.foreignOrigin ?? '' } })).outcome()
        equal('the ticket afterwards', await probe.tryTicket(ticket), 'open')
      },
      'a foreign origin',
      'socket headers',
    ],
    [
      'an unreachable store is 4503, and uses up no other ticket',
      async (probe) => {
        const ticket = await probe.issue()
        const heal = probe.target.breakStore?.()
        try {
          equal('the connection', await probe.tryTicket(ticket), '4503 unavailable')
        } finally {
          heal?.()
        }
      },
      'a store to break',
    ],
  ),
  ...rule(
    'PR-48',
    [
      'a refusal is an upgrade that is accepted and closed at once, negotiated like a success',
      async (probe) => {
        const dialled = await probe.dial({ ticket: UNKNOWN })
        await dialled.opened()
        equal('the selected protocol', dialled.protocol, SUBPROTOCOL)
        await dialled.ended()
        equal('the messages before the end', dialled.messages.length, 0)
      },
    ],
    [
      'its reason is a word of the vocabulary, and holds no credential',
      async (probe) => {
        const { reason } = await (await probe.dial({ ticket: UNKNOWN })).ended()
        const [word = ''] = reason.split(';')
        check((CLOSE_REASONS as readonly string[]).includes(word), 'the reason is not of the vocabulary of PR-60')
      },
    ],
  ),
  ...rule('PR-53', [
    'a connection without a credential is refused, or has no user',
    async (probe) => {
      const dialled = await probe.dial({})
      const outcome = await dialled.outcome()
      if (outcome !== 'open') return equal('the connection', outcome, '4401 unauthenticated')
      const { user_id, auth_method } = await dialled.next('ts:connection_established')
      equal('user_id', user_id, null)
      equal('auth_method', auth_method, 'none')
    },
  ]),
]
