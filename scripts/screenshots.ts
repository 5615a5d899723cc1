// Makes the pictures of the demo for the README: `node scripts/screenshots.ts`. They show the fonts of the machine that
// makes them; with Inter and JetBrains Mono installed they look as they were meant to.

import { mkdir, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import type { Browser } from 'playwright'
import { startDemo } from '../demo/start-demo.ts'
import { launchChromium } from '../test/setup/chromium.ts'

const MAX_BYTES = 200_000
const folder = fileURLToPath(new URL('../docs/images/', import.meta.url))

/** In mid-answer, after a lost connection: something of everything is on the screen. */
async function takePicture(browser: Browser, url: string, colorScheme: 'light' | 'dark', name: string) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, colorScheme })
  const page = await context.newPage()
  const isOpen = page.getByTestId('status').getByText('Open', { exact: true })
  await page.goto(url)
  await page.getByRole('button', { name: /Alice/ }).click()
  await isOpen.waitFor()
  await page.getByRole('button', { name: 'What is a ticket, and why only once?' }).click()
  await page.getByText('for a short time').waitFor()
  await page.getByRole('button', { name: 'Drop the socket' }).click()
  await page.getByText('lost in mid-answer').waitFor()
  await isOpen.waitFor()
  await page.getByText('refreshed in').waitFor()
  await page.getByLabel('Your question').fill('What happens when the connection drops?')
  await page.keyboard.press('Enter')
  await page.getByText('clients which were cut off together').waitFor()
  const picture = await page.screenshot()
  await context.close()
  if (picture.length > MAX_BYTES) throw new Error(`${name}.png has ${picture.length} bytes, more than ${MAX_BYTES}`)
  await writeFile(`${folder}${name}.png`, picture)
  console.log(`docs/images/${name}.png: ${picture.length} bytes`)
}

await mkdir(folder, { recursive: true })
const [browser, demo] = await Promise.all([launchChromium(), startDemo({ port: 0, quiet: true, watch: false })])
try {
  await takePicture(browser, demo.url, 'light', 'demo')
  await takePicture(browser, demo.url, 'dark', 'demo-dark')
} finally {
  await browser.close()
  await demo.close()
}
