import { expect, test } from 'vitest'
import { layOutExample, startServer } from '../examples.ts'
import { openPage } from '../open-page.ts'

test('examples/vanilla: two tabs chat over sockets that were opened with tickets, without a bundler', async () => {
  const url = await startServer(layOutExample('vanilla'), ['server.js'])
  const [first, second] = [await openPage(url), await openPage(url)]
  for (const { page } of [first, second]) {
    await page.getByText('open (ticket)').waitFor()
    await page.getByText('server: Hello, guest-').waitFor()
  }
  await first.page.getByLabel('Message').fill('Is anybody there?')
  await first.page.getByRole('button', { name: 'Send' }).click()
  await second.page.getByText(/^guest-[0-9a-f]{6}: Is anybody there\?$/).waitFor()
  expect(second.sockets).toEqual([expect.stringMatching(/^ws:\/\/localhost:\d+\/ws\?ticket=[\w-]{43}$/)])
  expect([first.complaints, second.complaints]).toEqual([[], []])
})

test('examples/vanilla: its server shows what the page needs, and not its own files', async () => {
  const url = await startServer(layOutExample('vanilla'), ['server.js'])
  const statusOf = async (path: string) => (await fetch(url + path)).status
  expect(await statusOf('/node_modules/ticket-socket/dist/index.js')).toBe(200)
  for (const path of [
    '/server.js',
    '/package.json',
    '/node_modules/ticket-socket/..%2f..%2fserver.js',
    '/x/../server.js',
  ]) {
    expect([path, await statusOf(path)]).toEqual([path, 404])
  }
})
