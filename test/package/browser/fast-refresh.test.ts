// An edit of a component, with Vite's dev server and its React plugin: React runs every effect of it again.

import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import react from '@vitejs/plugin-react'
import { createServer } from 'vite'
import { expect, onTestFinished, test, vi } from 'vitest'
import type { MockBackend } from '../../../src/mock/index.ts'
import { layOutExample } from '../examples.ts'
import { openPage } from '../open-page.ts'

/** The example in two modules: what is edited, and the connection, which is not. */
function splitExample(root: string) {
  const [component, connection] = [join(root, 'src/App.tsx'), join(root, 'src/connection.ts')]
  const whole = readFileSync(component, 'utf8')
  const at = whole.indexOf('export default')
  const hooks = "import { useLatestMessage, useMessage, useTicketSocket } from 'ticket-socket/react'\n"
  writeFileSync(
    connection,
    `${whole.slice(0, at).replace(/import .*react'\n/, '')}Object.assign(window, { backend })\nexport { auth, backend, url }\n`,
  )
  const edited = (word: string) =>
    `import { useState } from 'react'\n${hooks}import { auth, backend, url } from './connection.ts'\n\n${whole
      .slice(at)
      .replace(
        'return <h1>',
        `useMessage('hello', () => {}, socket)\n  const [kept] = useState(() => Math.random())\n  return <h1 title={String(kept)}>${word}: `,
      )}`
  return { component, edit: (word: string) => writeFileSync(component, edited(word)) }
}

test('an edit of a component neither requests a ticket nor opens a socket, and its state stays', async () => {
  const root = layOutExample('react-vite', 'fast-refresh')
  const { component, edit } = splitExample(root)
  edit('before')
  const server = await createServer({
    root,
    configFile: false,
    plugins: [react()],
    logLevel: 'error',
    server: { port: 0, host: 'localhost' },
  })
  onTestFinished(() => server.close())
  await server.listen()
  const { page, complaints } = await openPage(server.resolvedUrls?.local[0] ?? '')
  const heading = page.getByRole('heading')
  await page.getByRole('heading', { name: 'before: Hello, alice' }).waitFor()
  const kept = await heading.getAttribute('title')

  const counts = () =>
    page.evaluate(() => {
      const { backend } = window as unknown as { backend: MockBackend }
      const tickets = backend.journal.of('http').filter(({ method }) => method === 'POST').length
      return {
        tickets,
        upgrades: backend.journal.count('upgrade'),
        connected: backend.connections().map(({ id }) => id),
      }
    })
  // One for the connection, and the spare.
  await vi.waitUntil(async () => (await counts()).tickets === 2, { timeout: 10_000 })
  const before = await counts()
  expect(before).toEqual({ tickets: 2, upgrades: 1, connected: [expect.any(String)] })
  for (const word of ['after', 'long after']) {
    edit(word)
    // Vite's watcher drops a second change within 50 ms of the first.
    server.watcher.emit('change', component)
    await page.getByRole('heading', { name: `${word}: Hello, alice`, exact: true }).waitFor()
  }
  expect(await heading.getAttribute('title')).toBe(kept)
  expect(await counts()).toEqual(before)
  expect(complaints).toEqual([])
})
