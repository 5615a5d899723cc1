import { readFileSync } from 'node:fs'
import { inspect } from 'node:util'
import { describe, expect, test } from 'vitest'
import { ERROR_CODES, isTicketSocketError, TicketSocketError } from '../../../src/contract/errors.ts'

describe('a TicketSocketError', () => {
  test('carries its code, its words, and whatever led to it', () => {
    const cause = new Error('socket hang up')
    const error = new TicketSocketError('rate_limited', 'Wait before asking again.', {
      cause,
      status: 429,
      retryAfterMs: 2_000,
    })
    expect(error).toBeInstanceOf(Error)
    expect(error).toMatchObject({ name: 'TicketSocketError', code: 'rate_limited', status: 429, retryAfterMs: 2_000 })
    expect(error.message).toBe('Wait before asking again.')
    expect(error.cause).toBe(cause)
  })

  test('has no cause where there is none', () => {
    expect('cause' in new TicketSocketError('network', 'Unreachable.')).toBe(false)
  })

  test('shows its brand to nobody: neither in a log nor as JSON', () => {
    const error = new TicketSocketError('network', 'Unreachable.')
    expect(inspect(error)).not.toContain('ticket-socket.error')
    expect(Object.keys(error)).toEqual(expect.arrayContaining(['code', 'retryable']))
    expect(JSON.parse(JSON.stringify(error))).toEqual({
      name: 'TicketSocketError',
      code: 'network',
      retryable: true,
    })
  })
})

describe('isTicketSocketError', () => {
  test('knows an error of another copy of this package', () => {
    const foreign = Object.defineProperty(new Error('elsewhere'), Symbol.for('ticket-socket.error'), { value: true })
    expect(isTicketSocketError(foreign)).toBe(true)
    expect(foreign).toBeInstanceOf(TicketSocketError)
  })

  test('a class derived from it has its own instances only', () => {
    class Mine extends TicketSocketError {}
    expect(new Mine('network', 'Unreachable.')).toBeInstanceOf(Mine)
    expect(new Mine('network', 'Unreachable.')).toBeInstanceOf(TicketSocketError)
    expect(new TicketSocketError('network', 'Unreachable.')).not.toBeInstanceOf(Mine)
  })

  test.each([
    ['an error with such a code', Object.assign(new Error('x'), { code: 'network' })],
    ['an error with such a name', Object.assign(new Error('x'), { name: 'TicketSocketError' })],
    [
      'what looks like one and is no error',
      { code: 'network', retryable: true, [Symbol.for('ticket-socket.error')]: true },
    ],
    ['a text', 'network'],
    ['null', null],
    ['undefined', undefined],
  ])('is not taken in by %s', (_what, value) => {
    expect(isTicketSocketError(value)).toBe(false)
  })
})

describe('docs/errors.md', () => {
  const sections = readFileSync('docs/errors.md', 'utf8')
    .split(/^### /m)
    .slice(1)
    .map((section) => ({ heading: section.split('\n')[0] ?? '', text: section }))

  test('every code has exactly one heading, and every heading is a code', () => {
    const expected = ERROR_CODES.map((code) => `\`${code}\``)
    expect(sections.map(({ heading }) => heading).sort()).toEqual([...expected].sort())
  })

  test.each(ERROR_CODES)('%s is described as retryable or not, as the code has it', (code) => {
    const text = sections.find(({ heading }) => heading === `\`${code}\``)?.text
    const said = /^Retryable: (yes|no)\.$/m.exec(text ?? '')?.[1]
    expect(said).toBe(new TicketSocketError(code, 'x').retryable ? 'yes' : 'no')
  })

  test.each(ERROR_CODES)('%s has a meaning and a remedy', (code) => {
    const text = sections.find(({ heading }) => heading === `\`${code}\``)?.text
    expect(text).toMatch(/^\*\*Meaning\.\*\* \S/m)
    expect(text).toMatch(/^\*\*Remedy\.\*\* \S/m)
  })
})
