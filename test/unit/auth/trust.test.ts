// What an answer of the backend may not do, and what may not come out: handles that are secrets, opaque tokens, a ticket
// used twice because somebody said so.

import { inspect } from 'node:util'
import { describe, expect, test } from 'vitest'
import type { Credential, UnifiedAuthServiceOptions } from '../../../src/index.ts'
import { UnifiedAuthService } from '../../../src/index.ts'
import { createScriptedFetch, json, problem, type ScriptedFetch, ticketAnswer } from '../../support/scripted-fetch.ts'
import { textIn } from '../../support/text-in.ts'
import { createVirtualClock } from '../../support/virtual-clock.ts'

const WS = 'wss://api.example.com/ws'
const never = () => new AbortController().signal

function arrange(options: Partial<UnifiedAuthServiceOptions>, ...answers: ScriptedFetch['answers']) {
  const clock = createVirtualClock()
  const http = createScriptedFetch(...answers)
  const lines: unknown[] = []
  const log = (...line: unknown[]) => void lines.push(line)
  const auth = new UnifiedAuthService({
    httpUrl: 'https://api.example.com',
    getToken: () => 'opaque-token',
    ticketAuth: true,
    platform: { clock, fetch: http.fetch, random: () => 0.5, logger: { debug: log, info: log, warn: log, error: log } },
    ...options,
  })
  for (const name of ['ticketIssued', 'ticketTaken', 'ticketFailed', 'fallback', 'userChanged'] as const) {
    auth.on(name, (payload) => lines.push(payload))
  }
  auth.store.subscribe((snapshot) => lines.push(snapshot))
  async function acquire(): Promise<Credential> {
    const acquired = auth.acquire({ signal: never() })
    acquired.catch(() => {})
    await clock.advance(20_000)
    return acquired
  }
  return { auth, clock, http, acquire, out: () => textIn(lines) + inspect(lines, { depth: 9, showHidden: true }) }
}

describe('opaque credentials', () => {
  const JWT = ['opaque-secret-token-17', 'a8Kd+93jdk/2mXz0Qw==']
  // As short as a foreign one may be.
  const ticket_id = 'opaque~ticket.17'

  test.each(JWT)('come out nowhere: %s', async (jwt) => {
    const words = `no rights for ${jwt} (${encodeURIComponent(jwt)}) and ${ticket_id}`
    const page = arrange(
      { getToken: () => jwt },
      () => json({ ...ticketAnswer({ ticket_handle: undefined }), ticket_id }),
      () => problem(403, words),
      () => problem(404, words),
      () => {
        throw new TypeError(words.slice(0, words.indexOf(' and')))
      },
    )
    const taken = await page.acquire()
    expect(taken.url(WS)).toContain(ticket_id)
    taken.report({ kind: 'unused' })
    const prefetched = page.auth.store.getState().prefetched?.handle as string
    const failures: unknown[] = [await page.auth.validateTicket(prefetched).catch((e: unknown) => e)]
    failures.push(await page.auth.revokeTicket(ticket_id).catch((e: unknown) => e))
    failures.push(await page.acquire().catch((e: unknown) => e))
    const text = page.out() + textIn(failures)
    expect(failures[0]).toMatchObject({ code: 'forbidden' })
    for (const secret of [jwt, encodeURIComponent(jwt), ticket_id]) expect(text).not.toContain(secret)
  })

  test('neither where the backend repeats the JWT of an earlier request', async () => {
    let jwt = 'opaque-secret-token-17'
    const page = arrange(
      { getToken: () => jwt },
      () => json(ticketAnswer()),
      () => problem(403, 'no rights for opaque-secret-token-17'),
    )
    await page.acquire()
    jwt = 'opaque-secret-token-18'
    const failure = await page.auth.validateTicket('some-handle-of-a-ticket').catch((e: Error) => e)
    expect((failure as Error).message).toMatch(/The backend says: "no rights for \[redacted\]"/)
  })

  test('neither as the name of an error', async () => {
    const error = new Error('no')
    error.name = 'T'.repeat(43)
    const page = arrange({
      getToken: () => {
        throw error
      },
    })
    const failure = await page.auth.initialize().catch((e: Error) => e)
    expect(failure).toMatchObject({ code: 'token_callback_failed', cause: { name: 'Error' } })
  })
})

