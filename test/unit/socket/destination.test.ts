// A URL function, and credentials in a URL, as an app sees them: by what is asked for, dialled and reported.

import { inspect } from 'node:util'
import { describe, expect, test } from 'vitest'
import {
  type CredentialSource,
  createTicketSocket,
  type TicketSocketOptions,
  type UnifiedAuthServiceOptions,
} from '../../../src/index.ts'
import { arrange } from '../../support/arrange.ts'
import { jwtFor } from '../../support/jwt.ts'

type Url = TicketSocketOptions['url']

function open(url: Url, options: { auth?: object; socket?: object; backend?: object } = {}) {
  const warnings: string[] = []
  const dialled: string[] = []
  const page = arrange({
    auth: options.auth ?? {},
    backend: options.backend ?? {},
    wrap: (platform) => ({
      ...platform,
      logger: { debug() {}, info() {}, warn: (line) => void warnings.push(line), error() {} },
      WebSocket: class extends (platform.WebSocket as never as typeof WebSocket) {
        constructor(address: string, protocols?: string[]) {
          super(address, protocols)
          dialled.push(address.replace(/ticket=[\w-]{43}$/, 'ticket=…'))
        }
      } as never,
    }),
  })
  const make = (auth: CredentialSource = page.auth) =>
    createTicketSocket({ url, auth, platform: page.platform, ...options.socket })
  return { ...page, warnings, dialled, make }
}

/** Connects, and tells how it ended. */
function outcomesOf(socket: ReturnType<typeof createTicketSocket>) {
  const outcomes: string[] = []
  socket.on('open', ({ method }) => outcomes.push(`open by ${method}`))
  socket.on('lost', ({ error }) => outcomes.push(`lost: ${error.code}`))
  socket.on('failed', ({ error }) => outcomes.push(`failed: ${error.code}`))
  return outcomes
}

const WS = 'wss://mock.test/ws'
const TOKEN = 'x'.repeat(16)

