// Finds what is wrong between a build, its records and CHANGELOG.md. Nothing here reads a file.

import { createHash } from 'node:crypto'
import { baselineOf, differences, parseRecord, presentOf, type RecordLine } from './record-file.ts'

/** Lines of a difference that are shown. */
const MAX_SHOWN = 60

const WHAT_TO_DO = `
Nothing changes for an app with the flag off, except what CHANGELOG.md names. Either mend the client, or, where the
change is meant:
  1. tell it to users in CHANGELOG.md (*Before:* … *Now:* …);
  2. give that sentence a name in test/unit/flag-off/changes.ts;
  3. run: npm run record:flag-off -- THE-NAME
  4. read the difference in test/unit/flag-off/records.`

export const hashOf = (baseline: readonly string[]): string =>
  createHash('sha256').update(baseline.join('\n')).digest('hex')

/** The build against the record. Null: it does what the record says. */
export function buildProblem(scenario: string, file: string, built: readonly string[]): string | null {
  const found = differences(presentOf(parseRecord(file)), built)
  const changed = found.filter(({ kind }) => kind !== 'both')
  if (changed.length === 0) return null
  const shown = withHeadings(found).slice(0, MAX_SHOWN)
  const more = changed.length > MAX_SHOWN ? `\n… of ${changed.length} lines that differ` : ''
  return `${scenario}: the build (+) does not do what its record (-) says.\n${shown.join('\n')}${more}\n${WHAT_TO_DO}`
}

/** The lines that differ, each act's below its heading. */
function withHeadings(found: ReturnType<typeof differences>): string[] {
  let heading: string | null = null
  return found.flatMap(({ kind, text }) => {
    if (text.startsWith('## ')) heading = text
    if (kind === 'both') return []
    const above = heading === null || heading === text ? [] : ['', heading]
    heading = null
    return [...above, `${kind === 'baseline' ? '-' : '+'} ${text}`]
  })
}

/** The baseline is what the flag-off app was promised: it is kept as it was recorded. */
export function baselineProblem(scenario: string, file: string, hash: string | undefined): string | null {
  if (hash === hashOf(baselineOf(parseRecord(file)))) return null
  return `${scenario}: the baseline in its record was changed. Take the file of the main branch, then run: npm run record:flag-off`
}

/** The names in the records against the changes, and those against CHANGELOG.md. */
export function changeProblems(
  files: readonly string[],
  changes: Readonly<Record<string, string>>,
  changelog: string,
): string[] {
  const namesOf = (line: RecordLine) => (line.kind === 'both' ? [] : [line.change])
  const used = new Set(files.flatMap((file) => parseRecord(file).flatMap(namesOf)))
  const text = inOneLine(changelog)
  return [
    ...[...used]
      .filter((name) => !Object.hasOwn(changes, name))
      .map((name) => `${name} is named in a record and not in changes.ts`),
    ...Object.entries(changes).flatMap(([name, sentence]) => [
      ...(used.has(name) ? [] : [`${name} changes no line of a record any more: remove it from changes.ts`]),
      ...(isSentence(sentence) ? [] : [`${name} must be a whole sentence of CHANGELOG.md, got '${sentence}'`]),
      ...(text.includes(inOneLine(sentence))
        ? []
        : [`${name} does not stand in CHANGELOG.md word for word: '${sentence}'`]),
    ]),
  ]
}

const inOneLine = (text: string) => text.replace(/\s+/g, ' ').trim()
/** A word alone would be found anywhere. */
const isSentence = (text: string) => text.endsWith('.') && text.split(' ').length >= 5
