import { expect, test } from 'vitest'
import { UnifiedAuthService, type UnifiedAuthServiceOptions } from '../../../src/index.ts'
import { createScriptedFetch } from '../../support/scripted-fetch.ts'

const good: UnifiedAuthServiceOptions = { httpUrl: 'https://api.example.com', getToken: () => null }

test.each<[Partial<UnifiedAuthServiceOptions>, string]>([
  [
    { httpUrl: 'api.example.com' },
    'httpUrl must be an absolute URL such as https://api.example.com, got "api.example.com"',
  ],
  [{ httpUrl: 'http://api.example.com' }, 'httpUrl must use https: for api.example.com'],
  [{ httpUrl: 'https://user:secret@api.example.com' }, 'httpUrl must not hold a user, password or fragment'],
  [{ ticketPath: 'websocket' }, 'ticketPath must look like /api/websocket, got "websocket"'],
  [{ getToken: 'jwt' as never }, 'getToken must be a function, got string'],
  [{ refreshToken: 1 as never }, 'refreshToken must be a function, got number'],
  [{ ticketAuth: 'yes' as never }, 'ticketAuth must be a boolean, a function, or { rollout } from 0 to 1'],
  [{ chain: [] }, 'chain must name at least one of ticket, jwt, none'],
  [{ chain: ['jtw' as never] }, 'chain[0] must be one of ticket, jwt, none, got "jtw"'],
  [{ maxTicketFailures: 0 }, 'maxTicketFailures must be a whole number of at least 1, got 0'],
  [{ maxTicketFailures: 0.5 }, 'maxTicketFailures must be a whole number of at least 1, got 0.5'],
  [{ refreshToken: '' as never }, 'refreshToken must be a function, got string'],
  [{ refreshToken: 0 as never }, 'refreshToken must be a function, got number'],
  [{ jwtProtocols: null as never }, 'jwtProtocols must be a function, got null'],
  [{ chain: ['ticket', 'jwt', 'ticket'] }, 'chain must name each method once'],
  [{ allowInsecure: 'yes' as never }, 'allowInsecure must be true or false, got "yes"'],
  [{ ticketPath: '/../x' }, 'ticketPath must look like /api/websocket, got "/../x"'],
  [{ ticketPath: '/a/./b' }, 'ticketPath must look like /api/websocket, got "/a/./b"'],
  [{ ticketPath: 7 as never }, 'ticketPath must look like /api/websocket, got "7"'],
  [{ httpUrl: 'https://api.example.com?key=1' }, 'httpUrl must have no query'],
  [{ ticketAuth: { rollout: '0.5' as never } }, 'ticketAuth must be a boolean, a function, or { rollout } from 0 to 1'],
  [{ ticketAuth: { rollout: 0.5, salt: 5 as never } }, 'with a string as salt'],
  [{ ticket: { metadata: { text: 'x'.repeat(9 * 1024) } } }, 'ticket.metadata must be at most 4096 bytes as JSON'],
  [{ ticket: { metadata: { text: 'é'.repeat(2_100) } } }, 'ticket.metadata must be at most 4096 bytes as JSON'],
  [{ refreshThresholdMs: -1 }, 'refreshThresholdMs must be a positive number, got -1'],
  [{ retry: { maxDelayMs: Number.NaN } }, 'retry.maxDelayMs must be a positive number, got NaN'],
  [{ retry: { baseDelayMs: Number.POSITIVE_INFINITY } }, 'retry.baseDelayMs must be a positive number, got Infinity'],
  [{ retry: { multiplier: 0.5 } }, 'retry.multiplier must be a number of at least 1, got 0.5'],
  [{ retry: { maxRetries: 1.5 } }, 'retry.maxRetries must be a whole number of at least 0, got 1.5'],
  [{ retry: { budgetMs: '9' as never } }, 'retry.budgetMs must be a positive number, got "9"'],
  [{ requestTimeoutMs: 0 }, 'requestTimeoutMs must be a positive number, got 0'],
  [{ ticket: { ttlSeconds: 10 } }, 'ticket.ttlSeconds must be a whole number from 30 to 3600, got 10'],
  [{ ticket: { ttlSeconds: 60.5 } }, 'ticket.ttlSeconds must be a whole number from 30 to 3600, got 60.5'],
  [{ ticket: 'short' as never }, 'ticket must be an object, got a string'],
  [{ ticket: { singleUse: 'no' as never } }, 'ticket.singleUse must be true or false'],
  [{ ticket: { permissions: 'chat' as never } }, 'ticket.permissions must be an array, got "chat"'],
  [{ ticket: { permissions: ['chat', 1 as never] } }, 'ticket.permissions[1] must be a non-empty string, got 1'],
  [{ ticket: { metadata: [] as never } }, 'ticket.metadata must be an object, got an array'],
  [{ chain: 'ticket' as never }, 'chain must be an array, got "ticket"'],
  [{ chain: {} as never }, 'chain must be an array, got an object'],
  [{ retry: null as never }, 'retry must be an object, got null'],
  [{ retry: [] as never }, 'retry must be an object, got an array'],
  [{ retry: { maxRetries: null as never } }, 'retry.maxRetries must be a whole number of at least 0, got null'],
  [{ webSocketOrigins: 'wss://a.example' as never }, 'webSocketOrigins must be an array, got "wss://a.example"'],
  [{ webSocketOrigins: ['a.example'] }, 'webSocketOrigins[0] must be an absolute URL such as wss://api.example.com'],
  [{ webSocketOrigins: ['wss://a.example/ws'] }, 'webSocketOrigins[0] must be an origin such as wss://ws.example.com'],
  [{ platform: null as never }, 'platform must be an object, got null'],
  [{ platform: { fetch: {} as never } }, 'platform.fetch must be a function, got object'],
  [{ platform: { clock: Date as never } }, 'platform.clock must be an object'],
  [{ platform: { clock: { now: () => 0 } as never } }, 'platform.clock.wallNow must be a function, got undefined'],
  [{ platform: { logger: { debug() {} } as never } }, 'platform.logger.info must be a function, got undefined'],
])('refuses %j when it is made, by name and value', (wrong, message) => {
  const options = { ...good, ...wrong }
  expect(() => new UnifiedAuthService(options)).toThrow(TypeError)
  expect(() => new UnifiedAuthService(options)).toThrow(message)
})