describe('a url function', () => {
  test('is called for each attempt, and its answer is dialled plus the ticket', async () => {
    let resume = 0
    const { make, clock, backend, dialled } = open(async () => `${WS}?resume=${++resume}`)
    const socket = make()
    expect(resume).toBe(0)
    socket.connect()
    await clock.advance(1_000)
    backend.dropConnections()
    await clock.advance(10_000)
    expect(dialled).toEqual([`${WS}?resume=1&ticket=…`, `${WS}?resume=2&ticket=…`])
    expect(socket.store.getState().status).toBe('open')
  })

  test.each([
    ['a URL object', () => new URL(`${WS}?a=1`)],
    ['https:', () => 'https://mock.test/ws?a=1'],
    ['a promise', () => Promise.resolve(`${WS}?a=1`)],
  ])('may answer with %s', async (_, url) => {
    const { make, clock, dialled } = open(url)
    make().connect()
    await clock.advance(1_000)
    expect(dialled).toEqual([`${WS}?a=1&ticket=…`])
  })

  test('is called before a ticket is asked for: an attempt without a URL takes none', async () => {
    const order: string[] = []
    const { make, clock, auth } = open(() => {
      order.push('url')
      return WS
    })
    auth.on('ticketIssued', () => order.push('ticketIssued'))
    auth.on('ticketTaken', () => order.push('ticketTaken'))
    make().connect()
    await clock.advance(1_000)
    expect(order.slice(0, 3)).toEqual(['url', 'ticketIssued', 'ticketTaken'])
  })

  test('that throws fails the attempt by its own code, which is made again; its words are masked', async () => {
    const jwt = jwtFor('alice')
    let isBroken = true
    const { make, clock, dialled, ticketRequests } = open(() => {
      if (isBroken) throw new Error(`no endpoint for ${jwt}`)
      return WS
    })
    const socket = make()
    const outcomes = outcomesOf(socket)
    socket.connect()
    await clock.advance(10)
    const { error, status } = socket.store.getState()
    expect(status).toBe('reconnecting')
    expect(error).toMatchObject({
      code: 'url_callback_failed',
      retryable: true,
      message: 'url failed. It should return the URL to connect to.',
      cause: { message: 'no endpoint for [jwt]' },
    })
    expect([dialled, ticketRequests()]).toEqual([[], 0])
    isBroken = false
    await clock.advance(20_000)
    expect(outcomes.at(0)).toBe('lost: url_callback_failed')
    expect(outcomes.at(-1)).toBe('open by ticket')
  })

  test.each<[string, () => unknown, string]>([
    ['null', () => null, 'got null'],
    ['nothing', () => undefined, 'got undefined'],
    ['no URL', () => 'api.example.com/ws', 'must be a URL such as'],
    ['ws: beyond this machine', () => 'ws://api.example.com/ws', 'url must use wss: for api.example.com'],
    ['a user', () => 'wss://alice:hunter2@api.example.com/ws', 'must not hold a user, password or fragment'],
    ['a path without a page', () => '/ws', 'url must be absolute'],
    ['its token as a host', () => `bogus ${jwtFor('alice')}`, 'must be a URL such as'],
  ])('that answers with %s fails the attempt by its own code', async (_, url, message) => {
    const { make, clock, dialled } = open(url as never)
    const socket = make()
    socket.connect()
    await clock.advance(10)
    const { error } = socket.store.getState()
    expect(error).toMatchObject({ code: 'url_callback_failed', message: expect.stringContaining(message) })
    expect(error?.message).toMatch(/^url returned what cannot be dialled: /)
    expect(error?.message).not.toMatch(/eyJ|hunter2/)
    expect(dialled).toEqual([])
  })

  test('that does not answer is given up after urlTimeoutMs, and its late answer is ignored', async () => {
    const answers: ((url: string) => void)[] = []
    const { make, clock, dialled } = open(() => new Promise((resolve) => answers.push(resolve)), {
      socket: { urlTimeoutMs: 3_000 },
    })
    const socket = make()
    socket.connect()
    await clock.advance(2_999)
    expect(socket.store.getState().phase).toBe('authenticating')
    await clock.advance(1)
    expect(socket.store.getState().error).toMatchObject({
      code: 'timeout',
      message: 'url did not answer within 3000 ms. Make it settle sooner, or raise urlTimeoutMs.',
    })
    answers[0]?.(`${WS}?late`)
    await clock.advance(2_000)
    answers[1]?.(`${WS}?in-time`)
    await clock.advance(1_000)
    expect(dialled).toEqual([`${WS}?in-time&ticket=…`])
  })

  test.each<[string, (page: ReturnType<typeof open>, socket: { close(): void }) => void]>([
    ['a log-out', ({ auth }) => auth.handleLogout()],
    ['close()', (_, socket) => socket.close()],
  ])('that answers after %s dials nothing', async (_, end) => {
    let answer = (_: string) => {}
    const page = open(
      () =>
        new Promise((resolve) => {
          answer = resolve
        }),
    )
    const socket = page.make()
    socket.connect()
    await page.clock.advance(10)
    end(page, socket)
    answer(WS)
    await page.clock.advance(10_000)
    expect([page.dialled, page.ticketRequests()]).toEqual([[], 0])
    expect(socket.store.getState().status).toBe('closed')
  })

  test('that ends the session itself dials nothing for the session that it ended', async () => {
    const page = open(() => {
      page.auth.handleLogout()
      return WS
    })
    const socket = page.make()
    socket.connect()
    await page.clock.advance(10_000)
    expect(page.dialled).toEqual([])
    expect(socket.store.getState().status).toBe('closed')
  })

  test('is called once more for the next user, and what it said for the last one is not dialled', async () => {
    const answers: ((url: string) => void)[] = []
    const page = open(() => new Promise((resolve) => answers.push(resolve)))
    page.make().connect()
    await page.clock.advance(10)
    page.signIn('bob')
    await page.clock.advance(10)
    answers[0]?.(`${WS}?of=alice`)
    answers[1]?.(`${WS}?of=bob`)
    await page.clock.advance(1_000)
    expect(page.dialled).toEqual([`${WS}?of=bob&ticket=…`])
    expect(page.backend.connections().map(({ identity }) => identity?.userId)).toEqual(['bob'])
  })

  test('does not end a request for a ticket that is under way: the ticket is there when the URL is', async () => {
    const page = open(
      async () => {
        await new Promise<void>((resolve) => page.clock.setTimer(resolve, 5_000))
        return WS
      },
      { backend: { latencyMs: 1_000 } },
    )
    const socket = page.make()
    socket.connect()
    await page.clock.advance(20_000)
    page.auth.clearTicketCache()
    const asked = page.ticketRequests()
    // Asked for at once, and answered after two seconds; the wait for the next attempt takes one.
    page.backend.dropConnections()
    await page.clock.advance(4_000)
    expect(socket.store.getState().phase).toBe('authenticating')
    expect(page.auth.store.getState().spare).not.toBeNull()
    expect(page.ticketRequests() - asked).toBe(1)
  })
})

