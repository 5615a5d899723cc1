// What a walk over many schedules has seen, as Markdown.

import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { FAULTS } from './faults/index.ts'
import type { Walk } from './walk.ts'

const PAGE = fileURLToPath(new URL('../../docs/simulation.md', import.meta.url))
const BEGIN = '<!-- summary -->'
const END = '<!-- end of summary -->'

const git = (...args: string[]) => execFileSync('git', args, { encoding: 'utf8' }).trim()

/** Of the sources and tests that ran, not of what was written about them. */
function commit(): string {
  const isChanged = git('status', '--porcelain', '--', 'src', 'test', 'scripts') !== ''
  return `${git('rev-parse', '--short=12', 'HEAD')}${isChanged ? ' with changes' : ''}`
}

export function summaryOf({ schedules, virtualMs, seconds, reached, inflicted, failure }: Walk, from: number): string {
  const hours = Math.round(virtualMs / 3_600_000)
  const kinds = Object.keys(FAULTS).length
  const rows = (counts: Map<string, number>) =>
    [...counts].sort(([, a], [, b]) => b - a).map(([what, times]) => `| ${what} | ${times} |`)
  return [
    `\`npm run simulate -- --schedules ${schedules} --from ${from}\` at commit \`${commit()}\`:`,
    '',
    `- ${schedules} schedules, ${hours} hours of virtual time, ${Math.round(virtualMs / schedules / 1_000)} s each on average`,
    `- ${failure ? `seed ${failure.seed} broke a rule` : 'no rule was broken'}`,
    `- ${kinds} kinds of faults, of which ${inflicted.size} were inflicted`,
    `- ${Math.round(seconds)} s, ${Math.round(schedules / seconds)} schedules a second`,
    '',
    '| state | schedules that reached it |',
    '| --- | --- |',
    ...rows(reached),
    '',
    '| fault | schedules that had it |',
    '| --- | --- |',
    ...rows(inflicted),
  ].join('\n')
}

export function writeSummary(summary: string) {
  const page = readFileSync(PAGE, 'utf8')
  const [before, after] = [page.indexOf(BEGIN), page.indexOf(END)]
  if (before < 0 || after < before) throw new Error(`${PAGE} must hold ${BEGIN} and ${END}`)
  writeFileSync(PAGE, `${page.slice(0, before + BEGIN.length)}\n\n${summary}\n\n${page.slice(after)}`)
}
