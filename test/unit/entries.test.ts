import { readFileSync } from 'node:fs'
import ts from 'typescript'
import { expect, test } from 'vitest'
import { aliases, commands, entries, publishedName } from '../../scripts/entries.ts'

const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as {
  exports: Record<string, unknown>
  typesVersions: Record<string, Record<string, string[]>>
  bin: Record<string, string>
}
const names = Object.keys(entries)

test('package.json exports every entry point, for import and require, with types for each', () => {
  const expected = names.map((name) => [
    name === 'index' ? '.' : `./${name}`,
    {
      // One copy for an app that imports and requires: Node's condition, and the bundlers'.
      'module-sync': { types: `./dist/${name}.d.ts`, default: `./dist/${name}.js` },
      module: { types: `./dist/${name}.d.ts`, default: `./dist/${name}.js` },
      import: { types: `./dist/${name}.d.ts`, default: `./dist/${name}.js` },
      require: { types: `./dist/${name}.d.cts`, default: `./dist/${name}.cjs` },
    },
  ])
  expect(manifest.exports).toEqual({ ...Object.fromEntries(expected), './package.json': './package.json' })
})

test('package.json leads compilers that do not read exports to the same types', () => {
  const expected = names.filter((name) => name !== 'index').map((name) => [name, [`./dist/${name}.d.ts`]])
  expect(manifest.typesVersions).toEqual({ '*': Object.fromEntries(expected) })
})

test('package.json names a file of the build for every command', () => {
  expect(Object.values(manifest.bin)).toEqual(Object.keys(commands).map((name) => `./dist/${name}.js`))
})

test('tsconfig.json leads the published names to the sources', () => {
  const { config } = ts.readConfigFile('tsconfig.json', ts.sys.readFile)
  const expected = Object.entries(entries).map(([name, source]) => [publishedName(name), [`./${source}`]])
  expect(config.compilerOptions.paths).toEqual(Object.fromEntries(expected))
})

test('an alias stands for its own name only', () => {
  const named = (specifier: string) => aliases.filter(({ find }) => find.test(specifier)).length
  expect(names.map((name) => named(publishedName(name)))).toEqual(names.map(() => 1))
  expect(['ticket-socket/server/other', 'ticket-socketry', 'x/ticket-socket'].map(named)).toEqual([0, 0, 0])
})
