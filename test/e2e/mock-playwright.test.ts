import type { Browser, Page } from 'playwright'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { createMockBackend, type MockBackendOptions, scenarios } from '../../src/mock/index.ts'
import { launchChromium } from '../setup/chromium.ts'
import { jwtFor } from '../support/jwt.ts'
import { bundleOf } from './bundle-of.ts'

const JWT = 'jwt-of-alice'
const APP = 'https://app.test/'

let browser: Browser
let client: string
beforeAll(async () => {
  ;[browser, client] = await Promise.all([launchChromium(), bundleOf('client', 'src/index.ts')])
})
afterAll(() => browser?.close())

/** A page of an app, by default on another origin than the backend's, as in production. */
async function arrange(options: MockBackendOptions = {}, app = APP) {
  const backend = createMockBackend({ users: { alice: { token: JWT } }, ...options })
  const page = await browser.newPage()
  onTestFinished(async () => {
    backend.dispose()
    await page.close()
  })
  await page.route(app, (route) => route.fulfill({ contentType: 'text/html', body: '<!doctype html><title>app' }))
  await backend.routePlaywright(page)
  await page.goto(app)
  await page.addScriptTag({ content: client })
  return { backend, page }
}

/** Connects the real client in the page, and tells by which method it became open. */
const connect = (page: Page, ticketAuth = true) =>
  page.evaluate(
    async ({ jwt, ticketAuth }) => {
      const { UnifiedAuthService, createTicketSocket } = (globalThis as never as { client: ClientEntry }).client
      const auth = new UnifiedAuthService({
        httpUrl: 'https://mock.test',
        getToken: () => jwt,
        ticketAuth,
        retry: { maxRetries: 0 },
      })
      const socket = createTicketSocket({ url: 'wss://mock.test/ws', auth })
      Object.assign(globalThis, { socket })
      const opened = new Promise<string>((resolve) => socket.on('open', ({ method }) => resolve(method)))
      socket.connect()
      return opened
    },
    { jwt: JWT, ticketAuth },
  )
type ClientEntry = typeof import('../../src/index.ts')

/** What a plain socket of the page goes through. */
const dial = (page: Page, protocols: string[]) =>
  page.evaluate(
    (protocols) =>
      new Promise<string[]>((resolve) => {
        const socket = new WebSocket('wss://mock.test/ws', protocols)
        const events: string[] = []
        socket.onopen = () => {
          events.push(`open ${socket.protocol}`)
          socket.send('{"type":"opened"}')
        }
        socket.onerror = () => events.push('error')
        socket.onclose = ({ code, reason }) => resolve([...events, `close ${code} ${reason}`.trim()])
      }),
    protocols,
  )

test('an app in Chromium gets a ticket from the backend in the test, connects with it and talks', async () => {
  const { backend, page } = await arrange()
  backend.onMessage('ask', (_, connection) => connection.send({ type: 'answer' }))
  expect(await connect(page)).toBe('ticket')
  const answer = page.evaluate(() => {
    const { socket } = globalThis as never as { socket: ReturnType<ClientEntry['createTicketSocket']> }
    const heard = new Promise((resolve) => socket.onMessage('answer', resolve))
    socket.send({ type: 'ask' })
    return heard
  })
  expect(await answer).toEqual({ type: 'answer' })
  expect(backend.journal.of('upgrade')).toMatchObject([{ outcome: 'accepted', method: 'ticket', userId: 'alice' }])
})

test('scenarios show in the page: without the ticket endpoint it connects with the JWT', async () => {
  const { backend, page } = await arrange()
  backend.use(scenarios.ticketEndpointDown)
  expect(await connect(page)).toBe('jwt')
  expect(backend.journal.of('http').map(({ status }) => status)).toEqual([503])
  // Playwright selects the first protocol, so on this path the server is a plain one.
  expect((await backend.connected()).spoken).toBe(false)
})

test('a network that fails is a failed fetch', async () => {
  const { backend, page } = await arrange()
  backend.use(scenarios.ticketEndpointHangs)
  const failed = page.evaluate(() =>
    fetch('https://mock.test/websocket/tickets/status').then(
      () => 'answered',
      (error: Error) => error.name,
    ),
  )
  await new Promise<void>((resolve) => backend.journal.subscribe(() => resolve()))
  backend.reset()
  expect(await failed).toBe('TypeError')
})

