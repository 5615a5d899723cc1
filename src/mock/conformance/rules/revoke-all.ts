// Sign out of all sessions: PROTOCOL.md, PR-19. Tried late, since each of them invalidates the user's JWT.

import { isRevokeAllResponse } from '../../../contract/wire.ts'
import { check, equal, SkippedRule } from '../outcome.ts'
import type { Probe } from '../probe.ts'
import { claimOf, rule } from '../rule.ts'

async function revokeAll(probe: Probe, jwt: string): Promise<number> {
  const { status, json } = await probe.ask('DELETE', '/tickets', { jwt })
  equal('the status of DELETE /tickets', status, 200)
  check(isRevokeAllResponse(json) && json.success, 'it should be answered with { success: true, revoked }')
  return json.revoked
}

/** A JWT that is newer than any revoke-all before: some count their `iat` in whole seconds. */
export async function renewed(probe: Probe): Promise<string> {
  const iat = claimOf(await probe.token(), 'iat')
  await probe.pass(Number.isInteger(iat) ? 1_100 : 5)
  return (await probe.target.renewToken?.()) ?? ''
}

/** A JWT that was issued after a revoke-all, in the second of the one that asked for it. */
async function renewedWithinTheSecond(probe: Probe): Promise<string> {
  for (let tries = 0; tries < 5; tries++) {
    const asking = await renewed(probe)
    await revokeAll(probe, asking)
    const jwt = (await probe.target.renewToken?.()) ?? ''
    const iat = claimOf(jwt, 'iat')
    if (!Number.isInteger(iat)) break
    if (iat === claimOf(asking, 'iat')) return jwt
  }
  throw new SkippedRule('its JWTs do not count whole seconds, or it takes a second to issue one')
}

export const revokeAllRules = [
  ...rule(
    'PR-19',
    [
      'unspent tickets are counted, and open nothing from then on',
      async (probe) => {
        const jwt = await renewed(probe)
        const tickets = [await probe.issue(undefined, jwt), await probe.issue(undefined, jwt)]
        check((await revokeAll(probe, jwt)) >= 2, 'revoked should count the unspent tickets')
        for (const ticket of tickets) equal('the connection', await probe.tryTicket(ticket), '4401 ticket_invalid')
      },
      'a new token',
    ],
    [
      'the user’s connections close with 4410',
      async (probe) => {
        const jwt = await renewed(probe)
        const [byTicket, byJwt] = [await probe.open(jwt), await probe.dialByJwt(jwt)]
        await byJwt.opened()
        await byJwt.next('ts:connection_established')
        await revokeAll(probe, jwt)
        for (const { ended } of [byTicket, byJwt]) equal('the code', (await ended()).code, 4410)
      },
      'a new token',
    ],
    [
      'the JWT of the revoke-all gets no ticket and opens no connection',
      async (probe) => {
        const jwt = await renewed(probe)
        await revokeAll(probe, jwt)
        equal('the status of POST /ticket', (await probe.ask('POST', '/ticket', { jwt })).status, 401)
        equal('the connection', await (await probe.dialByJwt(jwt)).outcome(), '4401 jwt_invalid')
      },
      'a new token',
    ],
    [
      'a JWT that is issued afterwards works',
      async (probe) => {
        await revokeAll(probe, await renewed(probe))
        const jwt = await renewed(probe)
        const ticket = await probe.issue(undefined, jwt)
        equal('the connection by ticket', await probe.tryTicket(ticket), 'open')
        equal('the connection by JWT', await (await probe.dialByJwt(jwt)).outcome(), 'open')
      },
      'a new token',
    ],
    [
      'another user is left alone',
      async (probe) => {
        const theirs = await probe.issue(undefined, await probe.otherToken())
        const connection = await probe.open(await probe.otherToken())
        await revokeAll(probe, await renewed(probe))
        await connection.alive()
        equal('the connection by their ticket', await probe.tryTicket(theirs), 'open')
      },
      'a new token',
      'another user',
    ],
    [
      'a JWT of the very second of the revoke-all is refused, where JWTs count whole seconds',
      async (probe) => {
        const jwt = await renewedWithinTheSecond(probe)
        equal('the status of POST /ticket', (await probe.ask('POST', '/ticket', { jwt })).status, 401)
        equal('the connection', await (await probe.dialByJwt(jwt)).outcome(), '4401 jwt_invalid')
      },
      'a new token',
    ],
  ),
]
