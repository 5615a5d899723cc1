// The build is read by the browsers that docs/limits.md names: a parser's work for their syntax leaves it as it is.

import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { transformWithOxc } from 'vite'
import { expect, inject, test } from 'vitest'

const FLOOR = ['es2022', 'chrome108', 'firefox108', 'safari16']

/** Whether nothing in the code has to be rewritten for the browsers. */
async function isUnderstood(code: string): Promise<boolean> {
  const written = (target: string | string[]) => transformWithOxc(code, 'file.js', { target, sourcemap: false })
  const [asItIs, forTheFloor] = [await written('esnext'), await written(FLOOR)]
  return asItIs.code === forTheFloor.code
}

test('Chrome 108, Firefox 108 and Safari 16.0 understand every file, the inspector included', async () => {
  const root = join(inject('fullProject'), 'node_modules/ticket-socket/dist')
  const files = globSync('**/*.{js,cjs}', { cwd: root })
  expect(files).toContain('inspector.js')
  const refused: string[] = []
  for (const file of files) {
    if (!(await isUnderstood(readFileSync(join(root, file), 'utf8')))) refused.push(file)
  }
  expect(refused).toEqual([])
})

test.each([
  'class A { static { a() } }',
  'const word = /(?<!a)b/',
  'const letters = /[a&&b]/v',
  'async function f() { using lock = await take() }',
])('what they do not understand is found: %s', async (code) => {
  expect(await isUnderstood(code)).toBe(false)
})

test.each(['class A { static #a = 1; b = this?.c ?? A.#a }', 'list.at(-1)', 'const sign = /\\p{Surrogate}/gu'])(
  'and what they do is not: %s',
  async (code) => {
    expect(await isUnderstood(code)).toBe(true)
  },
)
