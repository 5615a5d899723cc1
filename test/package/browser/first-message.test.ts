// A new user's path: an empty Vite app, the block on the README's first screen, and the first message.

import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import react from '@vitejs/plugin-react'
import { build, preview } from 'vite'
import { expect, onTestFinished, test } from 'vitest'
import { markdownBlocks } from '../../support/code-blocks.ts'
import { layOutExample } from '../examples.ts'
import { openPage } from '../open-page.ts'

const FIRST_SCREEN_LINES = 50

const README = readFileSync('README.md', 'utf8')
const block = markdownBlocks('README.md', README).blocks.find(({ language }) => language === 'tsx')

async function buildAndServe(root: string): Promise<string> {
  await build({ root, configFile: false, plugins: [react()], logLevel: 'error' })
  const server = await preview({ root, configFile: false, preview: { port: 0, host: 'localhost' }, logLevel: 'error' })
  onTestFinished(() => server.close())
  return server.resolvedUrls?.local[0] ?? ''
}

test('the README’s first screen shows an app of less than 15 lines, and it is examples/react-vite', () => {
  const code = block?.code ?? ''
  const lines = code.split('\n').filter((line) => line.trim() !== '')
  expect(lines.length).toBeGreaterThan(5)
  expect(lines.length).toBeLessThan(15)
  expect((block?.line ?? Number.NaN) + code.split('\n').length).toBeLessThan(FIRST_SCREEN_LINES)
  const { name, version } = JSON.parse(readFileSync('package.json', 'utf8')) as Record<string, string>
  expect(README.split('\n').slice(0, FIRST_SCREEN_LINES).join('\n')).toContain(`/${name}-${version}.tgz\n`)
  expect(readFileSync('examples/react-vite/src/App.tsx', 'utf8').trim()).toBe(code.trim())
})

test('built as it stands there, the app shows its first message in Chromium', async () => {
  const root = layOutExample('react-vite', 'first-message')
  writeFileSync(join(root, 'src/App.tsx'), block?.code ?? '')
  const began = performance.now()
  const url = await buildAndServe(root)
  const built = performance.now()
  const { page, complaints } = await openPage(url)
  await page.getByRole('heading', { name: 'Hello, alice' }).waitFor()
  const seen = performance.now()
  const inPage = await page.evaluate(() => performance.now())
  // For people; a machine's speed is nothing to assert.
  console.log(
    `first message: built in ${Math.round(built - began)} ms, seen ${Math.round(seen - built)} ms after that ` +
      `(browser start included; ${Math.round(inPage)} ms after the page began)`,
  )
  expect(complaints).toEqual([])
})

test('a page without the mock’s user does not show it', async () => {
  const root = layOutExample('react-vite', 'no-first-message')
  writeFileSync(join(root, 'src/App.tsx'), (block?.code ?? '').replace("token: 'jwt-of-alice'", "token: 'another'"))
  const { page } = await openPage(await buildAndServe(root))
  await page.getByRole('heading', { name: 'failed' }).waitFor()
  expect(await page.getByText('Hello').count()).toBe(0)
})
