// Issuing a ticket: PROTOCOL.md, "Generate".

import { MAX_METADATA_BYTES, TICKET_FORM } from '../../../contract/wire.ts'
import { handleOf } from '../../../server/ticket-value.ts'
import { check, equal, SkippedRule } from '../outcome.ts'
import { type Probe, refusedWith } from '../probe.ts'
import { claimOf, rule } from '../rule.ts'

/** None of these bodies gets a ticket. */
const refusesAll = async (probe: Probe, bodies: readonly object[]) => {
  for (const body of bodies) {
    const { status } = await probe.ask('POST', '/ticket', { body })
    equal(`the status for ${JSON.stringify(body).slice(0, 60)}`, status, 422)
  }
}

const isDefault = ({ ttl_seconds, single_use }: { ttl_seconds: number; single_use: boolean }) => {
  check(ttl_seconds > 0 && ttl_seconds <= 300, `ttl_seconds should be at most 300, was ${ttl_seconds}`)
  equal('single_use', single_use, true)
}

/** What a server may tolerate between its clock and the issuer's (PR-13). */
const CLOCK_TOLERANCE_SECONDS = 30

/** It may be left out (PR-14). */
const sendsNone = () => new SkippedRule('the backend sends no websocket_url')

export const generate = [
  ...rule(
    'PR-04',
    [
      'a ticket is 43 characters of base64url',
      async (probe) => {
        const { ticket_id } = await probe.issue()
        check(TICKET_FORM.test(ticket_id), `ticket_id should be 43 characters of base64url, has ${ticket_id.length}`)
      },
    ],
    [
      'no two tickets are alike',
      async (probe) => {
        const tickets = [await probe.issue(), await probe.issue(), await probe.issue()].map(
          ({ ticket_id }) => ticket_id,
        )
        equal('the number of different tickets', new Set(tickets).size, 3)
        const starts = new Set(tickets.map((ticket) => ticket.slice(0, 8)))
        equal('the number of different beginnings', starts.size, 3)
      },
    ],
  ),
  ...rule('PR-09', [
    'times are Unix seconds, and the life of a ticket is what they say',
    async (probe) => {
      const { created_at, expires_at, ttl_seconds } = await probe.issue({ ttl_seconds: 60 })
      const life = expires_at - created_at
      check(
        Math.abs(life - ttl_seconds) <= 1,
        `expires_at should be ${ttl_seconds} s after created_at, was ${life.toFixed(2)} s`,
      )
    },
  ]),
  ...rule(
    'PR-12',
    ['a request without a body gets a ticket with the defaults', async (probe) => isDefault(await probe.issue())],
    ['an empty object does the same', async (probe) => isDefault(await probe.issue({}))],
    [
      'ttl_seconds is granted, or shortened, and reported',
      async (probe) => {
        const { ttl_seconds } = await probe.issue({ ttl_seconds: 45 })
        check(ttl_seconds > 0 && ttl_seconds <= 45, `ttl_seconds should be at most 45, was ${ttl_seconds}`)
      },
    ],
    [
      'a ttl_seconds out of 30 to 3600, or no integer, is 422',
      (probe) =>
        refusesAll(
          probe,
          [29, 3601, 60.5, '60'].map((ttl_seconds) => ({ ttl_seconds })),
        ),
    ],
    ['a single_use that is no boolean is 422', (probe) => refusesAll(probe, [{ single_use: 'yes' }])],
    [
      'permissions that are no strings, too many or too long are 422',
      (probe) =>
        refusesAll(
          probe,
          ['chat', [1], [''], ['x'.repeat(129)], Array.from({ length: 65 }, (_, i) => `p${i}`)].map((permissions) => ({
            permissions,
          })),
        ),
    ],
    [
      'metadata that is no object, or above 4 KiB, is 422',
      (probe) => refusesAll(probe, [{ metadata: [] }, { metadata: { x: 'x'.repeat(MAX_METADATA_BYTES) } }]),
    ],
    [
      'metadata of just under 4 KiB is accepted',
      async (probe) => void (await probe.issue({ metadata: { x: 'x'.repeat(MAX_METADATA_BYTES - 100) } })),
    ],
    ['a field that is not listed is 422', (probe) => refusesAll(probe, [{ user_id: 'somebody-else' }])],
    [
      'a body that is not sent as JSON is 415',
      async (probe) =>
        void refusedWith(
          await probe.ask('POST', '/ticket', { body: '{}', headers: { 'content-type': 'text/plain' } }),
          415,
        ),
    ],
    [
      'a body above 16 KiB is 413',
      async (probe) =>
        void refusedWith(await probe.ask('POST', '/ticket', { body: { metadata: { x: 'x'.repeat(17 * 1024) } } }), 413),
    ],
    [
      'a body that is no JSON is refused',
      async (probe) => void refusedWith(await probe.ask('POST', '/ticket', { body: '{"ttl_seconds":' }), 400, 422),
    ],
    [
      'a field that is null counts as missing (PR-09)',
      async (probe) =>
        isDefault(await probe.issue({ ttl_seconds: null, single_use: null, permissions: null, metadata: null })),
    ],
  ),
  ...rule(
    'PR-13',
    [
      'a permission that the user does not hold is 403, not left out',
      async (probe) =>
        void refusedWith(
          await probe.ask('POST', '/ticket', { body: { permissions: ['a-permission-that-nobody-holds'] } }),
          403,
        ),
    ],
    [
      'a ticket may carry fewer than its user holds',
      async (probe) => {
        const ticket = await probe.issue({ permissions: [] })
        const { json } = await probe.ask('GET', `/ticket/${probe.nameOf(ticket)}/validate`)
        equal('the permissions', JSON.stringify(json?.permissions), '[]')
      },
    ],
    [
      'a ticket does not outlive the JWT that it was issued for',
      async (probe) => {
        const end = claimOf(await probe.token(), 'exp')
        if (end === null) throw new SkippedRule('the JWT has no end that can be read')
        const { expires_at, created_at } = await probe.issue({ ttl_seconds: 3600 })
        if (end + CLOCK_TOLERANCE_SECONDS - created_at > 3600)
          throw new SkippedRule('the JWT ends later than any ticket could')
        check(
          expires_at <= end + CLOCK_TOLERANCE_SECONDS,
          `expires_at should be at most ${CLOCK_TOLERANCE_SECONDS} s after the JWT's exp, was ${(expires_at - end).toFixed(0)} s after it`,
        )
      },
      'a token that ends',
    ],
  ),
  ...rule('PR-14', [
    'the reported single_use is true',
    async (probe) => {
      const ticket = await probe.issue({ single_use: false })
      equal('the first connection', await probe.tryTicket(ticket), 'open')
      const outcome = await probe.tryTicket(ticket)
      if (ticket.single_use) check(outcome !== 'open', 'the ticket was said to be single-use, and opened twice')
      else equal('the second connection by a reusable ticket', outcome, 'open')
    },
  ]),
  ...rule('PR-15', [
    'a handle is the SHA-256 of its ticket',
    async (probe) => {
      const { ticket_id, ticket_handle } = await probe.issue()
      if (!ticket_handle) throw new SkippedRule('the backend sends no handle')
      check(ticket_handle === handleOf(ticket_id), 'ticket_handle should be SHA-256 of ticket_id in base64url')
    },
  ]),
  ...rule(
    'PR-16',
    [
      'websocket_url holds the ticket exactly once, and neither user nor fragment',
      async (probe) => {
        const { websocket_url, ticket_id } = await probe.issue()
        if (!websocket_url) throw sendsNone()
        const url = new URL(websocket_url)
        check(url.protocol === 'wss:' || url.protocol === 'ws:', `its scheme should be wss or ws, was ${url.protocol}`)
        equal('what it holds of users and fragments', url.username + url.password + url.hash, '')
        check(url.searchParams.getAll('ticket').join() === ticket_id, 'it should hold the ticket once, as ticket')
        equal('how often the ticket stands in it', websocket_url.split(ticket_id).length - 1, 1)
      },
    ],
    [
      'it is not made of what a request says about the host',
      async (probe) => {
        const headers = { 'x-forwarded-host': 'evil.example', forwarded: 'host=evil.example' }
        const { json } = await probe.ask('POST', '/ticket', { headers })
        if (!json?.websocket_url) throw sendsNone()
        const { hostname } = new URL(String(json.websocket_url))
        check(hostname !== 'evil.example', 'websocket_url followed X-Forwarded-Host')
      },
      'request headers',
    ],
  ),
]
