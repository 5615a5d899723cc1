// Plants each bug of `mutations.ts` in a copy of the sources and expects the tests to turn red. A bug that survives is a
// missing test. `npm run test:mutations [-- words]` runs those whose names match the words, a regular expression; PROJECT=model or
// PROJECT=simulation asks the random schedules alone, and tells which one of them has found it.

import { spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { MUTATIONS, type Mutation } from './mutations.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const copy = mkdtempSync(join(tmpdir(), 'ticket-socket-mutations-'))
process.on('exit', () => rmSync(copy, { recursive: true, force: true }))

const NEEDED = ['src', 'test', 'scripts', '.storybook', 'stories', 'demo', 'docs', 'vitest.config.ts', 'package.json']
for (const name of [...NEEDED, 'tsconfig.json', 'tsconfig.types.json']) {
  cpSync(join(root, name), join(copy, name), { recursive: true })
}
symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'))

/** The first failing test, or null when all are green. */
function firstRed(tests: readonly string[]): string | null {
  const vitest = join(copy, 'node_modules/vitest/vitest.mjs')
  const projects = process.env.PROJECT ? [process.env.PROJECT] : ['unit', 'model', 'simulation', 'react']
  const asked = projects.flatMap((project) => ['--project', project])
  const args = [vitest, 'run', ...asked, '--bail', '1', '--reporter', 'verbose', '--passWithNoTests', ...tests]
  const { status, stdout } = spawnSync(process.execPath, args, {
    cwd: copy,
    encoding: 'utf8',
    // Always the same schedules, and nobody reads the shortest one that fails.
    env: { ...process.env, CI: '', NO_COLOR: '1', SCHEDULES: '3000', SEED: '1', SHRINK: '0' },
    timeout: 120_000,
  })
  if (status === 0) return null
  const line = stdout.split('\n').find((text) => /^\s*[×✗]/.test(text)) ?? 'no test ended in time'
  const [, seed] = /^\S*AssertionError\S*: seed (\d+)/m.exec(stdout) ?? []
  return (line.split(' > ').at(-1) ?? line).replace(/\s+\d+ms$/, '').trim() + (seed ? `, by seed ${seed}` : '')
}

function plant({ name, file, search, replace, tests }: Mutation): string | null {
  const path = join(copy, file)
  const source = readFileSync(path, 'utf8')
  if (source.split(search).length !== 2) throw new Error(`${name}: its text must stand in ${file} exactly once`)
  writeFileSync(
    path,
    source.replace(search, () => replace),
  )
  try {
    return firstRed(tests)
  } finally {
    writeFileSync(path, source)
  }
}

const words = process.argv[2]
const chosen = MUTATIONS.filter(({ name }) => words === undefined || new RegExp(words).test(name))
const all = [...new Set(chosen.flatMap(({ tests }) => tests))]
const red = firstRed(all)
if (red !== null) throw new Error(`the tests are red without any bug: ${red}`)

const survivors: string[] = []
for (const mutation of chosen) {
  const started = performance.now()
  const caughtBy = plant(mutation)
  const seconds = ((performance.now() - started) / 1_000).toFixed(1)
  if (caughtBy === null) survivors.push(mutation.name)
  console.log(`${caughtBy === null ? 'SURVIVED' : 'caught  '} ${seconds.padStart(5)} s  ${mutation.name}`)
  if (caughtBy !== null) console.log(`                    by: ${caughtBy}`)
}
console.log(`\n${chosen.length - survivors.length} of ${chosen.length} planted bugs were caught`)
if (survivors.length > 0) process.exit(1)