describe('PR-42: a credential in a fixed url', () => {
  test.each(['?ticket=1', `?token=${TOKEN}`, `?apikey=${jwtFor('alice')}`])(
    'throws when the socket is made, where tickets are on: %s',
    (query) => {
      const { make } = open(WS + query)
      expect(make).toThrow(TypeError)
      expect(make).toThrow(/^url (must not have the parameter|holds a credential in its parameter) "/)
      expect(() => make()).not.toThrow(/eyJ|xxx/)
    },
  )

  test.each<[string, UnifiedAuthServiceOptions['ticketAuth']]>([
    ['a function', () => true],
    ['a promise', async () => true],
    ['a roll-out', { rollout: 1 }],
  ])('with the flag as %s ends the attempt by a typed error, which is not made again', async (_, ticketAuth) => {
    const { make, clock, dialled, auth, told } = open(`${WS}?token=${TOKEN}`, { auth: { ticketAuth } })
    const socket = make()
    const outcomes = outcomesOf(socket)
    socket.connect()
    await clock.advance(60_000)
    expect(outcomes).toEqual(['failed: credential_in_url'])
    expect(dialled).toEqual([])
    const { error } = socket.store.getState()
    expect(error).toMatchObject({ retryable: false, message: expect.stringContaining('parameter "token"') })
    expect(inspect([error, told], { depth: 9 })).not.toContain(TOKEN)
    // The ticket was never sent: it lies ready for another attempt.
    expect(auth.store.getState().spare).not.toBeNull()
  })

  test('is an error also while the page uses the JWT: fallen back, reverted, asked to wait', async () => {
    const page = open(`${WS}?token=${TOKEN}`, { auth: { ticketAuth: () => true, maxTicketFailures: 1 } })
    page.backend.use({
      name: 'no tickets',
      start: () => ({
        http: async ({ request }, next) => (request.method === 'POST' ? new Response(null, { status: 404 }) : next()),
      }),
    })
    const socket = page.make()
    const outcomes = outcomesOf(socket)
    socket.connect()
    await page.clock.advance(30_000)
    expect(page.auth.store.getState().reverted).toBe(true)
    socket.connect()
    await page.clock.advance(30_000)
    expect(outcomes).toEqual(['failed: credential_in_url', 'failed: credential_in_url'])
  })

  test.each<[string, Partial<UnifiedAuthServiceOptions>]>([
    ['off', { ticketAuth: false }],
    ['a function that says no', { ticketAuth: () => false }],
    ['on, and the chain without tickets', { ticketAuth: true, chain: ['jwt'] }],
    ['a function that says yes, and the chain without tickets', { ticketAuth: () => true, chain: ['jwt'] }],
  ])('with the flag %s is warned about once, and dialled as before', async (_, auth) => {
    const { make, clock, dialled, warnings, backend } = open(`${WS}?ticket_no=7&token=${TOKEN}`, { auth })
    const socket = make()
    socket.connect()
    await clock.advance(1_000)
    backend.dropConnections()
    await clock.advance(15_000)
    expect(dialled).toEqual(Array(2).fill(`${WS}?ticket_no=7&token=${TOKEN}`))
    expect(warnings.filter((line) => line.startsWith('url '))).toEqual([
      'url holds a credential in its parameter "token". Remove it: the client authenticates the connection by itself. ' +
        'If it is none, set allowCredentialInUrl: ["token"]. With ticketAuth on, this URL is an error.',
    ])
  })

  test('that is allowed is dialled beside the ticket, and nothing is said about it', async () => {
    const { make, clock, dialled, warnings } = open(`${WS}?apikey=${TOKEN}&token=${TOKEN}`, {
      socket: { allowCredentialInUrl: ['token'] },
    })
    make().connect()
    await clock.advance(1_000)
    expect(dialled).toEqual([`${WS}?apikey=${TOKEN}&token=${TOKEN}&ticket=…`])
    expect(warnings).toEqual([])
  })
})

describe('a credential in what a url function returns', () => {
  test('ends the attempt by a typed error, before a ticket is asked for, and is not made again', async () => {
    let calls = 0
    const page = open(() => {
      calls++
      return `${WS}?auth_ticket=1`
    })
    const socket = page.make()
    const outcomes = outcomesOf(socket)
    socket.connect()
    await page.clock.advance(60_000)
    expect(outcomes).toEqual(['failed: credential_in_url'])
    expect([calls, page.ticketRequests(), page.dialled]).toEqual([1, 0, []])
    socket.connect()
    await page.clock.advance(10)
    expect(outcomes).toHaveLength(2)
  })

  test('with the flag off is warned about once, and dialled as before', async () => {
    const page = open(() => `${WS}?token=${TOKEN}`, { auth: { ticketAuth: false } })
    page.make().connect()
    await page.clock.advance(1_000)
    page.backend.dropConnections()
    await page.clock.advance(15_000)
    expect(page.dialled).toHaveLength(2)
    expect(page.warnings.filter((line) => line.startsWith('url '))).toHaveLength(1)
  })
})

describe('a credential source of the app’s own, which says nothing of ticketAuth', () => {
  const sourceOf = (
    page: ReturnType<typeof open>,
    method: 'ticket' | 'jwt',
  ): CredentialSource & { reports: string[] } => {
    const reports: string[] = []
    return {
      reports,
      acquire: async () => ({
        method,
        userId: null,
        steppedDown: null,
        url: (base) => base,
        protocols: () => [],
        refreshFrame: () => null,
        report: ({ kind }) => void reports.push(kind),
      }),
      keepPrefetched: () => () => {},
      onSessionChange: (listener) => page.auth.onSessionChange(listener),
      onReverted: () => () => {},
    }
  }

  test('by ticket it is an error, and the credential is reported unused', async () => {
    const page = open(`${WS}?token=${TOKEN}`)
    const source = sourceOf(page, 'ticket')
    const socket = page.make(source)
    const outcomes = outcomesOf(socket)
    socket.connect()
    await page.clock.advance(1_000)
    expect(outcomes).toEqual(['failed: credential_in_url'])
    expect(source.reports).toEqual(['unused'])
    expect(page.dialled).toEqual([])
  })

  test('by JWT it is dialled as before', async () => {
    const page = open(`${WS}?token=${TOKEN}`)
    page.make(sourceOf(page, 'jwt')).connect()
    await page.clock.advance(1_000)
    expect(page.dialled).toEqual([`${WS}?token=${TOKEN}`])
  })
})
