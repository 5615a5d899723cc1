import { execFileSync } from 'node:child_process'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, inject, test } from 'vitest'
import { type EntryName, entries, publishedName } from '../../scripts/entries.ts'
import { bundleOf, FOREIGN_LOOK_UPS, runBare } from '../support/bare-realm.ts'
import { loadTimeGlobals } from '../support/load-time-globals.ts'

const names = Object.keys(entries).map(publishedName)
const NEEDS_A_PEER = ['ticket-socket/react', 'ticket-socket/server/node', 'ticket-socket/reconnecting-websocket']
const NEEDS_NO_PEER = names.filter((name) => !NEEDS_A_PEER.includes(name))

/** The names that a fresh Node process in the project gets from the entry point. */
function exportsOf(name: string, how: 'import' | 'require', project: string): string[] {
  const load = how === 'import' ? `await import('${name}')` : `require('${name}')`
  const type = how === 'import' ? '--input-type=module' : '--input-type=commonjs'
  const code = `console.log(JSON.stringify(Object.keys(${load})))`
  const output = execFileSync(process.execPath, [type, '--eval', code], {
    cwd: project,
    encoding: 'utf8',
    stdio: 'pipe',
  })
  return (JSON.parse(output) as string[]).filter((key) => key !== 'default' && key !== 'module.exports').sort()
}

describe('loads in Node, with the same names by import and by require', () => {
  test.each(names)('%s', (name) => {
    const project = inject('fullProject')
    const imported = exportsOf(name, 'import', project)
    expect(imported.length).toBeGreaterThan(0)
    expect(exportsOf(name, 'require', project)).toEqual(imported)
  })
})

describe('loads where there is nothing but the language', () => {
  const anywhere = (Object.keys(entries) as EntryName[]).filter((entry) => entry !== 'server/node')

  test.each(anywhere)('%s', async (entry) => {
    const code = await bundleOf(publishedName(entry), inject('fullProject'))
    expect(runBare(code, FOREIGN_LOOK_UPS[entry]).length).toBeGreaterThan(0)
  })

  test('and no file of the build looks a global of its environment up while it is loaded', () => {
    const root = join(inject('fullProject'), 'node_modules/ticket-socket/dist')
    const files = globSync('**/*.{js,cjs}', { cwd: root }).filter((file) => file !== 'conformance-cli.js')
    expect(files.length).toBeGreaterThan(40)
    const found = files.flatMap((file) =>
      loadTimeGlobals(file, readFileSync(join(root, file), 'utf8')).map(({ name }) => `${file}: ${name}`),
    )
    // The mock keeps the real timers.
    expect(found.filter((line) => !/: (globalThis|require|exports|module)$/.test(line))).toEqual([])
    expect(found.filter((line) => line.endsWith(' globalThis'))).toHaveLength(2)
  })
})

describe('needs nothing beside its own dependencies', () => {
  test.each(NEEDS_NO_PEER)('%s', (name) => {
    expect(exportsOf(name, 'import', inject('bareProject')).length).toBeGreaterThan(0)
  })

  test.each(NEEDS_A_PEER)('but %s, which needs its peer', (name) => {
    expect(() => exportsOf(name, 'import', inject('bareProject'))).toThrow('Cannot find package')
  })
})

test.each(['import', 'require'])('by %s, one error class serves all entry points', (how) => {
  const load = (name: string) => (how === 'import' ? `await import('${name}')` : `require('${name}')`)
  const code = `
    const { TicketSocketError, isTicketSocketError } = ${load('ticket-socket')}
    const { createRedisTicketStore } = ${load('ticket-socket/server/redis')}
    const down = async () => { throw new Error('down') }
    const store = createRedisTicketStore(new Proxy({}, { get: (_, key) => (key === 'then' ? undefined : down) }))
    store.ping().then(
      () => console.log('no error'),
      (error) => console.log(error instanceof TicketSocketError, isTicketSocketError(error)),
    )`
  const type = how === 'import' ? '--input-type=module' : '--input-type=commonjs'
  const output = execFileSync(process.execPath, [type, '--eval', code], {
    cwd: inject('bareProject'),
    encoding: 'utf8',
  })
  expect(output.trim()).toBe('true true')
})

test('the package holds the build, the documents, and nothing else', () => {
  const root = join(inject('fullProject'), 'node_modules/ticket-socket')
  const files = globSync('**/*', { cwd: root, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) =>
      join(entry.parentPath, entry.name)
        .slice(root.length + 1)
        .replaceAll('\\', '/'),
    )
  const loose = files.filter((path) => !/^dist\/.+\.(js|cjs|d\.ts|d\.cts|map)$/.test(path))
  expect(loose.sort()).toEqual(['CHANGELOG.md', 'LICENSE', 'PROTOCOL.md', 'README.md', 'package.json'])
})

test('no file tells in which folder it was built', () => {
  const root = join(inject('fullProject'), 'node_modules/ticket-socket')
  const files = globSync('**/*.{js,cjs,ts,cts,map,json}', { cwd: root })
  expect(files.length).toBeGreaterThan(50)
  expect(files.filter((file) => readFileSync(join(root, file), 'utf8').includes(process.cwd()))).toEqual([])
})

test.each(['react.js', 'react.cjs'])('dist/%s says "use client", and the server entry does not', (file) => {
  const directives = (name: string) => {
    const text = readFileSync(join(inject('fullProject'), 'node_modules/ticket-socket/dist', name), 'utf8')
    return /^(?:\s*(['"])use \w+\1;?)+/.exec(text)?.[0] ?? ''
  }
  expect(directives(file)).toContain('use client')
  expect(directives(file.replace('react', 'server'))).not.toContain('use client')
})

test('the rules of a ticket store run in a test runner that is not ours', () => {
  const code = `
    import { test } from 'node:test'
    import { createMemoryTicketStore } from 'ticket-socket/server'
    import { testTicketStore } from 'ticket-socket/server/conformance'
    testTicketStore({ test, arrange: () => ({ store: createMemoryTicketStore() }) })`
  // Without the variable, Node would take itself for a part of this test run.
  const { NODE_TEST_CONTEXT: _, ...env } = process.env
  const output = execFileSync(process.execPath, ['--input-type=module', '--eval', code], {
    cwd: inject('bareProject'),
    encoding: 'utf8',
    env,
  })
  expect(output).toMatch(/^(?:#|ℹ) pass [1-9][0-9]$/m)
  expect(output).toMatch(/^(?:#|ℹ) fail 0$/m)
})