test('metadata that is no JSON is refused when the service is made, and what is given is copied', async () => {
  const circle: Record<string, unknown> = {}
  circle.self = circle
  for (const metadata of [circle, { big: 10n }]) {
    const make = () => new UnifiedAuthService({ ...good, ticket: { metadata } })
    expect(make).toThrow('ticket.metadata must be JSON-serializable (no BigInt, no circular reference)')
  }
  const { fetch, requests } = createScriptedFetch()
  const metadata = { room: 1 }
  const service = new UnifiedAuthService({
    ...good,
    getToken: () => 'a-token',
    ticketAuth: true,
    ticket: { metadata },
    platform: { fetch },
  })
  metadata.room = 2
  await service.getWebSocketTicket()
  expect(requests[0]?.body).toMatchObject({ metadata: { room: 1 } })
})

test.each([
  'https//user:sekret@api.example.com',
  'user:sekret@api.example.com',
  'ftp://user:sekret@x.example/?token=sekret',
])('a URL that is none is shown without what may be secret in it: %s', (httpUrl) => {
  const make = () => new UnifiedAuthService({ ...good, httpUrl })
  expect(make).toThrow('httpUrl must be an absolute URL')
  expect(make).not.toThrow('sekret')
})

test('options that are none are refused in the same words', () => {
  expect(() => new UnifiedAuthService(undefined as never)).toThrow('options must be an object, got undefined')
})

test('what is left out has its default; an empty group is as good as none', () => {
  const empty = { ticket: {}, retry: {}, platform: {}, webSocketOrigins: [] }
  expect(() => new UnifiedAuthService({ ...good, ...empty })).not.toThrow()
})

test('http: is allowed for this machine, and elsewhere when the app insists', () => {
  for (const httpUrl of ['http://localhost:3000', 'http://127.0.0.1', 'http://[::1]:80', 'http://app.localhost']) {
    expect(() => new UnifiedAuthService({ ...good, httpUrl })).not.toThrow()
  }
  expect(() => new UnifiedAuthService({ ...good, httpUrl: 'http://lan.example', allowInsecure: true })).not.toThrow()
})
