// Built by Next.js as it is, run as two processes with a real Redis between them, and opened in a real Chromium.

import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { freePort, startRedis } from '../../redis/start-redis.ts'
import { layOutExample, startServer } from '../examples.ts'
import { openPage } from '../open-page.ts'

const NEXT = 'node_modules/next/dist/bin/next'

/** The packages are links, and lead out of the folder: Turbopack is told to follow them. */
function layOut(): string {
  const folder = layOutExample('nextjs')
  const config = join(folder, 'next.config.ts')
  writeFileSync(config, readFileSync(config, 'utf8').replace('= { ', "= { turbopack: { root: '/' }, "))
  return folder
}

test('examples/nextjs: two tabs chat, by tickets of a route handler, over a server of its own', {
  timeout: 180_000,
}, async () => {
  const folder = layOut()
  const [redis, page, sockets] = [await startRedis(), await freePort(), await freePort()]
  const origin = `http://localhost:${page}`
  // Of these a build reads the public ones.
  const env = {
    NEXT_TELEMETRY_DISABLED: '1',
    NODE_ENV: 'production' as const,
    REDIS_URL: `redis://127.0.0.1:${redis.port}`,
    JWT_SECRET: 'a secret of this test, 32 bytes or longer',
    APP_ORIGIN: origin,
    NEXT_PUBLIC_ENABLE_TICKET_AUTH: 'true',
    NEXT_PUBLIC_BACKEND_HTTP_URL: origin,
    NEXT_PUBLIC_BACKEND_WS_URL: `ws://localhost:${sockets}/ws`,
  }
  const { REDIS_URL: _, JWT_SECRET: __, ...known } = env
  // Its types are checked here, too, against the package's declarations.
  execFileSync(process.execPath, [NEXT, 'build'], { cwd: folder, env: { ...process.env, ...known }, stdio: 'pipe' })
  await startServer(folder, ['socket-server.ts'], { ...env, PORT: String(sockets) })
  await startServer(folder, [NEXT, 'start', '--hostname', 'localhost', '--port', String(page)], env)

  const markup = await (await fetch(origin)).text()
  expect(markup).toContain('<output>idle</output>')
  const [first, second] = [await openPage(origin), await openPage(origin)]
  for (const { page } of [first, second]) {
    await page.getByText('open (ticket)').waitFor()
    await page.getByText('server: Hello, guest-').waitFor()
  }
  await first.page.getByLabel('Message').fill('Is anybody there?')
  await first.page.getByRole('button', { name: 'Send' }).click()
  await second.page.getByText(/^guest-[\w-]{6}: Is anybody there\?$/).waitFor()
  // No warning of React's about the markup, for one.
  expect([first.complaints, second.complaints]).toEqual([[], []])
})
