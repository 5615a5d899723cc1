import { spawnSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { architecturePage } from '../../../scripts/walk.ts'
import { countOf, filesOf, type Walk } from '../../support/walk.ts'

const walk: Walk = {
  name: 'A cold connect()',
  stages: [
    {
      name: 'requests a ticket',
      files: [
        { path: 'src/auth/ticket.ts', functions: [{ name: 'toTicket', calls: 1 }] },
        { path: 'src/socket/attempt-socket.ts', functions: [{ name: 'openAttemptSocket', calls: 2 }] },
      ],
    },
    {
      name: 'dials',
      files: [
        { path: 'src/contract/wire.ts', functions: [{ name: 'isRecord', calls: 3 }] },
        {
          path: 'src/socket/attempt-socket.ts',
          functions: [
            { name: 'openAttemptSocket', calls: 1 },
            { name: 'send', calls: 1 },
          ],
        },
      ],
    },
  ],
}

test('a file that several stages run through counts once, with the calls of all of them', () => {
  expect(countOf(filesOf(walk))).toEqual({ files: 3, functions: 4, calls: 8 })
  expect(filesOf(walk).find(({ path }) => path === 'src/socket/attempt-socket.ts')?.functions).toEqual([
    { name: 'openAttemptSocket', calls: 3 },
    { name: 'send', calls: 1 },
  ])
})

test('the page draws a file in the stage that enters it first, by layer', () => {
  const page = architecturePage([walk])
  expect(page).toContain('## A cold connect(): 3 files, 4 functions')
  expect(page).toContain('socket0["<b>socket</b><br>attempt-socket"]')
  expect(page).toContain('socket0 --> auth0')
  expect(page).toContain('contract1["<b>contract</b><br>wire"]')
  expect(page).not.toContain('socket1[')
  expect(page).toContain('stage0 --> stage1')
})

test('the page gives each file its idea and its functions', () => {
  const page = architecturePage([walk])
  expect(page).toMatch(
    /\| \[socket\/attempt-socket\.ts\]\(\.\.\/src\/socket\/attempt-socket\.ts\) \| [A-Z].*\. \| 2 \|/,
  )
})

test('docs/architecture.md names the files that run; npm run walk -- --write writes it', () => {
  const { status, stderr } = spawnSync(process.execPath, ['scripts/walk.ts', '--check'], { encoding: 'utf8' })
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
})
