// The package where it is not on our own Node: each entry is loaded, and a client connects by ticket to the mock. `.ci/full` fetches
// the runtimes and says in RUNTIMES_PATH where they are.

import { spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { build, type Rolldown } from 'vite'
import { describe, expect, inject, test } from 'vitest'
import { type EntryName, entries, publishedName } from '../../../scripts/entries.ts'
import { runJestJsdom } from '../jest-jsdom.ts'

const modules = join(process.env.RUNTIMES_PATH ?? '', 'node_modules')
const all = Object.keys(entries) as EntryName[]
const ofClient = all.filter((entry) => !entry.startsWith('server'))

/** Connects by ticket, and rejects where that takes more than five seconds. */
const GOLDEN_PATH = `
async function goldenPath({ UnifiedAuthService, createTicketSocket }, { createMockBackend }) {
  const backend = createMockBackend({ users: { alice: { token: 'jwt-of-alice' } } })
  const platform = { fetch: backend.fetch, WebSocket: backend.WebSocket }
  const auth = new UnifiedAuthService({ httpUrl: backend.httpUrl, getToken: () => 'jwt-of-alice', ticketAuth: true, platform })
  const socket = createTicketSocket({ url: backend.wsUrl, auth, platform })
  backend.onMessage('ask', (message, connection) => connection.send({ type: 'answer', text: message.text }))
  const answer = new Promise((resolve, reject) => {
    socket.onMessage('answer', resolve)
    setTimeout(() => reject(new Error('no answer: ' + JSON.stringify(socket.store.getState()))), 5_000)
  })
  socket.connect()
  socket.send({ type: 'ask', text: 'Grüße' })
  const { text } = await answer
  const { method } = socket.store.getState()
  auth.dispose()
  backend.dispose()
  return method + ' ' + text
}
`

/** Loads the entries and takes the golden path; prints a line of each. */
const program = (names: readonly string[]) => `${GOLDEN_PATH}
for (const name of ${JSON.stringify(names)}) {
  const all = await import(name)
  console.log(name, Object.keys(all).length > 0)
}
console.log(await goldenPath(await import('ticket-socket'), await import('ticket-socket/mock')))
globalThis.process?.exit(0)
`

function run(command: string, args: string[], cwd: string): string {
  const { stdout, stderr } = spawnSync(command, args, {
    cwd,
    encoding: 'utf8',
    env: { ...process.env, HOME: cwd },
  })
  return `${stdout}${stderr}`
}

const DENO = ['run', '--allow-env', '--allow-read', '--allow-sys', '--node-modules-dir=manual']

describe.each([
  ['Node 20.20', 'node-20/bin/node', [], ofClient],
  ['Node 22.23', 'node-22/bin/node', [], all],
  ['Bun', '@oven/bun-linux-x64/bin/bun', ['run'], all],
  ['Deno', '@deno/linux-x64-glibc/deno', DENO, all],
] as const)('%s', (name, path, args, loaded) => {
  test('loads each entry by import, and connects by ticket', () => {
    const file = join(inject('fullProject'), `${name.replace(/\W/g, '-')}.mjs`)
    const names = loaded.map(publishedName)
    writeFileSync(file, program(names))
    const output = run(join(modules, path), [...args, file], inject('fullProject'))
    expect(output.trim().split('\n')).toEqual([...names.map((name) => `${name} true`), 'ticket Grüße'])
  })

  test('and by require', () => {
    const file = join(inject('fullProject'), `${name.replace(/\W/g, '-')}.cjs`)
    const names = loaded.map(publishedName)
    writeFileSync(
      file,
      `for (const name of ${JSON.stringify(names)}) console.log(name, Object.keys(require(name)).length > 0)`,
    )
    const output = run(join(modules, path), [...args, file], inject('fullProject'))
    expect(output.trim().split('\n')).toEqual(names.map((name) => `${name} true`))
  })
})

describe('workerd, the runtime of Cloudflare Workers', () => {
  const inWorker = all.filter((entry) => entry !== 'server/node')

  /** As wrangler makes it: one module of everything. */
  async function workerOf(name: string, source: string): Promise<void> {
    const root = inject('fullProject')
    const input = join(root, `${name}.worker.js`)
    writeFileSync(input, source)
    const { output } = (await build({
      root,
      configFile: false,
      logLevel: 'error',
      define: { 'process.env.NODE_ENV': '"production"' },
      build: { write: false, minify: false, rolldownOptions: { input, preserveEntrySignatures: 'strict' } },
    })) as Rolldown.RolldownOutput
    mkdirSync(join(root, 'workers'), { recursive: true })
    writeFileSync(join(root, 'workers', `${name}.js`), output[0].code)
  }

  /** Runs the module's own `test()` in workerd. */
  function runWorker(name: string): string {
    const folder = join(inject('fullProject'), 'workers')
    writeFileSync(
      join(folder, `${name}.capnp`),
      `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (services = [(name = "main", worker = .worker)]);
const worker :Workerd.Worker = (
  modules = [(name = "main.js", esModule = embed "${name}.js")],
  compatibilityDate = "2025-01-01",
);`,
    )
    return run(join(modules, '@cloudflare/workerd-linux-64/bin/workerd'), ['test', `${name}.capnp`], folder)
  }

  test.each(inWorker)('loads %s', async (entry) => {
    const name = entry.replace('/', '-')
    await workerOf(
      name,
      `import * as all from '${publishedName(entry)}'
       export default { test() { if (Object.keys(all).length === 0) throw new Error('nothing') } }`,
    )
    expect(runWorker(name)).toContain('[ PASS ]')
  })

  test('connects by ticket', async () => {
    await workerOf(
      'golden-path',
      `import * as client from 'ticket-socket'; import * as mock from 'ticket-socket/mock'
       ${GOLDEN_PATH}
       export default { async test() { console.log(await goldenPath(client, mock)) } }`,
    )
    const output = runWorker('golden-path')
    expect(output).toContain('ticket Grüße')
    expect(output).toContain('[ PASS ]')
  })

  test('and refuses a module that sets a timer while it is loaded', async () => {
    await workerOf('timer', 'setTimeout(() => {}, 1); export default { test() {} }')
    expect(runWorker('timer')).toContain('Disallowed operation called within global scope')
  })
})

test('Jest 29 with jsdom as it comes runs the client without a polyfill', () => {
  expect(runJestJsdom(modules)).toMatch(/Tests: +8 passed, 8 total/)
})