test('a refused credential is told by its close code, a broken connection as 1006', async () => {
  const { backend, page } = await arrange()
  expect(await dial(page, ['ticket-socket.v1'])).toEqual(['open ticket-socket.v1', 'close 4401 unauthenticated'])
  const broken = dial(page, ['jwt-auth', `jwt.${Buffer.from(JWT).toString('base64url')}`])
  backend.onMessage('opened', () => backend.dropConnections())
  expect(await broken).toEqual(['open jwt-auth', 'close 1006'])
})

test('binary crosses both ways', async () => {
  const { backend, page } = await arrange({
    upgrade: { allowAnonymous: true },
    onConnection: (connection) => connection.onBinary((bytes) => connection.sendBinary(bytes)),
  })
  const echoed = page.evaluate(
    () =>
      new Promise<number[]>((resolve) => {
        const socket = new WebSocket('wss://mock.test/ws')
        socket.binaryType = 'arraybuffer'
        socket.onopen = () => socket.send(new Uint8Array([1, 2, 255]))
        socket.onmessage = ({ data }) => resolve([...new Uint8Array(data)])
      }),
  )
  expect(await echoed).toEqual([1, 2, 255])
  expect(backend.journal.count('frame')).toBe(2)
})

// What cannot be corrected, as listed in docs/mock.md: when it fails, Playwright has learned it.
test('a refused upgrade is 1006 without an error event', async () => {
  const { backend, page } = await arrange()
  backend.use(scenarios.upgradeRefused)
  expect(await dial(page, ['ticket-socket.v1'])).toEqual(['close 1006'])
})

/** What the contract asks for and Playwright cannot show, as listed in docs/mock.md. Kept after all, it must leave here. */
const GAPS = ['PR-51.1', 'PR-51.3', 'PR-71.2']

test('every rule of the contract is kept through Playwright, but for the gaps that are listed', async () => {
  const tokens = { token: jwtFor('alice'), otherToken: jwtFor('bob') }
  const users = { alice: { token: tokens.token }, bob: { token: tokens.otherToken } }
  // On the backend's own origin: a browser hides most headers from any other.
  const { page } = await arrange({ users }, 'https://mock.test/app')
  await page.addScriptTag({ content: await bundleOf('conformance', 'src/mock/conformance/index.ts') })
  const report = await page.evaluate((tokens) => {
    const { conformance } = globalThis as never as { conformance: typeof import('../../src/mock/conformance/index.ts') }
    const target = { httpUrl: 'https://mock.test', wsUrl: 'wss://mock.test/ws', timeoutMs: 2_000, ...tokens }
    return conformance.runConformance(target)
  }, tokens)
  const broken = report.results.filter(({ outcome }) => outcome === 'broken')
  expect(broken.map(({ id }) => id)).toEqual(GAPS)
  expect(report.kept).toBeGreaterThan(60)
})

test('every rule is kept by the mock in the page itself', async () => {
  const { page } = await arrange()
  await page.addScriptTag({ content: await bundleOf('mock', 'src/mock/index.ts') })
  await page.addScriptTag({ content: await bundleOf('conformance', 'src/mock/conformance/index.ts') })
  const report = await page.evaluate(
    ([token, otherToken]) => {
      const { mock, conformance } = globalThis as never as {
        mock: typeof import('../../src/mock/index.ts')
        conformance: typeof import('../../src/mock/conformance/index.ts')
      }
      const backend = mock.createMockBackend({
        users: { alice: { token }, bob: { token: otherToken } },
        // Those of a server.
        limits: {},
      })
      return conformance.runConformance({
        httpUrl: backend.httpUrl,
        wsUrl: backend.wsUrl,
        token,
        otherToken,
        libraryLimits: true,
        fetch: backend.fetch,
        openSocket: (url, protocols) => new backend.WebSocket(url, protocols),
      })
    },
    [jwtFor('alice'), jwtFor('bob')] as const,
  )
  expect(report.results.filter(({ outcome }) => outcome === 'broken')).toEqual([])
  expect(report.kept).toBeGreaterThan(60)
})
