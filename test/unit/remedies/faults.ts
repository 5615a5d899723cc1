// What goes wrong, by name. Each is put on a page that was fine until then.

import { type Scenario, scenarios } from '../../../src/mock/index.ts'
import type { UpgradeDecision } from '../../../src/server/upgrade-decision.ts'
import { jwtFor } from '../../support/jwt.ts'
import { answering, type Page, type Setting } from './situations.ts'

type Break = (page: Page) => void

const http = (name: string, answer: Required<ReturnType<Scenario['start']>>['http']): Break => {
  return ({ backend }) => void backend.use({ name, start: () => ({ http: answer }) })
}

const TICKET = {
  ticket_id: 'A'.repeat(43),
  created_at: 0,
  expires_at: 300,
  ttl_seconds: 300,
  single_use: true,
}

const json = (body: unknown, status = 200) =>
  new Response(JSON.stringify(body), { status, headers: { 'content-type': 'application/json' } })

/** Of the exchange with the ticket endpoints. */
export const HTTP_FAULTS: Record<string, Break> = {
  ...Object.fromEntries(
    [400, 401, 403, 404, 429, 501, 503].map((status) => [
      `answers ${status}`,
      ({ backend }: Page) => void backend.use(answering(status)),
    ]),
  ),
  'answers 429 with a wait': ({ backend }) => void backend.use(answering(429, { 'retry-after': '20' })),
  'answers 302': ({ backend }) => void backend.use(answering(302, { location: 'https://login.example.com/' })),
  'answers HTML': http('html', () => new Response('<html>', { headers: { 'content-type': 'text/html' } })),
  'answers another shape': http('shape', () => json({ success: false, revoked: 0, message: 'no' })),
  'answers too much': http('long', () => json('x'.repeat(70_000))),
  'answers the same ticket again': http('repeated', () => json(TICKET)),
  'answers an expired ticket': http('expired', async (call) => {
    await call.wait(400)
    return json({ ...TICKET, ticket_id: 'B'.repeat(43), ttl_seconds: 0.1 })
  }),
  'cannot be reached': http('network', (call) => call.fail()),
  'never answers': http('hangs', (call) => call.hang()),
}

/** `callbacks`: as they are from the moment on at which `isBroken` says so. */
interface AppFault {
  break: Break
  callbacks?: (isBroken: () => boolean) => Partial<Setting>
}

const CREDENTIAL = `token=${'x'.repeat(20)}`

const tokenThat = (fails: () => Promise<string>) => (isBroken: () => boolean) => {
  const jwt = jwtFor('alice')
  return {
    backend: { users: { alice: { token: jwt, permissions: ['chat'] } } },
    auth: { getToken: () => (isBroken() ? fails() : jwt) },
  }
}

const urlThat = (fails: () => Promise<string>) => (isBroken: () => boolean) => ({
  socket: { url: () => (isBroken() ? fails() : 'wss://mock.test/ws'), urlTimeoutMs: 1_000 },
})

/** Of the app's own code. */
export const APP_FAULTS: Record<string, AppFault> = {
  'getToken throws': { break: () => {}, callbacks: tokenThat(() => Promise.reject(new Error('storage is locked'))) },
  'getToken never answers': { break: () => {}, callbacks: tokenThat(() => new Promise(() => {})) },
  'url throws': { break: () => {}, callbacks: urlThat(() => Promise.reject(new Error('no room yet'))) },
  'url never answers': { break: () => {}, callbacks: urlThat(() => new Promise(() => {})) },
  'url holds a credential': { break: () => {}, callbacks: urlThat(async () => `wss://mock.test/ws?${CREDENTIAL}`) },
  'the user is signed out without a word': {
    break: ({ session }) => {
      session.jwt = null
    },
  },
  'the caller cancels': { break: () => {} },
  'the service is disposed of': { break: ({ auth }) => auth.dispose() },
  'the user signs out meanwhile': {
    break: (page) => {
      page.backend.use({ name: 'slow', start: () => ({ http: (call, next) => call.wait(300).then(next) }) })
      page.clock.setTimer(() => {
        page.session.jwt = null
        page.auth.handleLogout()
      }, 100)
    },
  },
}

const refusing =
  (code: number, reason: string): Break =>
  ({ backend }) =>
    void backend.use({
      name: `refusing${code}`,
      start: () => ({
        async upgrade(_call, next) {
          const decided = await next()
          const subprotocol = 'subprotocol' in decided ? decided.subprotocol : undefined
          return { kind: 'refused', code, reason, subprotocol } as UpgradeDecision
        },
      }),
    })

const closing =
  (code: number, reason = ''): Break =>
  ({ backend }) => {
    for (const connection of backend.connections()) connection.close(code, reason)
  }

/** Of a connection, at its upgrade or while it is open. */
export const CONNECTION_FAULTS: Record<string, Break> = {
  ...Object.fromEntries(
    (
      [
        [4401, 'ticket_invalid'],
        [4401, 'unauthenticated'],
        [4403, 'origin'],
        [4400, 'bad_request'],
        [4406, 'x'],
        [4429, 'too_many'],
        [4503, 'unavailable'],
        [4500, 'server_error'],
        [1008, 'x'],
        [4444, 'x'],
      ] as const
    ).map(([code, reason]) => [`refuses with ${code} ${reason}`, refusing(code, reason)]),
  ),
  'refuses tickets alone': ({ backend }) => void backend.use(scenarios.ticketRefused),
  'rejects the upgrade': ({ backend }) =>
    void backend.use({ name: 'rejecting', start: () => ({ upgrade: () => ({ kind: 'rejected', status: 503 }) }) }),
  'answers 503 and rejects the upgrade': (page) => {
    page.backend.use(answering(503))
    CONNECTION_FAULTS['rejects the upgrade']?.(page)
  },
  'never answers the upgrade': ({ backend }) =>
    void backend.use({ name: 'hanging', start: () => ({ upgrade: (call) => call.hang() }) }),
  ...Object.fromEntries(
    [1001, 3999, 1009, 1011, 1012, 4401, 4403, 4408, 4409, 4410, 4411, 4429, 4503, 4508, 4512, 1008, 4444].map(
      (code) => [`closes with ${code}`, closing(code)],
    ),
  ),
  breaks: ({ backend }) => backend.dropConnections(),
  'falls silent': (page) => {
    page.backend.use({ name: 'silent', start: ({ silence }) => ({ stop: silence() }) })
  },
  'says that it goes away': (page) => {
    page.backend.use({
      name: 'leaving',
      start: ({ connections, sendControlFrame }) => {
        for (const connection of connections())
          sendControlFrame(connection, { type: 'ts:going_away', deadline_ms: 1_000 } as never)
        return {}
      },
    })
  },
}
