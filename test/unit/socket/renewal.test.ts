import { expect, test } from 'vitest'
import type { Credential, CredentialSource, Outcome } from '../../../src/index.ts'
import { startRenewal } from '../../../src/socket/renewal.ts'

const plain = { send: () => true, present: undefined, takesJwt: false }

async function arrange() {
  const reports: Outcome[] = []
  const grant = {
    refreshFrame: () => ({ type: 'ts:auth_refresh', ticket: 'T'.repeat(43) }),
    report: (outcome: Outcome) => reports.push(outcome),
  } as unknown as Credential
  let failures = 0
  const auth = { acquire: async () => grant } as unknown as CredentialSource
  const renewal = startRenewal({ ...plain, auth, onFailed: () => failures++ }, 'renewal-1')
  for (let i = 0; i < 5; i++) await Promise.resolve()
  return { renewal, reports, failures: () => failures }
}

test.each([
  ['unavailable', 'ended'],
  ['too_many', 'ended'],
  ['invalid_message', 'ended'],
  ['jwt_invalid', 'refused'],
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
  const hanging = startRenewal({ ...plain, auth, onFailed: () => {} }, 'renewal-2')
  expect(hanging.accepted()).toBeNull()
})

test('the JWT with which the session goes on already is not sent, and the app may be asked again', async () => {
  const outcomes: Outcome[] = []
  const sent: string[] = []
  const failures: boolean[] = []
  const grant = {
    refreshFrame: () => ({ type: 'ts:auth_refresh', jwt: 'a.b.c' }),
    report: (outcome: Outcome) => outcomes.push(outcome),
  } as unknown as Credential
  const auth = { acquire: async () => grant } as unknown as CredentialSource
  const send = (text: string) => sent.push(text) > 0
  startRenewal({ auth, send, onFailed: (again) => failures.push(again), present: grant, takesJwt: true }, 'renewal-1')
  for (let i = 0; i < 5; i++) await Promise.resolve()
  expect([sent, outcomes, failures]).toEqual([[], [{ kind: 'unused' }], [true]])
})

test.each([
  [true, undefined],
  [false, 'ticket'],
])('where the server takes a JWT: %s, the credential is to be: %s', async (takesJwt, only) => {
  const asked: unknown[] = []
  const auth = {
    acquire: (options: object) => new Promise(() => asked.push(options)),
  } as unknown as CredentialSource
  startRenewal({ ...plain, auth, onFailed: () => {}, takesJwt }, 'renewal-1')
  expect(asked).toEqual([{ signal: expect.any(AbortSignal), only, renew: true }])
})
