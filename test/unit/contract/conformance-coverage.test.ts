// docs/conformance.md, held to the rules of PROTOCOL.md and to the checks: each rule has a check, or a line that says why not.

import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { conformanceRules } from '../../../src/mock/conformance/index.ts'

const page = readFileSync('docs/conformance.md', 'utf8')

/** The numbers of `PR-01 to PR-03, PR-05`. */
const numbersOf = (list: string) =>
  list.split(', ').flatMap((range) => {
    const [from = Number.NaN, to = from] = [...range.matchAll(/PR-(\d\d)/g)].map((match) => Number(match[1]))
    return Array.from({ length: to - from + 1 }, (_, index) => from + index)
  })

const all = [...readFileSync('PROTOCOL.md', 'utf8').matchAll(/^\*\*PR-(\d\d)\.\*\*/gm)].map((match) => Number(match[1]))
const checked = [...new Set(conformanceRules.map(({ id }) => Number(id.slice(3, 5))))]
const unchecked = [...page.matchAll(/^\| (PR-[^|]+) \|/gm)].flatMap(([, rules = '']) => numbersOf(rules))
const ofClients = numbersOf(/^PR-01 to [^.]+\.$/m.exec(page)?.[0].slice(0, -1) ?? '')

test('each rule has a check, a reason why it has none, or binds a client; and only one of these', () => {
  const explained = [...checked, ...unchecked, ...ofClients].sort((a, b) => a - b)
  expect(explained).toEqual([...all].sort((a, b) => a - b))
})

test('the page of the mock says how many checks there are', () => {
  expect(readFileSync('docs/mock.md', 'utf8')).toContain(`are published as ${conformanceRules.length} checks`)
})
