// One app, both builds: the app imports, and a package that it uses requires.

import { execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { build, type Rolldown } from 'vite'
import { describe, expect, inject, test } from 'vitest'
import { entries, publishedName } from '../../scripts/entries.ts'

/** What the module logs as JSON, run by Node in the project. */
function logged<T = unknown>(code: string): T {
  const project = inject('fullProject')
  return JSON.parse(
    execFileSync(process.execPath, ['--input-type=module', '--eval', code], { cwd: project, encoding: 'utf8' }),
  )
}

const REQUIRE = "import { createRequire } from 'node:module'\nconst require = createRequire(process.cwd() + '/x.js')\n"

test.each(Object.keys(entries).map(publishedName))('Node loads one copy of %s by import and by require', (name) => {
  const code = `${REQUIRE}
    const [imported, required] = [await import('${name}'), require('${name}')]
    console.log(JSON.stringify(Object.keys(imported).filter((key) => imported[key] !== required[key])))`
  expect(logged<string[]>(code).filter((key) => key !== 'module.exports')).toEqual([])
})

test('a bundler takes one copy for an app that imports and a package that requires', async () => {
  const root = inject('fullProject')
  const widget = join(root, 'node_modules/widget')
  mkdirSync(widget, { recursive: true })
  writeFileSync(
    join(widget, 'index.js'),
    "exports.hook = require('ticket-socket/react').useTicketSocket\nexports.Auth = require('ticket-socket').UnifiedAuthService",
  )
  const input = join(root, 'two-copies.js')
  writeFileSync(
    input,
    `import * as widget from 'widget'; import { UnifiedAuthService } from 'ticket-socket'
     import { useTicketSocket } from 'ticket-socket/react'; console.log(widget, UnifiedAuthService, useTicketSocket)`,
  )
  const { output } = (await build({
    root,
    configFile: false,
    logLevel: 'error',
    build: { write: false, rolldownOptions: { input, external: [/^react(\/|$)/] } },
  })) as Rolldown.RolldownOutput
  const files = output.flatMap((part) => (part.type === 'chunk' ? Object.keys(part.modules) : []))
  const ours = files.filter((file) => file.includes('ticket-socket/dist'))
  expect(ours.some((file) => file.endsWith('.js'))).toBe(true)
  expect(ours.filter((file) => file.endsWith('.cjs'))).toEqual([])
})

describe('two copies, where a tool takes both', () => {
  const dist = () => join(inject('fullProject'), 'node_modules/ticket-socket/dist')
  const both = () => `${REQUIRE}
    const esm = { ...(await import('${dist()}/index.js')), ...(await import('${dist()}/react.js')) }
    const cjs = { ...require('${dist()}/index.cjs'), ...require('${dist()}/react.cjs') }
    const { createElement } = await import('react')
    const { renderToString } = require('${resolve('node_modules/react-dom')}/server')
    const auth = new esm.UnifiedAuthService({ httpUrl: 'https://api.example.com', getToken: () => null })
    const socket = esm.createTicketSocket({ url: 'wss://api.example.com/ws', auth })`

  test('the provider of one serves the hooks of the other', () => {
    const code = `${both()}
      const Status = () => createElement('i', null, cjs.useTicketSocket().status)
      const html = renderToString(createElement(esm.TicketSocketProvider, { socket }, createElement(Status)))
      console.log(JSON.stringify([html, esm.useTicketSocket !== cjs.useTicketSocket]))`
    expect(logged(code)).toEqual(['<i>idle</i>', true])
  })

  test('the error of one is an error of the other, also for instanceof', () => {
    const code = `${both()}
      const error = new esm.TicketSocketError('network', 'Unreachable.')
      console.log(JSON.stringify([error instanceof cjs.TicketSocketError, cjs.isTicketSocketError(error)]))`
    expect(logged(code)).toEqual([true, true])
  })

  test('questions of both on one socket have different ids', () => {
    const code = `${both()}
      const sent = []
      const fake = { ...socket, on: () => () => {}, send: (message) => (sent.push(message.id), { status: 'sent' }) }
      for (const { createRequests } of [esm, cjs]) void createRequests(fake).request({ type: 'ask' }).catch(() => {})
      console.log(JSON.stringify(sent))
      process.exit()`
    expect(logged(code)).toEqual(['request-1', 'request-2'])
  })
})