test('a handle that is the ticket itself is none: it is in no event, snapshot, log line or path', async () => {
  const answer = ticketAnswer()
  const page = arrange({}, () => json({ ...answer, ticket_handle: answer.ticket_id }))
  const grant = await page.acquire()
  grant.report({ kind: 'unused' })
  expect(page.auth.store.getState().prefetched?.handle).toMatch(/^ticket-\d+$/)
  expect(page.out()).not.toContain(answer.ticket_id)
})

describe('a ticket that was asked for as single-use', () => {
  test('is used once, whatever the answer says', async () => {
    const page = arrange({}, () => json(ticketAnswer({ single_use: false })))
    const urls = [(await page.acquire()).url(WS), (await page.acquire()).url(WS)]
    expect(new Set(urls).size).toBe(2)
  })

  test('is not taken once more because it is called reusable this time', async () => {
    const answer = ticketAnswer()
    const page = arrange(
      { chain: ['ticket'] },
      () => json(answer),
      () => json({ ...answer, single_use: false }),
    )
    await page.acquire()
    await expect(page.acquire()).rejects.toMatchObject({ code: 'ticket_repeated' })
  })

  test('does not come back after the server has accepted it', async () => {
    const page = arrange({})
    const grant = await page.acquire()
    grant.report({ kind: 'accepted' })
    grant.report({ kind: 'unused' })
    expect(page.auth.store.getState().prefetched).toBeNull()
    expect((await page.acquire()).url(WS)).not.toBe(grant.url(WS))
  })
})

describe('the websocket_url of a ticket for an app that dials by itself', () => {
  test.each([
    ['wss://api.example.com/ws?ticket=x', 'wss://api.example.com/ws?ticket=x'],
    ['wss://ws.example.com/ws', 'wss://ws.example.com/ws'],
    ['ws://evil.example/steal?ticket=x', ''],
    ['wss://evil.example/steal', ''],
    ['ws://api.example.com/ws', ''],
    ['wss://api.example.com:8443/ws', ''],
    ['wss://api.example.com@evil.example/', ''],
  ])('%s is told as "%s"', async (hint, told) => {
    const { auth } = arrange({ webSocketOrigins: ['wss://ws.example.com'] }, () =>
      json(ticketAnswer({ websocket_url: hint })),
    )
    const result = await auth.getWebSocketTicket()
    expect(result).toMatchObject({ success: true, ticket: { websocket_url: told } })
  })
})

describe('what is no answer at all', () => {
  test.each([
    ['nothing', undefined],
    ['an object', {}],
    ['headers that are none', { status: 200, ok: true, headers: {} }],
  ])('%s: a typed error', async (_name, answer) => {
    const { auth } = arrange({ platform: { fetch: async () => answer as never } })
    await expect(auth.getTicketSystemStatus()).rejects.toMatchObject({ code: 'network' })
  })

  test.each([[{ message: 42 }], [{ message: { a: 1 } }], [Symbol('no')], [null]])(
    'thrown %j: a typed error',
    async (thrown) => {
      const page = arrange({
        getToken: () => {
          throw thrown instanceof Object ? Object.assign(new Error(), thrown) : thrown
        },
      })
      await expect(page.acquire()).rejects.toMatchObject({ code: 'token_callback_failed' })
    },
  )

  test('application/json-seq is not JSON', async () => {
    const headers = { 'content-type': 'application/json-seq' }
    const { auth } = arrange({}, () => new Response(JSON.stringify(ticketAnswer()), { headers }))
    expect(await auth.requestWebSocketTicket()).toMatchObject({ error: { code: 'bad_response' } })
  })
})

test('a snapshot cannot be changed by its readers', async () => {
  const page = arrange({})
  ;(await page.acquire()).report({ kind: 'unused' })
  const snapshot = page.auth.store.getState() as { signedIn: unknown; prefetched: { handle: string } }
  expect(() => {
    snapshot.signedIn = 'x'
  }).toThrow(TypeError)
  expect(() => {
    snapshot.prefetched.handle = 'x'
  }).toThrow(TypeError)
  expect(Object.isFrozen(page.auth.store.getInitialState())).toBe(true)
})
