// Every public method in every state in which an app may call it by mistake, or too late: what it answers, and what it asks
// of the app and the backend meanwhile.

import { describe, expect, test, vi } from 'vitest'
import type { TicketRequestResult, TicketSocket } from '../../src/index.ts'
import { isTicketSocketError, UnifiedAuthService } from '../../src/index.ts'
import { arrange } from '../support/arrange.ts'

const HANDLE = 'a'.repeat(43)
const JWT_OF_NOBODY = 'opaque-token-of-nobody'

/** What a call came to, in words. */
async function outcomeOf(call: () => unknown): Promise<string> {
  let value: unknown
  try {
    value = call()
  } catch (error) {
    return `throws ${(error as Error).name}`
  }
  if (!(value instanceof Promise)) return 'returns'
  try {
    return `resolves ${worded(await value)}`
  } catch (error) {
    return `rejects ${isTicketSocketError(error) ? error.code : String(error)}`
  }
}

function worded(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value)
  if ('success' in value) {
    const result = value as TicketRequestResult
    return result.success ? 'a ticket' : result.error.code
  }
  if ('method' in value) return String(value.method)
  return 'an object'
}

const STATES = ['disposed of', 'flag off', 'signed out', 'aborted'] as const
type State = (typeof STATES)[number]
/** In the order of `STATES`. */
type Outcomes = [disposed: string, flagOff: string, signedOut: string, aborted: string]

interface Row {
  call: (auth: UnifiedAuthService, options: { signal: AbortSignal }) => unknown
  outcomes: Outcomes
}

const always = (outcome: string): Outcomes => [outcome, outcome, outcome, outcome]
const sync = (call: (auth: UnifiedAuthService) => unknown): Row => ({ call, outcomes: always('returns') })
const waits = (call: Row['call'], ...outcomes: Outcomes): Row => ({ call, outcomes })

const ignored = () => {}

const AUTH_CALLS: Record<string, Row> = {
  acquire: waits(
    (auth, options) => auth.acquire(options),
    'rejects aborted',
    'resolves jwt',
    'resolves none',
    'rejects aborted',
  ),
  getWebSocketTicket: waits(
    (auth, options) => auth.getWebSocketTicket(options),
    'resolves aborted',
    'resolves tickets_disabled',
    'resolves unauthenticated',
    'resolves aborted',
  ),
  requestWebSocketTicket: waits(
    (auth, options) => auth.requestWebSocketTicket(options),
    'resolves aborted',
    'resolves tickets_disabled',
    'resolves unauthenticated',
    'resolves aborted',
  ),
  'requestWebSocketTicket, with fields': waits(
    (auth, options) => auth.requestWebSocketTicket({ ...options, ttl_seconds: 60 }),
    'resolves aborted',
    'resolves tickets_disabled',
    'resolves unauthenticated',
    'resolves aborted',
  ),
  'getWebSocketAuthConfig().getTicket': waits(
    (auth, options) => auth.getWebSocketAuthConfig().getTicket(options),
    'resolves aborted',
    'resolves tickets_disabled',
    'resolves unauthenticated',
    'resolves aborted',
  ),
  'getWebSocketAuthConfig().refreshToken': {
    call: (auth) => auth.getWebSocketAuthConfig().refreshToken(),
    outcomes: ['rejects aborted', 'resolves null', 'resolves null', 'resolves null'],
  },
  validateTicket: waits(
    (auth, options) => auth.validateTicket(HANDLE, options),
    'rejects aborted',
    'resolves an object',
    'rejects unauthenticated',
    'rejects aborted',
  ),
  revokeTicket: waits(
    (auth, options) => auth.revokeTicket(HANDLE, options),
    'rejects aborted',
    'rejects invalid_request',
    'rejects unauthenticated',
    'rejects aborted',
  ),
  revokeAllTickets: waits(
    (auth, options) => auth.revokeAllTickets(options),
    'rejects aborted',
    'resolves 0',
    'rejects unauthenticated',
    'rejects aborted',
  ),
  getTicketSystemStatus: waits(
    (auth, options) => auth.getTicketSystemStatus(options),
    'rejects aborted',
    'resolves an object',
    'resolves an object',
    'rejects aborted',
  ),
  initialize: waits(
    (auth, options) => auth.initialize(options),
    'rejects aborted',
    'resolves an object',
    'resolves an object',
    'rejects aborted',
  ),
  validateAndRefreshToken: waits(
    (auth, options) => auth.validateAndRefreshToken(options),
    'rejects aborted',
    'resolves true',
    'resolves false',
    'rejects aborted',
  ),
  handleAuthError: waits(
    (auth, options) => auth.handleAuthError(undefined, options),
    'rejects aborted',
    'resolves false',
    'resolves false',
    'rejects aborted',
  ),
  'handleAuthError, with a JWT': waits(
    (auth, options) => auth.handleAuthError(JWT_OF_NOBODY, options),
    'rejects aborted',
    // There is another JWT than the one that was refused.
    'resolves true',
    'resolves false',
    // Nothing has to be waited for.
    'resolves true',
  ),
  on: sync((auth) => auth.on('reverted', ignored)),
  keepPrefetched: sync((auth) => auth.keepPrefetched()()),
  onSessionChange: sync((auth) => auth.onSessionChange(ignored)),
  keepSpare: sync((auth) => auth.keepSpare()()),
  onFence: sync((auth) => auth.onFence(ignored)),
  onReverted: sync((auth) => auth.onReverted(ignored)),
  getWebSocketAuthConfig: sync((auth) => auth.getWebSocketAuthConfig()),
  clearTicketCache: sync((auth) => auth.clearTicketCache()),
  resetTicketFailures: sync((auth) => auth.resetTicketFailures()),
  isAuthenticated: sync((auth) => auth.isAuthenticated()),
  getCurrentUser: sync((auth) => auth.getCurrentUser()),
  getAuthHeaders: sync((auth) => auth.getAuthHeaders()),
  handleLogout: sync((auth) => auth.handleLogout()),
  signedIn: sync((auth) => auth.signedIn()),
  dispose: sync((auth) => auth.dispose()),
}

