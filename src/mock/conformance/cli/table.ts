import type { ConformanceReport, RuleResult } from '../run.ts'

const WIDTH = 110

/** One rule as a line, and below it the actual result or why the rule was skipped. */
export function rowOf({ id, title, outcome, detail }: RuleResult): string {
  const row = `${outcome.padEnd(8)}${id.padEnd(10)}${title}`
  return detail === undefined ? row : [row, ...wrapped(detail).map((line) => `${' '.repeat(18)}${line}`)].join('\n')
}

function wrapped(text: string): string[] {
  const lines: string[] = []
  for (const word of text.split(/\s+/)) {
    const last = lines.at(-1)
    if (last === undefined || last.length + word.length >= WIDTH - 18) lines.push(word)
    else lines[lines.length - 1] = `${last} ${word}`
  }
  return lines
}

/** What ends the table. When a missing origin may be to blame, it says so. */
export function summaryOf({ results, kept, broken, skipped }: ConformanceReport, sentOrigin: boolean): string {
  const count = `${kept} kept, ${broken} broken, ${skipped} skipped`
  const byOrigin = results.filter(
    ({ outcome, detail }) => outcome === 'broken' && detail?.includes('4403 origin'),
  ).length
  return byOrigin > 3 && !sentOrigin
    ? `${count}\nThe server refuses connections without an origin: name one with --origin.`
    : count
}
