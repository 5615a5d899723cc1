// .ci/run and .ci/full name scripts, projects and files; a name that leads nowhere would end a run after an hour.

import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: Record<string, string> }
const config = readFileSync('vitest.config.ts', 'utf8')

test.each(['.ci/run', '.ci/full'])(
  '%s is a shell script that names scripts, projects and tests which exist',
  (path) => {
    const text = readFileSync(path, 'utf8')
    execFileSync('bash', ['-n', path])
    const names = [...text.matchAll(/npm run (?:--silent )?([\w:-]+)/g)].map(([, name]) => name as string)
    expect(names.length).toBeGreaterThan(2)
    expect(Object.keys(scripts)).toEqual(expect.arrayContaining(names))
    for (const [, project] of text.matchAll(/--project ([\w-]+)/g)) expect(config).toContain(`name: '${project}'`)
    for (const [file] of text.matchAll(/test\/[\w./-]+\.ts/g)) expect(existsSync(file), file).toBe(true)
  },
)

test('.ci/full refuses a stage that it does not have', () => {
  const { status, stdout } = spawnSync('bash', ['.ci/full', 'simulatoin'], { encoding: 'utf8' })
  expect([status, stdout]).toEqual([1, "There is no stage 'simulatoin'. bash .ci/full --list names them.\n"])
})

test('.ci/full lists its stages, and CONTRIBUTING says what each is for', () => {
  const stages = execFileSync('bash', ['.ci/full', '--list'], { encoding: 'utf8' }).trim().split('\n')
  expect(stages.length).toBeGreaterThan(5)
  const contributing = readFileSync('CONTRIBUTING.md', 'utf8')
  for (const stage of stages) expect(contributing).toContain(`| \`${stage}\` |`)
})
