// The checker is shown what is wrong.

import { describe, expect, test } from 'vitest'
import { createVirtualClock } from '../../support/virtual-clock.ts'
import { baselineProblem, buildProblem, changeProblems, hashOf } from './check.ts'
import { baselineOf, differences, parseRecord, presentOf, printRecord, withPresent } from './record-file.ts'
import { createRecorder } from './recorder.ts'
import { record } from './scenario.ts'
import { ownServer } from './scenarios/own-server.ts'

const BASELINE = [
  '# A scenario',
  '',
  '## An act',
  '',
  '0 ms  dial 1',
  '9 ms  hears {"type":"ping"}',
  '9 ms  event open',
]
const NOW = BASELINE.map((line) => line.replace('"ping"', '"ts:ping"'))
const recorded = printRecord(BASELINE.map((text) => ({ kind: 'both', text })))
const named = printRecord(withPresent(parseRecord(recorded), NOW, 'prefix') ?? [])

describe('a build', () => {
  test('that does what the record says has no problem', () => {
    expect(buildProblem('a', recorded, BASELINE)).toBeNull()
    expect(buildProblem('a', named, NOW)).toBeNull()
  })

  test.each([
    [
      'with another line',
      BASELINE.with(5, '9 ms  hears {"type":"pong"}'),
      ['- 9 ms  hears {"type":"ping"}', '+ 9 ms  hears {"type":"pong"}'],
    ],
    ['with one line more', [...BASELINE, '9 ms  event lost'], ['+ 9 ms  event lost']],
    ['with one line less', BASELINE.slice(0, -1), ['- 9 ms  event open']],
    [
      'with two lines in another order',
      [...BASELINE.slice(0, 5), ...BASELINE.slice(5).reverse()],
      ['+ 9 ms  hears {"type":"ping"}'],
    ],
    ['that has lost a change', BASELINE, ['+ 9 ms  hears {"type":"ping"}'], named],
  ])('%s is shown with the act, the lines and what to do', (_, built, lines, file = recorded) => {
    const problem = buildProblem('a', file, built)
    for (const line of ['## An act', ...lines, 'npm run record:flag-off', 'mend the client'])
      expect(problem).toContain(line)
  })

  test('that differs in one frame of a real record is found', async () => {
    const built = await record(ownServer)
    const file = printRecord(built.map((text) => ({ kind: 'both', text })))
    expect(buildProblem('a', file, built)).toBeNull()
    const wrong = built.map((line) => line.replace('connect()', 'connects()'))
    expect(buildProblem('a', file, wrong)).toContain('connects()')
  })
})

describe('a record', () => {
  test('holds baseline and present, and says by name what lies between them', () => {
    expect(named.split('\n').slice(5, 7)).toEqual([
      '-{prefix} 9 ms  hears {"type":"ping"}',
      '+{prefix} 9 ms  hears {"type":"ts:ping"}',
    ])
    expect(baselineOf(parseRecord(named))).toEqual(BASELINE)
    expect(presentOf(parseRecord(named))).toEqual(NOW)
    expect(printRecord(parseRecord(named))).toBe(named)
  })

  test('takes no line that differs without a name', () => {
    expect(withPresent(parseRecord(recorded), NOW, null)).toBeNull()
    expect(withPresent(parseRecord(recorded), BASELINE, null)).not.toBeNull()
  })

  test('keeps the names that it has when another change comes', () => {
    const both = printRecord(withPresent(parseRecord(named), [...NOW, '9 ms  event lost'], 'other') ?? [])
    expect(both).toBe(`${named}+{other} 9 ms  event lost\n`)
    expect(withPresent(parseRecord(both), [...NOW, '9 ms  event lost'], null)).toEqual(parseRecord(both))
  })

  test('loses the names of what is as it was', () => {
    expect(printRecord(withPresent(parseRecord(named), BASELINE, null) ?? [])).toBe(recorded)
  })

  test('whose baseline was edited is found', () => {
    const hash = hashOf(BASELINE)
    expect(baselineProblem('a', named, hash)).toBeNull()
    expect(baselineProblem('a', recorded.replace('event open', 'event closed'), hash)).toContain('was changed')
    expect(baselineProblem('a', named.replace(/^-.*\n/m, ''), hash)).toContain('was changed')
    expect(baselineProblem('a', named, undefined)).toContain('was changed')
  })

  test('that a merge has left in conflict is not read', () => {
    expect(() => parseRecord(`<<<<<<< HEAD\n${recorded}`)).toThrow(/^line 1 begins with/)
  })
})

describe('a change', () => {
  const SENTENCE = 'The frames of the protocol begin with `ts:` now.'
  const CHANGELOG = '# Changelog\n\n- The frames of the protocol\n  begin with `ts:` now. *Before:* they did not.'

  test('that is named everywhere has no problem, wherever the lines of CHANGELOG.md break', () => {
    expect(changeProblems([recorded, named], { prefix: SENTENCE }, CHANGELOG)).toEqual([])
  })

  test.each([
    ['that changes.ts does not know', [named], {}, 'prefix is named in a record and not in changes.ts'],
    ['that changes nothing any more', [recorded], { prefix: SENTENCE }, 'changes no line'],
    ['whose sentence is not in CHANGELOG.md', [named], { prefix: SENTENCE.replace('now', 'then') }, 'word for word'],
    ['whose sentence is a word', [named], { prefix: 'Changelog' }, 'must be a whole sentence'],
  ])('%s is found', (_, files, changes, words) => {
    expect(changeProblems(files, changes, CHANGELOG)).toEqual([expect.stringContaining(words)])
  })
})

test('a difference is as small as it can be', () => {
  const found = differences(['a', 'b', 'c', 'd'], ['a', 'c', 'x', 'd'])
  expect(found.map(({ kind, text }) => `${kind} ${text}`)).toEqual([
    'both a',
    'baseline b',
    'both c',
    'present x',
    'both d',
  ])
})

describe('the recorder', () => {
  function arrangeRecorder() {
    const lines: string[] = []
    const clock = createVirtualClock()
    return { lines, clock, recorder: createRecorder(clock, lines) }
  }

  test('writes the time, who and what, with names instead of credentials', async () => {
    const { lines, clock, recorder } = arrangeRecorder()
    const jwt = recorder.names.jwt('jwt of alice', { sub: 'alice' })
    recorder.write('asks', jwt)
    await clock.advance(25)
    recorder.write('dial 1', `jwt.${btoa(jwt).replace(/=+$/, '')}`)
    expect(lines.map((line) => line.trim().split(/ {2,}/))).toEqual([
      ['0 ms', 'asks', '<jwt of alice>'],
      ['25 ms', 'dial 1', 'jwt.<base64url of jwt of alice>'],
    ])
  })

  test('writes a call, what it returned or threw, and what became of its promise', async () => {
    const { lines, recorder } = arrangeRecorder()
    const target = recorder.calls('app', {
      returns: () => ({ status: 'sent' }),
      resolves: async (name: string) => `hello ${name}`,
      throws: () => {
        throw new TypeError('no')
      },
    })
    target.returns()
    await target.resolves('alice')
    expect(() => target.throws()).toThrow('no')
    expect(lines.map((line) => line.trim().split(/ {2,}/).slice(1))).toEqual([
      ['app', 'returns()'],
      ['returns', '{"status":"sent"}'],
      ['app', 'resolves("alice")'],
      ['resolves', 'resolves("alice") → "hello alice"'],
      ['app', 'throws()'],
      ['throws', '{"error":"TypeError"}'],
    ])
  })
})
