// `npm run cluster`, as a reader of the README runs it.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { findRedis } from '../setup/tools.ts'

function run(...options: string[]) {
  const folder = mkdtempSync(join(tmpdir(), 'cluster-test-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const env = { ...process.env, TMPDIR: folder, REDIS_SERVER_PATH: findRedis().path }
  const child = spawn(process.execPath, ['demo/cluster/main.ts', ...options], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  const seen = { text: '' }
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (seen.text += String(chunk)))
  return { child, seen, ended: once(child, 'close'), leftBehind: () => readdirSync(folder) }
}

test('shows each step once: issued here, used there, no replay, signed out of all sessions, moved on a deployment', async () => {
  const { seen, ended, leftBehind } = run('--once')
  const [code] = (await ended) as [number]
  const arrows = seen.text.split('\n').filter((line) => line.includes('→'))
  expect(arrows, seen.text).toEqual([
    '   → issued at A, used at B',
    '   → refused by A: 4401 ticket_invalid',
    expect.stringMatching(/^ {3}→ closed at A and B after \d+ ms: 4410 revoked, 4410 revoked$/),
    expect.stringMatching(/^ {3}→ moved from (?:A to B|B to A), status open$/),
  ])
  expect([code, leftBehind()]).toEqual([0, []])
}, 60_000)

test('goes on until Ctrl-C, and then leaves nothing behind', async () => {
  const { child, seen, ended, leftBehind } = run()
  await expect.poll(() => seen.text, { timeout: 30_000 }).toContain('Ctrl-C ends it.')
  child.kill('SIGINT')
  const [code] = (await ended) as [number]
  expect([code, leftBehind()], seen.text).toEqual([0, []])
}, 60_000)
