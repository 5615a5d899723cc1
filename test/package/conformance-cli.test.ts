import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, inject, test } from 'vitest'

/** The command as `npx` would find it: the file that the package's `bin` names, in a project without any peer. */
function run(...args: string[]) {
  const root = join(inject('bareProject'), 'node_modules/ticket-socket')
  const { bin } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { bin: Record<string, string> }
  const file = join(root, bin['ticket-socket-conformance'] ?? '')
  expect(readFileSync(file, 'utf8')).toMatch(/^#!\/usr\/bin\/env node\n/)
  return spawnSync(process.execPath, [file, ...args], { cwd: inject('bareProject'), encoding: 'utf8' })
}

test('the command of the package says what it is for', () => {
  const { status, stdout, stderr } = run('--help')
  expect([status, stderr]).toEqual([0, ''])
  expect(stdout).toContain('ticket-socket-conformance <http-url> <ws-url> --token <jwt>')
})

test('it ends with 2 when nothing could be tried', () => {
  const { status, stderr } = run('http://127.0.0.1:1', 'ws://127.0.0.1:1/ws', '--token', 'jwt')
  expect(stderr).toContain('Nothing answers at http://127.0.0.1:1/websocket/tickets/status')
  expect(status).toBe(2)
})
