// Makes the pictures of the documents: `npm run screenshots`. The demo and the stories are driven as a person would;
// what they show is real. Fonts are those of the machine that makes them; with Inter and JetBrains Mono installed they
// look as they were meant to.

import { mkdir, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import type { Browser, Locator, Page } from 'playwright'
import { startDemo } from '../demo/start-demo.ts'
import { launchChromium } from '../test/setup/chromium.ts'
import { serveStories } from './serve-stories.ts'

const MAX_BYTES = 250_000
const folder = fileURLToPath(new URL('../docs/images/', import.meta.url))

interface Shot {
  name: string
  viewport: { width: number; height: number }
  colorScheme: 'light' | 'dark'
  /** Relative to the demo, or to the built stories. */
  of: 'demo' | 'stories'
  path?: string
  /** Leads to the moment of the picture, and says what is to be in it. Left out, the whole window. */
  lead: (page: Page) => Promise<Locator | undefined>
}

const inspector = (page: Page) => page.locator('ticket-socket-inspector')
const isOpen = (page: Page) => page.locator('[part=status]').getByText('Open', { exact: true }).waitFor()
const press = (page: Page, name: string) => page.getByRole('button', { name, exact: true }).first().click()

async function signIn(page: Page) {
  await page.getByRole('button', { name: /Alice/ }).click()
  await isOpen(page)
}

/** In mid-answer, after a lost connection: something of everything is on the screen. */
async function inMidAnswer(page: Page) {
  await signIn(page)
  await page.getByRole('button', { name: 'What is a ticket, and why only once?' }).click()
  await page.getByText('for a short time').waitFor()
  await press(page, 'Drop the socket')
  await page.getByText('lost in mid-answer').waitFor()
  await isOpen(page)
  // A few round trips, for the chart.
  await page.locator('.flight__dot').nth(3).waitFor({ timeout: 40_000 })
  await page.getByLabel('Your question').fill('What happens when the connection drops?')
  await page.keyboard.press('Enter')
  await page.getByText('clients which were cut off together').waitFor()
  return undefined
}

/** Three failures: the chain, the bound, and the way back. */
async function reverted(page: Page) {
  await signIn(page)
  await page.getByText('refreshed in').waitFor()
  await page.getByRole('switch', { name: 'Ticket endpoint: 503' }).click()
  await press(page, 'Reconnect')
  for (const count of [1, 2, 3]) {
    // The status may be a moment old; the time line is not.
    await page.locator('.event', { hasText: 'Open with' }).nth(count).waitFor()
    await press(page, 'Reconnect')
    await page.getByText(`${count} of 3 ticket failures`).waitFor({ timeout: 20_000 })
  }
  await isOpen(page)
  const picture = inspector(page)
  await picture.getByText('Reverted to JWT.').waitFor()
  return picture
}

async function messages(page: Page) {
  await inMidAnswer(page)
  await page.getByRole('tab', { name: 'Messages' }).click()
  await page.getByRole('searchbox', { name: 'Search messages' }).fill('tool')
  await page.locator('.message', { hasText: 'tool_completed' }).first().click()
  return inspector(page)
}

async function tickets(page: Page) {
  await inMidAnswer(page)
  await page.getByRole('tab', { name: 'Tickets' }).click()
  await page.getByText('expires in').waitFor()
  return inspector(page)
}

async function story(page: Page) {
  await page.getByText('over a socket opened with a ticket').waitFor({ timeout: 30_000 })
  // The story's own last step.
  await page.getByRole('region', { name: 'The selected message' }).waitFor()
  return undefined
}

const DESK = { width: 1280, height: 800 }

const SHOTS: readonly Shot[] = [
  { name: 'demo', of: 'demo', viewport: DESK, colorScheme: 'light', lead: inMidAnswer },
  { name: 'demo-dark', of: 'demo', viewport: DESK, colorScheme: 'dark', lead: inMidAnswer },
  {
    name: 'inspector-messages',
    of: 'demo',
    viewport: { width: 1280, height: 1000 },
    colorScheme: 'light',
    lead: messages,
  },
  { name: 'inspector-dark', of: 'demo', viewport: { width: 1280, height: 1000 }, colorScheme: 'dark', lead: tickets },
  {
    name: 'inspector-reverted',
    of: 'demo',
    viewport: { width: 1280, height: 1000 },
    colorScheme: 'light',
    lead: reverted,
  },
  {
    name: 'inspector-narrow',
    of: 'stories',
    path: 'inspector--narrow',
    viewport: { width: 372, height: 900 },
    colorScheme: 'light',
    lead: async (page) => {
      await isOpen(page)
      await page.locator('.flight__dot').nth(3).waitFor()
      return inspector(page)
    },
  },
  {
    name: 'story-chat',
    of: 'stories',
    path: 'chat--ask-and-an-answer-streams',
    viewport: { width: 1180, height: 600 },
    colorScheme: 'light',
    lead: story,
  },
  {
    name: 'story-scenario',
    of: 'stories',
    path: 'scenarios--ticket-endpoint-missing',
    viewport: { width: 1000, height: 600 },
    colorScheme: 'dark',
    lead: async (page) => {
      await page.locator('.event', { hasText: 'Open with the JWT' }).waitFor()
      await inspector(page).getByText('Reverted to JWT.').waitFor()
      return undefined
    },
  },
]

async function take(browser: Browser, bases: Record<Shot['of'], string>, shot: Shot) {
  const { name, viewport, colorScheme, of, path = '', lead } = shot
  const context = await browser.newContext({ viewport, colorScheme })
  const page = await context.newPage()
  await page.goto(of === 'demo' ? bases.demo : `${bases.stories}/iframe.html?viewMode=story&id=${path}`)
  const part = await lead(page)
  const picture = await (part ?? page).screenshot()
  await context.close()
  if (picture.length > MAX_BYTES) throw new Error(`${name}.png has ${picture.length} bytes, more than ${MAX_BYTES}`)
  await writeFile(`${folder}${name}.png`, picture)
  console.log(`docs/images/${name}.png: ${picture.length} bytes`)
}

await mkdir(folder, { recursive: true })
const wanted = process.argv.slice(2)
const shots = SHOTS.filter(({ name }) => wanted.length === 0 || wanted.includes(name))
const [browser, stories] = await Promise.all([launchChromium(), serveStories()])
try {
  for (const shot of shots) {
    // A demo of its own for each: what one breaks, the next would find broken.
    const demo = await startDemo({ port: 0, quiet: true, watch: false, pace: 0.6 })
    await take(browser, { demo: demo.url, stories: stories.url }, shot).finally(() => demo.close())
  }
} finally {
  await browser.close()
  await stories.close()
}
