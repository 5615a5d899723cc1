// A server that leaves: PROTOCOL.md, PR-74. Tried last, since no server may be there afterwards.

import { CLOSE } from '../../../contract/close-codes.ts'
import { isGoingAway } from '../../../contract/wire.ts'
import { check, equal } from '../outcome.ts'
import { rule } from '../rule.ts'
import { renewed } from './revoke-all.ts'

/** 1012 is what servers sent before there was 4512. */
const CODES: readonly number[] = [CLOSE.restart, CLOSE.serviceRestart]

export const restart = rule('PR-74', [
  'a server that leaves announces it, then closes with 4512 or 1012 and a wait; without the protocol with 1012',
  async (probe) => {
    // The rules about revoke-all, which come before, have invalidated the JWT that they used.
    const jwt = probe.target.renewToken ? await renewed(probe) : await probe.token()
    const plain = await probe.dialWith(await probe.issue(undefined, jwt), { protocols: [] })
    await plain.opened()
    const negotiated = await probe.open(jwt)
    await probe.target.restart?.()
    const { code, reason } = await negotiated.ended()
    check(CODES.includes(code), `the code should be 4512 or 1012, was ${code}`)
    check(/;retry_after_ms=\d+$/.test(reason), `the reason should end with ;retry_after_ms=n, was ${reason || 'empty'}`)
    check(negotiated.messages.some(isGoingAway), 'ts:going_away did not come before the close')
    equal('the code without the protocol', (await plain.ended()).code, CLOSE.serviceRestart)
  },
  'a restart',
])
