import { expect, test } from 'vitest'
import { createTokenStates } from '../../../src/auth/token-states.ts'

test('knows sixty-four tokens at most, and forgets first what it has not seen for longest', () => {
  const tokens = createTokenStates()
  for (let i = 0; i < 10_000; i++) {
    tokens.note(`token-${i}`, 'used')
    tokens.note('seen again and again', 'used')
  }
  expect([...tokens.values()]).toHaveLength(64)
  expect(tokens.is('seen again and again', 'used')).toBe(true)
})

test('a refused token that is replaced stays refused: it counts', () => {
  const tokens = createTokenStates()
  tokens.refuse('token')
  tokens.refuse('another')
  tokens.replace('token')
  expect(tokens.hasRefusedEnough()).toBe(true)
})
