// The built Storybook as a person has it: its toolbar, and its pages of documents, which no story's test sees. Built by
// `npm run build-storybook`, and anew after a change; without that there is nothing to look at.

import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Browser, Page } from 'playwright'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { serveStories } from '../../scripts/serve-stories.ts'
import { launchChromium } from '../setup/chromium.ts'

/** The one that Storybook's own checks use. */
const axe = readFileSync(
  createRequire(import.meta.resolve('@storybook/addon-a11y/package.json')).resolve('axe-core/axe.min.js'),
  'utf8',
)

describe.skipIf(!existsSync('storybook-static/index.json'))('the built stories', () => {
  let browser: Browser
  let stories: Awaited<ReturnType<typeof serveStories>>

  beforeAll(async () => {
    ;[browser, stories] = await Promise.all([launchChromium(), serveStories()])
  })
  afterAll(async () => {
    await browser?.close()
    await stories?.close()
  })

  async function open(path: string, options: Parameters<Browser['newPage']>[0] = {}): Promise<Page> {
    const page = await browser.newPage({ viewport: { width: 1400, height: 900 }, ...options })
    onTestFinished(() => page.close())
    await page.goto(`${stories.url}/${path}`)
    return page
  }

  test('a switch makes another world, and the story is told anew in it', async () => {
    const page = await open('?path=/story/chat--playground')
    const preview = page.frameLocator('#storybook-preview-iframe')
    const interactions = page.getByRole('tabpanel', { name: /^Interactions/ })
    const passes = () => interactions.getByText('Pass', { exact: true }).waitFor()
    const choose = async (toolbarItem: RegExp, choice: string) => {
      await passes()
      await page.getByRole('button', { name: toolbarItem }).click()
      await page.getByRole('option', { name: choice, exact: true }).click()
    }
    const openBy = (method: string) => preview.locator('[part=method]').getByText(method, { exact: true }).waitFor()
    await page.getByRole('tab', { name: /^Interactions/ }).click()
    await openBy('JWT')
    await choose(/^NEXT_PUBLIC_ENABLE_TICKET_AUTH/, 'Ticket authentication on')
    await openBy('Ticket')
    // Its play function has seen this world, too.
    await interactions.getByText('expect(<dd>on</dd>)').waitFor()
    await choose(/^Who is signed in/, 'Bob Lindqvist')
    await preview.getByText('Hello Bob.').waitFor()
    await openBy('Ticket')
    await choose(/^How the mock backend misbehaves/, 'ticketEndpointMissing')
    await openBy('JWT')
    await preview.getByText('Reverted to JWT.').first().waitFor()
    await passes()
  })

  test('a story that holds a switch says the same, whatever the switch says', async () => {
    const page = await open('?path=/story/scenarios--ticket-forbidden&globals=ticketAuth:off;scenario:offline')
    await page.getByRole('tab', { name: /^Interactions/ }).click()
    await page.getByText('Pass', { exact: true }).waitFor()
    const answered = page.frameLocator('#storybook-preview-iframe').getByText(/answered 403/)
    await answered.first().waitFor()
  })

  for (const colorScheme of ['light', 'dark'] as const) {
    test(`axe finds nothing in the pages of documents on a ${colorScheme} system`, async () => {
      const index = JSON.parse(readFileSync('storybook-static/index.json', 'utf8')) as {
        entries: Record<string, Entry>
      }
      const documents = Object.values(index.entries).filter(
        ({ type, tags }) => type === 'docs' && !tags.includes('autodocs'),
      )
      expect(documents.length).toBeGreaterThanOrEqual(3)
      for (const { id } of documents) {
        const page = await open(`iframe.html?viewMode=docs&id=${id}`, { colorScheme })
        await page.getByRole('heading', { level: 1 }).waitFor()
        await page.evaluate(axe)
        // What stands around it is Storybook's.
        const { violations } = await page.evaluate<{ violations: Violation[] }>("axe.run('.sbdocs')")
        expect(violations.map((violation) => [id, violation.id, violation.nodes[0]?.html])).toEqual([])
      }
    })
  }
})

interface Entry {
  id: string
  type: string
  tags: string[]
}

interface Violation {
  id: string
  nodes: { html: string }[]
}
