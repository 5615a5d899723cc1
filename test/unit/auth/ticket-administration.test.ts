// Looking at tickets and withdrawing them, and what the app hands in that throws.

import { describe, expect, test, vi } from 'vitest'
import type { UnifiedAuthServiceOptions } from '../../../src/index.ts'
import { UnifiedAuthService } from '../../../src/index.ts'
import { jwtFor } from '../../support/jwt.ts'
import { createScriptedFetch, json, problem, type ScriptedFetch, ticketAnswer } from '../../support/scripted-fetch.ts'
import { createVirtualClock } from '../../support/virtual-clock.ts'

const HANDLE = 'h'.repeat(43)
const valid = { valid: true, user_id: 'alice', permissions: [], expires_at: 1_763_800_300 }

function arrange(options: Partial<UnifiedAuthServiceOptions>, ...answers: ScriptedFetch['answers']) {
  const clock = createVirtualClock()
  const http = createScriptedFetch(...answers)
  const session = { jwt: jwtFor('alice', { exp: clock.wallNow() / 1_000 - 1 }) }
  const auth = new UnifiedAuthService({
    httpUrl: 'https://api.example.com',
    getToken: () => session.jwt,
    refreshToken: () => {
      session.jwt = jwtFor('alice')
      return session.jwt
    },
    ticketAuth: true,
    platform: { clock, fetch: http.fetch, random: () => 0.5 },
    ...options,
  })
  const asked = () => http.requests.map(({ method, url }) => `${method} ${url.replace('https://api.example.com', '')}`)
  return { auth, clock, http, session, asked }
}

describe('with a JWT that has expired', () => {
  test.each([
    ['revokeAllTickets', (auth: UnifiedAuthService) => auth.revokeAllTickets(), { success: true, revoked: 3 }],
    ['revokeTicket', (auth: UnifiedAuthService) => auth.revokeTicket(HANDLE), { success: true, message: 'gone' }],
    ['validateTicket', (auth: UnifiedAuthService) => auth.validateTicket(HANDLE), valid],
  ])('%s renews it once and asks once more', async (_name, ask, answer) => {
    const { auth, http } = arrange(
      {},
      () => problem(401),
      () => json(answer),
    )
    await ask(auth)
    const [first, second] = http.requests.map(({ headers }) => headers.authorization)
    expect(http.requests).toHaveLength(2)
    expect(second).not.toBe(first)
  })

  test('refused again, it is an authentication error, and no third try', async () => {
    const { auth, http } = arrange({}, () => problem(401))
    await expect(auth.revokeAllTickets()).rejects.toMatchObject({ code: 'unauthenticated' })
    expect(http.requests).toHaveLength(2)
  })

  test('after a sign-out meanwhile nothing is renewed for the next session', async () => {
    const page = arrange({}, () => {
      page.auth.handleLogout()
      return problem(401)
    })
    await expect(page.auth.revokeAllTickets()).rejects.toMatchObject({ code: 'unauthenticated' })
    expect(page.http.requests).toHaveLength(1)
  })
})

describe('revoking', () => {
  test.each([
    ['unknown to the backend', () => problem(404)],
    ['not revoked, it says', () => json({ success: false, message: 'unknown' })],
  ])('a ticket %s is an error', async (_name, answer) => {
    const { auth } = arrange({}, answer)
    const error = await auth.revokeTicket(HANDLE).catch((e: unknown) => e)
    expect(error).toMatchObject({ name: 'TicketSocketError' })
    expect(String(error)).not.toContain('ticketPath')
  })

  test('all, when the backend says that it did not, is an error', async () => {
    const { auth } = arrange({}, () => json({ success: false, revoked: 0 }))
    await expect(auth.revokeAllTickets()).rejects.toMatchObject({ code: 'bad_response' })
  })

  test.each(['..', '.', '', 'ticket-1', 'a/b/c/d/e/f/g/h/i/j', '../../../../../tickets'])(
    '%j names no ticket, and so no request is made',
    async (name) => {
      const { auth, asked } = arrange({})
      await expect(auth.revokeTicket(name)).rejects.toMatchObject({ code: 'invalid_request' })
      await expect(auth.validateTicket(name)).rejects.toMatchObject({ code: 'invalid_request' })
      expect(asked()).toEqual([])
    },
  )

  test('the label of a ticket without handle that was taken names none any more', async () => {
    const { auth, asked } = arrange({}, () => json(ticketAnswer({ ticket_handle: undefined })))
    let label = ''
    auth.on('ticketTaken', ({ handle }) => {
      label = handle
    })
    await auth.getWebSocketTicket()
    await expect(auth.revokeTicket(label)).rejects.toMatchObject({ code: 'invalid_request' })
    expect(asked()).toEqual(['POST /websocket/ticket'])
  })

  test('all, while one user leaves and the next one comes, does not take the prefetched ticket of the next', async () => {
    let answer = (_: Response) => {}
    const page = arrange(
      {},
      () =>
        new Promise<Response>((resolve) => {
          answer = resolve
        }),
      () => json(ticketAnswer()),
    )
    const revoked = page.auth.revokeAllTickets()
    await page.clock.settle()
    page.auth.handleLogout()
    page.session.jwt = jwtFor('bob')
    page.auth.signedIn()
    const taken = await page.auth.acquire({ signal: new AbortController().signal })
    taken.report({ kind: 'unused' })
    answer(json({ success: true, revoked: 1 }))
    expect(await revoked).toBe(1)
    expect(page.auth.store.getState().prefetched).not.toBeNull()
  })
})

describe('handleAuthError with the JWT that was refused', () => {
  test('does not ask the app when there is a newer one by now', async () => {
    const page = arrange({})
    await page.auth.initialize()
    const old = page.session.jwt
    expect(await page.auth.handleAuthError(old)).toBe(true)
    const newer = page.session.jwt
    expect(newer).not.toBe(old)
    expect(await page.auth.handleAuthError(old)).toBe(true)
    expect(page.session.jwt).toBe(newer)
    expect(page.auth.getAuthHeaders()).toEqual({ Authorization: `Bearer ${newer}` })
  })

  test('asks for a newer one when it is the present one', async () => {
    const page = arrange({})
    await page.auth.initialize()
    await page.auth.handleAuthError(page.session.jwt)
    const newer = page.session.jwt
    await page.clock.advance(1_000)
    await page.auth.handleAuthError(newer)
    expect(page.session.jwt).not.toBe(newer)
  })
})

describe('what the app hands in and throws', () => {
  const fail = () => {
    throw new Error('broken')
  }
  const reported = () => vi.spyOn(globalThis.console, 'error').mockImplementation(() => {})

  test('a logger that throws does not cost the ticket', async () => {
    const spy = reported()
    const clock = createVirtualClock()
    const { fetch } = createScriptedFetch()
    const logger = { debug: fail, info: fail, warn: fail, error: fail }
    const { auth } = arrange({ platform: { clock, fetch, logger } })
    expect(await auth.getWebSocketTicket()).toMatchObject({ success: true })
    auth.handleLogout()
    expect(spy).toHaveBeenCalled()
    spy.mockRestore()
  })

  test('a page that does not tell is online and shown', async () => {
    const spy = reported()
    const clock = createVirtualClock()
    const { fetch, requests } = createScriptedFetch()
    const { auth } = arrange({ platform: { clock, fetch, page: { isOnline: fail, isHidden: fail, subscribe: fail } } })
    await auth.initialize()
    const end = auth.keepPrefetched()
    await clock.settle()
    expect(requests).toHaveLength(1)
    end()
    auth.dispose()
    spy.mockRestore()
  })
})
