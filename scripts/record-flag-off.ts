// Writes down what an app with the flag off sees of this build: npm run record:flag-off [-- NAME [SCENARIO…]]
//
// A line that differs from the baseline needs a name of test/unit/flag-off/changes.ts. Those that have one keep it; the
// others get NAME. Without NAME nothing is written where a line has none.
//
// A scenario without a record gets one from the build that this runs on, which must be the baseline's. For a new scenario
// or act: put test/unit/flag-off into a checkout of that commit, remove the scenario's record there, run this, and bring
// the record and baseline.json back; then name its lines here.

import { CHANGES } from '../test/unit/flag-off/changes.ts'
import { buildProblem, hashOf } from '../test/unit/flag-off/check.ts'
import { parseRecord, printRecord, withPresent } from '../test/unit/flag-off/record-file.ts'
import { readBaseline, readRecord, writeBaseline, writeRecord } from '../test/unit/flag-off/records.ts'
import { record } from '../test/unit/flag-off/scenario.ts'
import { SCENARIOS } from '../test/unit/flag-off/scenarios/index.ts'

const [change = null, ...only] = process.argv.slice(2)
if (change !== null && !Object.hasOwn(CHANGES, change)) {
  console.error(
    `${change} is not named in test/unit/flag-off/changes.ts; there are: ${Object.keys(CHANGES).join(', ')}`,
  )
  process.exit(1)
}
const unknown = only.filter((name) => SCENARIOS.every((scenario) => scenario.name !== name))
if (unknown.length > 0) {
  console.error(`no scenario ${unknown.join(', ')}; there are: ${SCENARIOS.map(({ name }) => name).join(', ')}`)
  process.exit(1)
}

let isComplete = true
for (const scenario of SCENARIOS) {
  const { name } = scenario
  if (only.length > 0 && !only.includes(name)) continue
  const built = await record(scenario)
  const file = readRecord(name)
  if (file === null) {
    const { commit, sha256 } = readBaseline()
    writeRecord(name, printRecord(built.map((text) => ({ kind: 'both', text }))))
    writeBaseline({ commit, sha256: { ...sha256, [name]: hashOf(built) } })
    console.log(`${name}: recorded as the baseline, which must be the build of ${commit}`)
    continue
  }
  const lines = withPresent(parseRecord(file), built, change)
  if (lines === null) {
    isComplete = false
    console.error(buildProblem(name, file, built) ?? `${name}: lines differ from the baseline and have no name`)
    continue
  }
  const text = printRecord(lines)
  if (text !== file) writeRecord(name, text)
  console.log(`${name}: ${text === file ? 'as it was' : 'written'}`)
}
process.exit(isComplete ? 0 : 1)
