import { expect, test, vi } from 'vitest'
import { createAdmission } from '../../../src/server/admission.ts'
import type { ServerEvent } from '../../../src/server/server-events.ts'
import type { UpgradeDecision } from '../../../src/server/upgrade-decision.ts'

const request = { url: '/ws', origin: null, protocols: [], authorization: null }
const TURNED_AWAY = { kind: 'rejected', status: 503, reason: 'unavailable', retryAfterMs: 5_000 }
const refusal: UpgradeDecision = { kind: 'refused', code: 4401, reason: 'ticket_invalid', subprotocol: undefined }

function arrange({ maxPendingUpgrades = 2 } = {}) {
  const answers: ((decision: UpgradeDecision) => void)[] = []
  const told: ServerEvent[] = []
  const state = { isLeaving: false }
  const admission = createAdmission({
    authenticate: () => new Promise((resolve) => answers.push(resolve)),
    maxPendingUpgrades,
    maxConnectionsPerAddress: 10,
    isLeaving: () => state.isLeaving,
    emit: (event) => void told.push(event()),
  })
  const leave = vi.fn()
  const admit = () => admission.admit(request, leave)
  const reasons = () => told.map((event) => event.kind === 'upgrade_refused' && event.turnedAway)
  return { admission, admit, answers, leave, reasons, state }
}

test('a full server refuses upgrades with a reason; a decision makes room', async () => {
  const { admission, admit, answers, leave, reasons } = arrange({ maxPendingUpgrades: 1 })
  const first = admit()
  expect([admission.pending, await admit(), reasons()]).toEqual([1, TURNED_AWAY, ['full']])
  answers[0]?.(refusal)
  expect(await first).toEqual(refusal)
  expect([admission.pending, leave.mock.calls.length]).toEqual([0, 1])
})

test('a server that leaves turns upgrades away before and after their decision', async () => {
  const { admit, answers, reasons, state } = arrange()
  const early = admit()
  state.isLeaving = true
  expect(await admit()).toEqual(TURNED_AWAY)
  answers[0]?.(refusal)
  expect([await early, reasons()]).toEqual([TURNED_AWAY, ['leaving', 'leaving']])
})

test('one that closes does not wait for the decisions, and what comes of them later is ignored', async () => {
  const { admission, admit, answers, reasons } = arrange()
  const waiting = [admit(), admit()]
  admission.close()
  expect(await Promise.all(waiting)).toEqual([TURNED_AWAY, TURNED_AWAY])
  expect([admission.pending, reasons()]).toEqual([0, ['leaving', 'leaving']])
  for (const answer of answers) answer(refusal)
})
