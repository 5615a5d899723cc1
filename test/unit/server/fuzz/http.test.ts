// Requests that nobody would send: 25,000, and with FULL=1 100,000. FUZZ_SEED=… repeats a run; a failure prints its own.

import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import { problem } from '../../../../src/contract/schemas.ts'
import {
  isRevokeAllResponse,
  isTicketGenerationResponse,
  isTicketRevocationResponse,
  isTicketSystemStatus,
  isTicketValidationResponse,
} from '../../../../src/contract/wire.ts'
import { createTicketHandler } from '../../../../src/server/http.ts'
import { createMemoryTicketStore } from '../../../../src/server/memory-store.ts'
import { AuthTicketManager } from '../../../../src/server/ticket-manager.ts'
import { BODIES, body, headers, method, path, prototypes } from '../../../support/malformed.ts'

const seed = Number(process.env.FUZZ_SEED ?? Date.now() % 2 ** 31)
const ANSWERS = [isTicketGenerationResponse, isTicketValidationResponse, isTicketRevocationResponse]
const OTHER_ANSWERS = [isRevokeAllResponse, isTicketSystemStatus, (value: { openapi?: unknown }) => 'openapi' in value]

interface Input {
  method: string
  path: string
  headers: readonly [string, string][]
  body: BodyInit | null
}

function arrange() {
  const onError = vi.fn()
  let users = 0
  const handle = createTicketHandler({
    tickets: new AuthTicketManager({
      store: createMemoryTicketStore({ maxTickets: 1_000_000 }),
    }),
    verifyToken: (jwt) => (jwt === 'jwt.a' ? { userId: `user-${++users}`, permissions: ['chat', 'read'] } : null),
    websocketUrl: 'wss://api.example.com/ws',
    allowedOrigins: ['https://app.example.com'],
    limits: { user: false, address: false },
    onError,
  })
  const seen = new Map<number, number>()

  /** `null` for what cannot even be made a `Request`: it can reach no handler. */
  function toRequest(input: Input): Request | null {
    const mayHaveBody = !['GET', 'HEAD', 'get'].includes(input.method)
    try {
      return new Request(`http://internal${input.path}`, {
        method: input.method,
        headers: input.headers as [string, string][],
        body: mayHaveBody ? input.body : null,
      })
    } catch {
      return null
    }
  }

  async function check(input: Input) {
    const request = toRequest(input)
    if (!request) return
    const answer = await handle(request)
    seen.set(answer.status, (seen.get(answer.status) ?? 0) + 1)
    expectWellFormed(answer, await answer.text())
    expect(onError).not.toHaveBeenCalled()
  }
  return { check, seen }
}

// Plain comparisons: a hundred thousand times `expect` would take longer than what is tested.
function expectWellFormed({ status, headers }: Response, text: string) {
  const fail = (what: string) => expect.fail(`${what}: ${status} ${JSON.stringify([...headers])} ${text.slice(0, 300)}`)
  if (headers.get('cache-control') !== 'no-store' || headers.get('vary') !== 'Origin') fail('headers')
  if (text.includes('jwt.a') || JSON.stringify([...headers]).includes('jwt.a')) fail('the JWT is said back')
  if (status === 204) return text === '' || fail('a preflight with a body')
  const json = JSON.parse(text) as { status?: number }
  if (status < 300) {
    if (![...ANSWERS, ...OTHER_ANSWERS].some((isOne) => isOne(json as never))) fail('no answer of the contract')
  } else {
    if (!problem.strict().safeParse(json).success || json.status !== status) fail('no problem')
    if (headers.get('content-type') !== 'application/problem+json') fail('not sent as a problem')
    if (status >= 500) fail('a fault of ours')
  }
}

/** The statuses that were seen: a fuzz that is always refused at the door shows nothing. */
async function fuzz(input: fc.Arbitrary<Input>, share: number) {
  const { check, seen } = arrange()
  const numRuns = share * (process.env.FULL ? 100_000 : 25_000)
  await fc.assert(fc.asyncProperty(input, check), { seed, numRuns, endOnFailure: true })
  return [...seen.keys()]
}

