// How often a user or an address may ask: PROTOCOL.md, PR-93. The limits are those of this library's server.

import { isErrorFrame } from '../../../contract/wire.ts'
import { systemClock } from '../../../platform/system-platform.ts'
import { check, equal } from '../outcome.ts'
import type { Answer, Probe } from '../probe.ts'
import { rule } from '../rule.ts'

/** A bucket that is empty is full again after this long: each is refilled twice as fast a minute as it holds. */
const REFILL_MS = 30_000

/**
 * Sends batches until one of them holds a 429, and counts the requests before it. Meanwhile the bucket is refilled, so that more
 * than the burst may be granted, but not more than the burst and what was refilled.
 */
async function exhaust(send: () => Promise<Answer>, batch: number, { burst, perMinute }: typeof PER_ADDRESS) {
  const startedAtMs = systemClock.now()
  for (let granted = 0; ; granted += batch) {
    const answers = await Promise.all(Array.from({ length: batch }, send))
    const refused = answers.find(({ status }) => status === 429)
    const most = burst + ((systemClock.now() - startedAtMs) * perMinute) / 60_000
    if (refused) {
      check(
        granted + batch > burst,
        `${burst} at once should be granted; one of the first ${granted + batch} was refused`,
      )
      check(Number(refused.headers.get('retry-after')) > 0, 'Retry-After should say how long to wait')
      return
    }
    check(
      granted + batch <= most,
      `${burst} at once and ${perMinute} a minute are the limit; ${granted + batch} were granted`,
    )
  }
}

const PER_USER = { burst: 60, perMinute: 120 }
const PER_ADDRESS = { burst: 300, perMinute: 600 }

async function issueAndRevoke(probe: Probe): Promise<Answer> {
  const answer = await probe.ask('POST', '/ticket')
  // An unspent ticket would count toward another limit (PR-94).
  if (answer.status === 200)
    await probe.ask('DELETE', `/ticket/${answer.json?.ticket_handle ?? answer.json?.ticket_id}`)
  return answer
}

export const rateLimits = [
  ...rule(
    'PR-93',
    [
      'a user gets 60 tickets at once and 120 a minute; one more is 429 with Retry-After',
      async (probe) => {
        await probe.pass(REFILL_MS)
        await exhaust(() => issueAndRevoke(probe), 10, PER_USER)
        await probe.pass(REFILL_MS)
      },
      'library limits',
      'time',
    ],
    [
      'an address sends 300 public requests at once and 600 a minute; one more is 429 with Retry-After',
      (probe) => exhaust(() => probe.ask('GET', '/tickets/status', { jwt: null }), 50, PER_ADDRESS),
      'library limits',
    ],
    [
      'a connection takes 5 ts:auth_refresh at once; one more is answered with too_many',
      async (probe) => {
        const dialled = await probe.open()
        for (let sent = 1; sent <= 6; sent++) {
          dialled.send({ type: 'ts:auth_refresh', ticket: 'A'.repeat(43) })
          const error = await dialled.next('ts:error')
          check(isErrorFrame(error), 'an error frame holds a code and a message')
          equal(`the code of error ${sent}`, error.code, sent > 5 ? 'too_many' : 'ticket_invalid')
        }
        await dialled.alive()
      },
      'library limits',
    ],
  ),
]
