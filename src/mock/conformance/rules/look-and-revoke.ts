// Looking at a ticket, revoking one, and the status of the system: PROTOCOL.md, "Look, revoke, revoke all" and "Status".

import {
  isTicketRevocationResponse,
  isTicketSystemStatus,
  isTicketValidationResponse,
  type TicketValidationResponse,
} from '../../../contract/wire.ts'
import { check, equal, SkippedRule } from '../outcome.ts'
import { type Probe, refusedWith } from '../probe.ts'
import { rule } from '../rule.ts'

const UNKNOWN = 'A'.repeat(43)

async function look(probe: Probe, name: string): Promise<TicketValidationResponse> {
  const { status, json } = await probe.ask('GET', `/ticket/${name}/validate`)
  equal('the status of validate', status, 200)
  check(isTicketValidationResponse(json), 'validate should be answered with { valid, … }')
  return json
}

const revoke = (probe: Probe, name: string) => probe.ask('DELETE', `/ticket/${name}`)

export const lookAndRevoke = [
  ...rule('PR-08', [
    'looking at a ticket does not consume it',
    async (probe) => {
      const ticket = await probe.issue()
      for (const _ of [1, 2, 3]) equal('valid', (await look(probe, probe.nameOf(ticket))).valid, true)
      equal('the connection afterwards', await probe.tryTicket(ticket), 'open')
    },
  ]),
  ...rule(
    'PR-17',
    [
      'a ticket is reported with its user, permissions and end',
      async (probe) => {
        const ticket = await probe.issue()
        const answer = await look(probe, probe.nameOf(ticket))
        check(answer.valid, 'a new ticket should be valid')
        check(Math.abs(answer.expires_at - ticket.expires_at) <= 1, 'expires_at should be what the ticket said')
      },
    ],
    ['an unknown one is not valid', async (probe) => equal('valid', (await look(probe, UNKNOWN)).valid, false)],
    [
      'a used one is not valid',
      async (probe) => {
        const ticket = await probe.issue()
        await probe.tryTicket(ticket)
        equal('valid', (await look(probe, probe.nameOf(ticket))).valid, false)
      },
    ],
    [
      'another user’s answers byte for byte like an unknown one',
      async (probe) => {
        const theirs = await probe.issue(undefined, await probe.otherToken())
        const [foreign, unknown] = [
          await probe.ask('GET', `/ticket/${probe.nameOf(theirs)}/validate`),
          await probe.ask('GET', `/ticket/${UNKNOWN}/validate`),
        ]
        equal('the status', foreign.status, unknown.status)
        check(foreign.text === unknown.text, 'the answers differ')
      },
      'another user',
    ],
  ),
  ...rule(
    'PR-18',
    [
      'revoking answers 200 with success and a message, and the ticket is valid no more',
      async (probe) => {
        const ticket = await probe.issue()
        const { status, json } = await revoke(probe, probe.nameOf(ticket))
        equal('the status', status, 200)
        check(isTicketRevocationResponse(json) && json.success, 'the answer should be { success: true, message }')
        equal('valid', (await look(probe, probe.nameOf(ticket))).valid, false)
      },
    ],
    [
      'a revoked ticket opens no connection',
      async (probe) => {
        const ticket = await probe.issue()
        await revoke(probe, probe.nameOf(ticket))
        check((await probe.tryTicket(ticket)) !== 'open', 'it opened a connection')
      },
    ],
    ['an unknown ticket is 404', async (probe) => void refusedWith(await revoke(probe, UNKNOWN), 404)],
    [
      'so is one that was revoked, and one that was used',
      async (probe) => {
        const [revoked, used] = [await probe.issue(), await probe.issue()]
        await revoke(probe, probe.nameOf(revoked))
        await probe.tryTicket(used)
        refusedWith(await revoke(probe, probe.nameOf(revoked)), 404)
        refusedWith(await revoke(probe, probe.nameOf(used)), 404)
      },
    ],
    [
      'another user’s is 403, and stays good',
      async (probe) => {
        const theirs = await probe.issue(undefined, await probe.otherToken())
        refusedWith(await revoke(probe, probe.nameOf(theirs)), 403)
        equal('the connection of its user', await probe.tryTicket(theirs), 'open')
      },
      'another user',
    ],
    [
      'a connection that the ticket has opened stays',
      async (probe) => {
        const ticket = await probe.issue()
        if (!ticket.subprotocol) throw new SkippedRule('the backend announces no subprotocol')
        const dialled = await probe.dialWith(ticket)
        await dialled.next('ts:connection_established')
        await revoke(probe, probe.nameOf(ticket))
        await dialled.alive()
      },
    ],
  ),
  ...rule('PR-29', [
    'openapi.json, where there is one, is public and describes the ticket endpoint',
    async (probe) => {
      const { status, json } = await probe.ask('GET', '/openapi.json', { jwt: null })
      if (status === 404) throw new SkippedRule('this server describes its endpoints nowhere')
      equal('the status', status, 200)
      const paths = Object.keys((json?.paths ?? {}) as object)
      check(/^3\./.test(String(json?.openapi)), 'openapi should be a version 3')
      check(
        paths.some((path) => path.endsWith('/ticket')),
        'paths should hold the ticket endpoint',
      )
    },
  ]),
  ...rule('PR-20', [
    'a path may name the ticket itself in place of its handle',
    async (probe) => {
      const ticket = await probe.issue()
      equal('valid, by the handle', (await look(probe, probe.nameOf(ticket))).valid, true)
      equal('valid, by the ticket', (await look(probe, ticket.ticket_id)).valid, true)
    },
  ]),
  ...rule(
    'PR-21',
    [
      'the status is public, and describes the system',
      async (probe) => {
        const { status, json } = await probe.ask('GET', '/tickets/status', { jwt: null })
        equal('the status', status, 200)
        check(isTicketSystemStatus(json), 'it should hold the six fields')
        check(
          json.max_ttl_seconds >= json.default_ttl_seconds,
          'max_ttl_seconds should not be below default_ttl_seconds',
        )
        equal(
          'ticket_system_enabled, where tickets are issued',
          json.ticket_system_enabled,
          (await probe.ask('POST', '/ticket')).status !== 501,
        )
      },
    ],
    [
      'an unreachable store is reported as such, without detail',
      async (probe) => {
        const heal = probe.target.breakStore?.()
        try {
          // It is asked once a second at most.
          await probe.pass(1_050)
          const { json } = await probe.ask('GET', '/tickets/status', { jwt: null })
          // A store in memory is no Redis, in reach or not.
          check(
            json?.redis_status === 'error' || json?.redis_status === 'not_available',
            'redis_status should be error',
          )
          equal('redis_available', json?.redis_available, false)
        } finally {
          heal?.()
        }
      },
      'a store to break',
    ],
  ),
  ...rule('PR-33', [
    'a store out of reach is 503, never a statement about a ticket',
    async (probe) => {
      const ticket = await probe.issue()
      const heal = probe.target.breakStore?.()
      try {
        refusedWith(await probe.ask('POST', '/ticket'), 503)
        refusedWith(await revoke(probe, probe.nameOf(ticket)), 503)
        refusedWith(await probe.ask('GET', `/ticket/${probe.nameOf(ticket)}/validate`), 503)
      } finally {
        heal?.()
      }
    },
    'a store to break',
  ]),
]
