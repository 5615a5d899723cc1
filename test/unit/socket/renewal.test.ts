import { expect, test } from 'vitest'
import type { CredentialSource, Grant, Outcome } from '../../../src/index.ts'
import { startRenewal } from '../../../src/socket/renewal.ts'

async function arrange() {
  const reports: Outcome[] = []
  const grant = {
    refreshFrame: () => ({ type: 'ts:auth_refresh', ticket: 'T'.repeat(43) }),
    report: (outcome: Outcome) => reports.push(outcome),
  } as unknown as Grant
  let failures = 0
  const auth = { acquire: async () => grant } as unknown as CredentialSource
  const renewal = startRenewal({ auth, send: () => true, onFailed: () => failures++ }, 'renewal-1')
  for (let i = 0; i < 5; i++) await Promise.resolve()
  return { renewal, reports, failures: () => failures }
}

test.each([
  ['unavailable', 'ended'],
  ['ticket_invalid', 'refused'],
])('a renewal that the server answers with %s is reported as %s', async (code, kind) => {
  const { renewal, reports, failures } = await arrange()
  expect(renewal.refused('renewal-1', code)).toBe(true)
  expect(reports).toEqual([{ kind }])
  expect(failures()).toBe(1)
})

test('a frame of the app that is refused is none of the renewal’s', async () => {
  const { renewal, reports } = await arrange()
  expect(renewal.refused('request-1', 'unavailable')).toBe(false)
  expect(reports).toEqual([])
})

test('an extended session goes on with the ticket that the renewal sent; without one of its own it does not', async () => {
  const { renewal, reports } = await arrange()
  expect(renewal.accepted()?.refreshFrame()).toMatchObject({ type: 'ts:auth_refresh' })
  expect(reports).toEqual([{ kind: 'accepted' }])
  const auth = { acquire: () => new Promise(() => {}) } as unknown as CredentialSource
  const hanging = startRenewal({ auth, send: () => true, onFailed: () => {} }, 'renewal-2')
  expect(hanging.accepted()).toBeNull()
})
