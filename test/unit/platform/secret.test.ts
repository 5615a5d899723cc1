import { format, inspect } from 'node:util'
import { describe, expect, test } from 'vitest'
import { Secret } from '../../../src/platform/secret.ts'

const VALUE = 'the-jwt-of-alice'
const secret = new Secret(VALUE)

test('reveal() gives the value', () => {
  expect(secret.reveal()).toBe(VALUE)
})

describe('nothing else does', () => {
  test.each([
    ['a template', () => `${secret}`],
    ['String()', () => String(secret)],
    ['adding it to a text', () => `token: ${secret.toString()}`],
    ['JSON', () => JSON.stringify({ token: secret, list: [secret] })],
    ['console.log', () => format(secret)],
    ['console.log with a placeholder', () => format('%s %o %j %O', secret, secret, secret, secret)],
    ['console.log of what holds it', () => format({ held: { token: secret } })],
    ['inspect with everything on', () => inspect(secret, { showHidden: true, depth: null, getters: true })],
    ['an error', () => inspect(Object.assign(new Error(`refused ${secret}`), { secret }))],
  ])('%s', (_what, print) => {
    expect(print()).toContain('[redacted]')
    expect(print()).not.toContain(VALUE)
  })

  test.each([
    ['its own fields', () => [...Object.values(secret), ...Reflect.ownKeys(secret)]],
    ['a copy of it', () => Object.values({ ...secret })],
    ['the structured clone that postMessage makes', () => Object.values(structuredClone({ ...secret }))],
  ])('%s', (_what, read) => {
    expect(read()).toEqual([])
  })
})
