import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { CHANGES } from './changes.ts'
import { baselineProblem, buildProblem, changeProblems } from './check.ts'
import { readBaseline, readRecord, recordNames } from './records.ts'
import { record } from './scenario.ts'
import { SCENARIOS } from './scenarios/index.ts'

const changelog = readFileSync(new URL('../../../CHANGELOG.md', import.meta.url), 'utf8')
const fileOf = (name: string) => readRecord(name) ?? ''

describe.each(SCENARIOS.map((scenario) => [scenario.name, scenario] as const))(
  'with the flag off, %s',
  (name, scenario) => {
    test('shows an app what it showed before, except for what CHANGELOG.md names', async () => {
      const problem = buildProblem(name, fileOf(name), await record(scenario))
      if (problem !== null) expect.fail(problem)
    })

    test('is compared with the baseline as it was recorded', () => {
      expect(baselineProblem(name, fileOf(name), readBaseline().sha256[name])).toBeNull()
    })

    test('is the same on each run', async () => {
      expect(await record(scenario)).toEqual(await record(scenario))
    })
  },
)

test('there are twelve scenarios at least, and a record of each', () => {
  expect(SCENARIOS.length).toBeGreaterThanOrEqual(12)
  expect(recordNames().sort()).toEqual(SCENARIOS.map(({ name }) => name).sort())
})

test('every line that differs is named by a sentence of CHANGELOG.md, and every such sentence changes a line', () => {
  expect(changeProblems(recordNames().map(fileOf), CHANGES, changelog)).toEqual([])
})

test('with the flag off no ticket is requested', async () => {
  for (const scenario of SCENARIOS) {
    const lines = await record(scenario)
    expect(lines.filter((line) => /request .*POST|ticketIssued|[?&]ticket=/.test(line))).toEqual([])
  }
})
