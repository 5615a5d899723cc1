import { globSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { architectureProblems } from '../support/architecture.ts'
import { importCircles } from '../support/import-circles.ts'

const problemsOf = (path: string, text: string) => architectureProblems([{ path, text }])

const sources = globSync('src/**/*.{ts,tsx}').map((path) => ({
  path: path.replaceAll('\\', '/'),
  text: readFileSync(path, 'utf8'),
}))

test('the sources keep to the layers, and only the system platform names the environment', () => {
  expect(sources.map(({ path }) => path)).toContain('src/platform/system-platform.ts')
  expect(architectureProblems(sources)).toEqual([])
})

test('imports go in one direction: no file imports itself through others', () => {
  expect(importCircles(sources)).toEqual([])
})

describe('a circle of imports is found', () => {
  const files = (...texts: [path: string, text: string][]) => texts.map(([path, text]) => ({ path, text }))

  test.each([
    `import { b, type B } from './inner/b.ts'`,
    `import { type B } from './inner/b.ts'`,
    `export { b } from './inner/b.ts'`,
    `export * from './inner/b.ts'`,
    `const b = await import('./inner/b.ts')`,
    `type B = import('./inner/b.ts').B`,
  ])('of two files, by %s', (text) => {
    const two = files(['src/a.ts', text], ['src/inner/b.ts', `import { type A } from '../a.ts'`])
    expect(importCircles(two)).toEqual([['src/a.ts', 'src/inner/b.ts']])
  })

  test('of three files, and of a file with itself', () => {
    const five = files(
      ['src/c.ts', `import './a.ts'`],
      ['src/a.ts', `import './b.ts'`],
      ['src/b.ts', `import './c.ts'`],
      ['src/index.ts', `import './a.ts'`],
      ['src/self.ts', `import './self.ts'`],
    )
    expect(importCircles(five)).toEqual([['src/a.ts', 'src/b.ts', 'src/c.ts'], ['src/self.ts']])
  })

  test('and two ways to one file are none', () => {
    const diamond = files(
      ['src/a.ts', `import './b.ts'; import './c.ts'`],
      ['src/b.ts', `import './d.ts'`],
      ['src/c.ts', `import './d.ts'`],
      ['src/d.ts', `import 'ws'`],
    )
    expect(importCircles(diamond)).toEqual([])
  })
})

/** Lines that hold code: neither blank nor comment. */
const codeLines = (text: string) =>
  text
    .replace(/\/\*[\s\S]*?\*\//g, '')
    .split('\n')
    .filter((line) => line.trim() !== '' && !line.trim().startsWith('//')).length

test.each([
  ['src/auth/ticket-pool.ts', 120],
  ['src/auth/fallback-chain.ts', 120],
  ['src/auth/ticket-record.ts', 120],
  ['src/auth/feature-flag.ts', 120],
  ['src/socket/lifecycle.ts', 220],
])('%s, which is to be understood at one reading, has at most %d lines of code', (path, most) => {
  expect(codeLines(readFileSync(path, 'utf8'))).toBeLessThanOrEqual(most)
})

test('comments and blank lines are no lines of code', () => {
  expect(codeLines('// one\n\n/**\n * two\n */\nconst x = 1 // three\n')).toBe(1)
})

describe('an import against the layers is found', () => {
  test.each([
    ['src/auth/a.ts', '../socket/driver.ts', 'the credential knows no sockets'],
    ['src/auth/a.ts', '../server/ticket-manager.ts', 'the client never meets the server'],
    ['src/socket/a.ts', '../react/provider.tsx', 'the connection works without React'],
    ['src/server/a.ts', '../auth/options.ts', 'the server never meets the client'],
    ['src/server/a.ts', './node/attach-ticket-socket.ts', 'the server SDK runs anywhere'],
    ['src/server/a.ts', './redis/index.ts', 'a store is handed in'],
    ['src/server/redis/a.ts', '../node/index.ts', 'adapters do not know each other'],
    ['src/mock/a.ts', '../auth/credential.ts', 'the mock never imports the client'],
    ['src/mock/a.ts', '../server/node/index.ts', 'the mock runs in a browser'],
    ['src/contract/a.ts', '../platform/redact.ts', 'the contract imports nothing'],
    ['src/platform/a.ts', '../contract/wire.ts', 'the platform imports nothing'],
    ['src/index.ts', './server/index.ts', 'the browser entry holds no server'],
    ['src/index.ts', './react/index.ts', 'the browser entry holds no React'],
    ['src/schemas.ts', './server/index.ts', 'the schemas are the contract alone'],
    ['src/auth/a.ts', '../../demo/server.ts', 'no source imports what is not shipped'],
    ['src/helpers/a.ts', '../auth/jwt.ts', 'a folder without a layer'],
    ['src/contract/wire.ts', 'zod', 'the guards replace zod in a browser'],
    ['src/auth/a.ts', 'zod', 'the client holds no zod'],
    ['src/socket/a.ts', 'react', 'only src/react imports react'],
    ['src/socket/a.ts', 'react/jsx-runtime', 'only src/react imports react'],
    ['src/server/a.ts', 'node:crypto', 'the server SDK runs on the edge'],
    ['src/server/redis/a.ts', 'ioredis', 'the client is handed in'],
    ['src/mock/a.ts', 'msw', 'msw is handed in'],
    ['src/react/a.tsx', '../inspector/index.ts', 'the inspector is in no bundle that does not ask for it'],
    ['src/index.ts', './inspector/index.ts', 'the inspector is in no bundle that does not ask for it'],
    ['src/inspector/a.ts', '../mock/index.ts', 'the inspector takes a backend by its shape'],
    ['src/inspector/a.ts', 'react', 'the inspector needs no framework'],
    ['src/socket/a.ts', 'left-pad', 'a package that nobody decided on'],
  ])('%s imports %s: %s', (path, specifier) => {
    expect(problemsOf(path, `\nimport { x } from '${specifier}'`)).toEqual([expect.stringMatching(`^${path}:2 `)])
  })

  test.each([
    `import { type X } from '../socket/driver.ts'`,
    `export { x } from '../socket/driver.ts'`,
    `export * from '../socket/driver.ts'`,
    `const x = await import('../socket/driver.ts')`,
    `import '../socket/driver.ts'`,
  ])('whatever its form: %s', (text) => {
    expect(problemsOf('src/auth/a.ts', text)).toHaveLength(1)
  })

  test.each([
    ['src/react/a.tsx', '../socket/ticket-socket.ts'],
    ['src/socket/a.ts', '../auth/credential.ts'],
    ['src/mock/bindings/a.ts', '../../server/http.ts'],
    ['src/server/node/a.ts', '../sessions.ts'],
    ['src/server/node/a.ts', 'node:http'],
    ['src/server/a.ts', '@noble/hashes/sha2.js'],
    ['src/index.ts', './auth/unified-auth-service.ts'],
  ])('and one along the layers is not: %s imports %s', (path, specifier) => {
    expect(problemsOf(path, `import { x } from '${specifier}'`)).toEqual([])
  })
})

describe('a look at the current session is found', () => {
  test.each([
    'const session = sessions.current()',
    'const now = () => deps.sessions.current()',
    'const { current } = sessions; use(current())',
  ])('in a file that is called with its session: %s', (text) => {
    expect(problemsOf('src/auth/identity.ts', `\n${text}`)).toEqual([
      'src/auth/identity.ts:2 looks the current session up: use the session of the call',
    ])
  })

  test.each([
    'async function f() { await g(); use(sessions.current()) }',
    'async function f() { await g(); return () => sessions.current() }',
    'async function f() { for (;;) { use(sessions.current()); await g() } }',
    'async function f() { for await (const x of y) use(sessions.current()) }',
    'async function f() { const x = (await g()) && sessions.current() }',
    'async function f() { if (a) await g()\n else b()\n use(sessions.current()) }',
    'g().then(() => sessions.current())',
    'g().catch(() => { try { use(sessions.current()) } catch {} })',
    'class A { async f() { await g(); return this.#session } }',
    'class A { async f() { return (await g()) ? this.#jwt : null } }',
  ])('after an await: %s', (text) => {
    expect(problemsOf('src/auth/auth-core.ts', text)).toEqual([
      expect.stringContaining('looks the current session up after an await'),
    ])
  })

  test.each([
    'async function f() { await g(sessions.current()) }',
    'function f() { return g(sessions.current()).then((x) => x) }',
    'async function f() { const session = sessions.current(); await g(session); await h(session) }',
    'const f = () => sessions.current(); async function g() { await h() }',
    'function f() { for (const x of y) use(sessions.current()) }',
    'class A { get #session() { return this.#core.sessions.current() }\n f() { return g(this.#session) } }',
  ])('and one before it is not: %s', (text) => {
    expect(problemsOf('src/auth/auth-core.ts', text)).toEqual([])
  })

  test('nor one outside the auth service: a socket has no such session', () => {
    expect(problemsOf('src/socket/a.ts', 'const x = keeper.current()')).toEqual([])
  })
})

describe('a name of the environment is found', () => {
  test.each([
    'fetch("/")',
    'const f = fetch',
    'new WebSocket("wss://x")',
    'const x = { WebSocket }',
    'Date.now()',
    'new Date()',
    'performance.now()',
    'Math.random()',
    'setTimeout(() => {}, 1)',
    'setInterval(() => {}, 1)',
    'window.addEventListener("x", () => {})',
    'if (typeof document !== "undefined") {}',
    'navigator.onLine',
    'crypto.getRandomValues(x)',
    'globalThis.fetch("/")',
    'function f(clock = performance) {}',
    'const { page = document } = x',
  ])('%s', (text) => {
    expect(problemsOf('src/socket/a.ts', `\n${text}`)).toEqual([expect.stringMatching('^src/socket/a.ts:2 names ')])
  })

  test.each([
    'platform.fetch("/")',
    'new platform.WebSocket("wss://x")',
    'const { WebSocket } = platform; new WebSocket("wss://x")',
    'const window = 60_000; count(window)',
    'interface A { fetch: Fetch; document?: string }',
    'type A = { socket: WebSocket; timer: ReturnType<typeof setTimeout> }',
    'import { WebSocket } from "ws"; new WebSocket("x")',
    'class A { fetch() {} }',
    'Math.floor(1.5)',
  ])('and one that was handed in or is only a type is not: %s', (text) => {
    expect(problemsOf('src/server/node/a.ts', text)).toEqual([])
  })

  test('in the system platform every name is allowed', () => {
    expect(problemsOf('src/platform/system-platform.ts', 'fetch("/"); Date.now(); Math.random()')).toEqual([])
  })
})
