import { expect, test } from 'vitest'
import { checkFlag, type FeatureFlag, readFlag } from '../../../src/auth/feature-flag.ts'

const users = Array.from({ length: 10_000 }, (_, i) => `user-${i}`)
const on = (flag: FeatureFlag) => users.filter((user) => readFlag(flag, user) === true)

test('a boolean is the same for everybody, also without a user', () => {
  expect([readFlag(true, null), readFlag(false, 'alice')]).toEqual([true, false])
})

test('a function is asked each time, and may answer with a promise', async () => {
  let answer = false
  const flag = () => answer
  expect(readFlag(flag, 'alice')).toBe(false)
  answer = true
  expect(readFlag(flag, 'alice')).toBe(true)
  await expect(readFlag(async () => true, 'alice')).resolves.toBe(true)
})

test.each([0.01, 0.1, 0.5, 0.9])('a roll-out of %d reaches that share of the users', (rollout) => {
  expect(Math.abs(on({ rollout }).length / users.length - rollout)).toBeLessThan(0.015)
})

test('a roll-out is sticky, and grows without losing anybody', () => {
  const ten = on({ rollout: 0.1 })
  expect(on({ rollout: 0.1 })).toEqual(ten)
  const thirty = new Set(on({ rollout: 0.3 }))
  expect(ten.every((user) => thirty.has(user))).toBe(true)
})

test('another salt draws other users', () => {
  const first = new Set(on({ rollout: 0.1, salt: 'a' }))
  const shared = on({ rollout: 0.1, salt: 'b' }).filter((user) => first.has(user))
  expect(shared.length).toBeLessThan(first.size / 2)
})

test('a roll-out reaches all at 1, none at 0, and never somebody without an id', () => {
  expect(on({ rollout: 1 })).toHaveLength(users.length)
  expect(on({ rollout: 0 })).toHaveLength(0)
  expect(readFlag({ rollout: 1 }, null)).toBe(false)
})

test.each([null, 'true', 1, { rollout: 2 }, { rollout: Number.NaN }, {}])('refuses %j by name', (flag) => {
  expect(() => checkFlag('ticketAuth', flag as FeatureFlag)).toThrow(/^ticketAuth must be a boolean/)
})