/** A page in this state, which has read token and flag. Calls of the app are counted from then on. */
async function pageThatIs(state: State) {
  const getToken = vi.fn(() => page.session.jwt)
  const page: ReturnType<typeof arrange> = arrange({ auth: { getToken, ticketAuth: state !== 'flag off' } })
  if (state === 'signed out') page.session.jwt = null
  await page.auth.initialize()
  if (state === 'disposed of') page.auth.dispose()
  getToken.mockClear()
  const signal = state === 'aborted' ? AbortSignal.abort() : new AbortController().signal
  return { ...page, getToken, signal }
}

test('the table has every method of UnifiedAuthService', () => {
  const methods = Object.getOwnPropertyNames(UnifiedAuthService.prototype).filter((name) => name !== 'constructor')
  expect(Object.keys(AUTH_CALLS)).toEqual(expect.arrayContaining(methods))
})

const cases = Object.entries(AUTH_CALLS).flatMap(([name, { call, outcomes }]) =>
  STATES.map((state, index) => [name, state, outcomes[index] as string, call] as const),
)

test.each(cases)('auth.%s, %s: %s', async (_name, state, expected, call) => {
  const page = await pageThatIs(state)
  const outcome = outcomeOf(() => call(page.auth, { signal: page.signal }))
  await page.clock.advance(60_000)
  expect(await outcome).toBe(expected)
  expect(page.ticketRequests()).toBe(0)
  // What was no failure of tickets is not reported as one.
  expect(page.times('auth.ticketFailed') + page.times('auth.reverted')).toBe(0)
  expect(page.auth.store.getState()).toMatchObject({ ticketFailures: 0, reverted: false, lastError: null })
  if (state === 'disposed of') {
    expect(page.getToken).not.toHaveBeenCalled()
    expect(page.backend.journal.count()).toBe(0)
    expect(page.clock.pending()).toBe(0)
  }
})

describe('the methods of a socket', () => {
  const SOCKET_CALLS: Record<string, (socket: TicketSocket) => unknown> = {
    connect: (socket) => socket.connect(),
    close: (socket) => socket.close(),
    reconnect: (socket) => socket.reconnect(),
    send: (socket) => socket.send({ type: 'note' }),
    'send, with an aborted signal': (socket) => socket.send({ type: 'note' }, { signal: AbortSignal.abort() }),
    clearQueue: (socket) => socket.clearQueue(),
    on: (socket) => socket.on('open', ignored),
    onMessage: (socket) => socket.onMessage('note', ignored),
    messages: (socket) => socket.messages('note'),
    dispose: (socket) => socket.dispose(),
  }
  const AUTH_STATES = ['flag off', 'signed out', 'auth disposed of', 'disposed of'] as const

  test('the table has all of them', () => {
    const methods = Object.keys(arrange().socket).filter((name) => name !== 'store')
    expect(Object.keys(SOCKET_CALLS)).toEqual(expect.arrayContaining(methods))
  })

  test.each(
    Object.entries(SOCKET_CALLS).flatMap(([name, call]) => AUTH_STATES.map((state) => [name, state, call] as const)),
  )('socket.%s never throws, %s', async (_name, state, call) => {
    const page = await pageThatIs(state === 'flag off' || state === 'signed out' ? state : 'aborted')
    if (state === 'auth disposed of') page.auth.dispose()
    if (state === 'disposed of') page.socket.dispose()
    expect(await outcomeOf(() => call(page.socket))).toBe('returns')
    await page.clock.advance(1_000)
    expect(page.ticketRequests()).toBe(0)
    if (state !== 'disposed of' && state !== 'auth disposed of') return
    expect(page.getToken).not.toHaveBeenCalled()
    expect(page.backend.journal.count()).toBe(0)
  })

  test('a socket whose auth service was disposed of fails, and says why', async () => {
    const page = arrange()
    page.auth.dispose()
    await page.connect()
    expect(page.state()).toMatchObject({
      status: 'failed',
      error: { code: 'aborted', message: 'This UnifiedAuthService was disposed of. Create another one.' },
    })
  })

  test('a reader of a socket that was disposed of comes to its end', async () => {
    const page = arrange()
    page.socket.dispose()
    expect(await page.socket.messages('note').next()).toEqual({ value: undefined, done: true })
  })
})
