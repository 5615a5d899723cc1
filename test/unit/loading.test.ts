import { globSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { type EntryName, entries, publishedName } from '../../scripts/entries.ts'
import { bundleOf, FOREIGN_LOOK_UPS, runBare } from '../support/bare-realm.ts'
import { loadTimeGlobals } from '../support/load-time-globals.ts'

describe('an entry loads where there is nothing but the language', () => {
  // Its peer `ws` and Node's own modules come with Node.
  const anywhere = (Object.keys(entries) as EntryName[]).filter((entry) => entry !== 'server/node')

  test.each(anywhere)('%s', async (entry) => {
    const names = runBare(await bundleOf(publishedName(entry)), FOREIGN_LOOK_UPS[entry])
    expect(names.length).toBeGreaterThan(0)
  })

  test.each(['new AbortController()', 'setTimeout(() => {})', 'new TextEncoder()', 'Math.random()'])(
    'and the realm has no %s',
    (code) => {
      expect(() => runBare(code)).toThrow(/is not (defined|a function)/)
    },
  )
})

/** Keeps the real timers for waits of a test that replaces them later. Where there are none, it keeps `undefined`. */
const MAY_LOOK_UP = ['src/mock/real-time.ts']

test('no source looks a global of its environment up while it is loaded', () => {
  const sources = globSync('src/**/*.{ts,tsx}').filter((path) => !MAY_LOOK_UP.includes(path))
  expect(sources.length).toBeGreaterThan(200)
  const found = sources.flatMap((path) =>
    loadTimeGlobals(path, readFileSync(path, 'utf8')).map(({ line, name }) => `${path}:${line} ${name}`),
  )
  expect(found).toEqual([])
})

describe('a look-up while loading is found', () => {
  const namesIn = (text: string) => loadTimeGlobals('src/a.ts', text).map(({ name }) => name)

  test.each([
    ['const utf8 = new TextEncoder()', 'TextEncoder'],
    ['const { fetch: realFetch } = globalThis', 'globalThis'],
    ['export const has = typeof WebSocket === "function"', 'WebSocket'],
    ['class Mine extends EventTarget {}', 'EventTarget'],
    ['class A { static never = new AbortController().signal }', 'AbortController'],
    ['class A { static { setTimeout(() => {}) } }', 'setTimeout'],
    ['class A { [crypto.randomUUID()]() {} }', 'crypto'],
    ['const all = { base: location.href }', 'location'],
    ['const at = (() => performance.now())()', 'performance'],
    ['const { page = document } = {}', 'document'],
    ['const text = "on " + navigator.platform', 'navigator'],
    ['if (process.env.DEBUG) log()', 'process'],
    ['const startedAt = Date.now()', 'Date.now'],
    ['export default [URL]', 'URL'],
  ])('%s', (text, name) => {
    expect(namesIn(`const log = () => {}\n${text}`)).toEqual([name])
  })

  test.each([
    'const encode = (text: string) => new TextEncoder().encode(text)',
    'function now() { return performance.now() }',
    'class A { #signal = new AbortController(); get at() { return location.href } }',
    'class A implements EventTarget {}',
    'interface A extends EventTarget { url: URL }',
    'type Timer = ReturnType<typeof setTimeout>',
    'const sockets = new WeakMap<WebSocket, Set<URL>>()',
    'import { WebSocket } from "ws"; const Mine = WebSocket',
    'const options = { fetch: null, URL: 1 }; options.fetch',
    'const known = new Set(["fetch"]); const brand = Symbol.for("x")',
    'export { fetch } from "./fetch.ts"',
  ])('and one at another time, or of a type, is not: %s', (text) => {
    expect(namesIn(text)).toEqual([])
  })
})
