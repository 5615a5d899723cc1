import { expect, test, vi } from 'vitest'
import { announceRestart, closeForRestart } from '../../../src/server/restart.ts'
import type { Engine } from '../../setup/engines/engine.ts'
import { arrange, type Shared, ticketsIn } from './arrange.ts'

const HEARTBEAT = { intervalMs: 300, timeoutMs: 300 }

/** WebKitGTK reports a lost connection instead of these registered codes. */
const LOST_IN_WEBKIT = [1012, 1013, 1014]

export function losing(engine: Engine, shared: Shared): void {
  test.each(['end', 'reset'] as const)(
    'a connection that ends by TCP alone (%s) is replaced, with another ticket',
    async (how) => {
      const { page, proxy, server, jwt } = await arrange(shared)
      await page.run((jwt) => kit.connect({ jwt }), jwt)
      proxy[how]()
      const lost = await page.run(() => kit.app.event('lost'))
      expect(lost).toMatchObject({ error: { code: 'connection_lost' }, closeDetails: { code: 1006 } })
      expect(await page.run(() => kit.app.event('open', 2))).toMatchObject({ method: 'ticket' })
      expect(new Set(ticketsIn(server)).size).toBe(2)
    },
  )

  test('the heartbeat notices a link that swallows everything', async () => {
    const { page, proxy, jwt } = await arrange(shared)
    await page.run((options) => kit.connect(options), { jwt, heartbeat: HEARTBEAT })
    proxy.swallow()
    const lost = await page.run(() => kit.app.event('lost'))
    expect(lost).toMatchObject({ error: { code: 'heartbeat_lost' } })
    proxy.heal()
    expect(await page.run(() => kit.app.event('open', 2))).toMatchObject({ method: 'ticket' })
  })

  test('close codes and reasons arrive as they were sent, but for three in WebKit', async () => {
    const { page, server, jwt } = await arrange(shared)
    server.onConnection = (connection) =>
      connection.onMessage(({ code }) => connection.close(code as number, `because ${code}`))
    const codes = [1000, 1001, 1008, 1011, 1012, 1013, 1014, 4000, 4410, 4512, 4999]
    const closeEach = (argument: { jwt: string; codes: number[] }) =>
      Promise.all(
        argument.codes.map(async (code) => {
          const { socket, event, ending } = kit.signIn({ jwt: argument.jwt })
          socket.connect()
          await event('open')
          socket.send({ type: 'close', code })
          const { closeDetails } = await ending()
          socket.dispose()
          return [closeDetails?.code, closeDetails?.reason]
        }),
      )
    const isLost = (code: number) => engine.name === 'WebKit' && LOST_IN_WEBKIT.includes(code)
    const expected = codes.map((code) => (isLost(code) ? [1006, ''] : [code, `because ${code}`]))
    expect(await page.run(closeEach, { jwt, codes })).toEqual(expected)
  })

  test('PR-74: a client of a server that restarts gets its wait', async () => {
    const { page, server, jwt } = await arrange(shared)
    await page.run((jwt) => kit.connect({ jwt }), jwt)
    for (const connection of server.connections()) {
      announceRestart(connection, 3_600_000)
      closeForRestart(connection, 20_000)
    }
    const lost = await page.run(() => kit.app.event('lost'))
    expect(lost).toMatchObject({
      error: { code: 'connection_lost' },
      closeDetails: { code: 4512, reason: 'restart;retry_after_ms=20000' },
    })
    expect(lost.retryInMs).toBeGreaterThanOrEqual(20_000)
  })

  test('a port that the browser blocks is a lost connection, and none that takes its time', async () => {
    const { page, jwt } = await arrange(shared)
    const lost = await page.run((jwt) => {
      const { socket, ending } = kit.signIn({ jwt, ticketAuth: false, url: 'ws://127.0.0.1:1/' })
      socket.connect()
      return ending()
    }, jwt)
    expect(lost).toMatchObject({ error: { code: 'connection_lost' }, closeDetails: { code: 1006 } })
  })

  test('a page whose Content-Security-Policy blocks the server fails by the name of the directive', async () => {
    const { page, jwt } = await arrange(shared)
    const failed = await page.run((jwt) => {
      const policy = document.createElement('meta')
      policy.httpEquiv = 'content-security-policy'
      policy.content = "connect-src 'none'"
      document.head.append(policy)
      const { socket, ending } = kit.signIn({ jwt, ticketAuth: false })
      socket.connect()
      return ending()
    }, jwt)
    expect(failed).toMatchObject({ error: { code: 'blocked_by_policy' } })
    expect(JSON.stringify(failed)).toContain('(connect-src)')
  })

  test('the server notices at once that a page was closed', async () => {
    const { server, jwt, url } = await arrange(shared)
    const page = await shared.browser.newPage()
    await page.goto(url)
    await page.run((jwt) => kit.connect({ jwt }), jwt)
    await page.close()
    await vi.waitFor(() => expect(server.connections()).toEqual([]))
  })

  test('back in a page that the browser has kept, the client connects again by itself; Firefox keeps none', async () => {
    const { page, server, jwt, url } = await arrange(shared)
    await page.run((jwt) => kit.connect({ jwt }), jwt)
    const closed = new Promise((resolve) => server.connections()[0]?.onClose(resolve))
    await page.goto(url.replace('/page', '/frame'))
    // Chromium keeps the connection with the page, and closes it when the page comes back.
    if (engine.name !== 'Chromium') expect(await closed).toBe(1001)
    await page.run(() => void setTimeout(() => history.back()))
    expect(await closed).toBe(1001)
    const isBack = () => page.run(() => location.pathname === '/page' && typeof kit === 'object')
    await vi.waitFor(async () => expect(await isBack()).toBe(true))
    if (engine.name === 'Firefox') expect(await page.run(() => kit.app === undefined)).toBe(true)
    else expect(await page.run(() => kit.app.event('open', 2))).toMatchObject({ method: 'ticket' })
    expect(new Set(ticketsIn(server)).size).toBe(engine.name === 'Firefox' ? 1 : 2)
  })
}