let before = ''
const unhandled = vi.fn()

beforeAll(() => {
  before = prototypes()
  process.on('unhandledRejection', unhandled)
  process.on('uncaughtException', unhandled)
})

afterAll(() => {
  process.off('unhandledRejection', unhandled)
  process.off('uncaughtException', unhandled)
  console.log(`fuzz of HTTP: FUZZ_SEED=${seed}`)
})

// With a dot, which no random ticket or handle has.
const alice: [string, string] = ['authorization', 'Bearer jwt.a']
const asJson: [string, string] = ['content-type', 'application/json']

describe('is answered by the contract, and changes nothing else', { timeout: 120_000 }, () => {
  test('bodies', async () => {
    const input = fc.record({
      method: fc.constant('POST'),
      path: fc.constant('/websocket/ticket'),
      headers: fc.constantFrom<[string, string][]>([alice, asJson], [alice, asJson], [alice, asJson], [alice]),
      body,
    })
    expect(await fuzz(input, 0.4)).toEqual(expect.arrayContaining([200, 400, 403, 415, 422]))
  })

  test('methods, paths and query strings', async () => {
    const input = fc.record({ method, path, headers: fc.constantFrom([], [alice]), body: fc.constant(null) })
    expect(await fuzz(input, 0.3)).toEqual(expect.arrayContaining([200, 204, 401, 404, 405]))
  })

  test('sets of headers', async () => {
    const input = fc.record({
      method: fc.constantFrom('POST', 'POST', 'GET', 'DELETE', 'OPTIONS'),
      path: fc.constantFrom('/websocket/ticket', `/websocket/ticket/${'h'.repeat(43)}/validate`, '/websocket/tickets'),
      headers: fc.tuple(headers, fc.boolean()).map(([some, isKnown]) => (isKnown ? [alice, ...some] : some)),
      body: fc.constantFrom('', '{}', '{"ttl_seconds":60}'),
    })
    expect(await fuzz(input, 0.3)).toEqual(expect.arrayContaining([200, 204, 401, 403, 405, 415]))
  })

  test('every body of the corpus, alone, behind a byte order mark, and cut at any place', async () => {
    const { check } = arrange()
    for (const whole of BODIES) {
      const lengths = Array.from({ length: Math.min(whole.length, 60) }, (_, n) => n)
      for (const text of [whole, `\ufeff${whole}`, ...lengths.map((length) => whole.slice(0, length))]) {
        await check({ method: 'POST', path: '/websocket/ticket', headers: [alice, asJson], body: text })
      }
    }
  })

  test('and in the end every prototype is unchanged, and no error was uncaught', async () => {
    await new Promise((resolve) => setImmediate(resolve))
    expect(prototypes()).toBe(before)
    expect(({} as { isAdmin?: unknown }).isAdmin).toBeUndefined()
    expect(unhandled).not.toHaveBeenCalled()
  })
})

describe('the checks can fail', () => {
  test.each([
    ['a page of HTML', new Response('<h1>No</h1>', { status: 502 })],
    ['a problem of another status', Response.json({ type: '', title: '', status: 400, detail: '' }, { status: 404 })],
    ['a 200 of nothing known', Response.json({ ok: true })],
  ])('%s', async (_, answer) => {
    answer.headers.set('cache-control', 'no-store')
    answer.headers.set('vary', 'Origin')
    if (!answer.ok) answer.headers.set('content-type', 'application/problem+json')
    const text = await answer.text()
    expect(() => expectWellFormed(answer, text)).toThrow()
  })

  test('a changed prototype', () => {
    onTestFinished(() => void Reflect.deleteProperty(Object.prototype, 'isAdmin'))
    const clean = prototypes()
    Object.defineProperty(Object.prototype, 'isAdmin', { configurable: true, value: true })
    expect(prototypes()).not.toBe(clean)
  })
})
