import { expect, test } from 'vitest'
import { UnifiedAuthService, type UnifiedAuthServiceOptions } from '../../../src/index.ts'

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
  [{ refreshThresholdMs: -1 }, 'refreshThresholdMs must be a positive number, got -1'],
  [{ retry: { maxDelayMs: Number.NaN } }, 'retry.maxDelayMs must be a positive number, got NaN'],
  [{ retry: { baseDelayMs: Number.POSITIVE_INFINITY } }, 'retry.baseDelayMs must be a positive number, got Infinity'],
  [{ retry: { maxRetries: 1.5 } }, 'retry.maxRetries must be a whole number of at least 0, got 1.5'],
  [{ retry: { budgetMs: '9' as never } }, 'retry.budgetMs must be a positive number, got "9"'],
  [{ requestTimeoutMs: 0 }, 'requestTimeoutMs must be a positive number, got 0'],
  [{ ticket: { ttlSeconds: 10 } }, 'ticket.ttlSeconds must be a whole number from 30 to 3600, got 10'],
  [{ ticket: { ttlSeconds: 60.5 } }, 'ticket.ttlSeconds must be a whole number from 30 to 3600, got 60.5'],
  [{ ticket: 'short' as never }, 'ticket must be an object, got "short"'],
  [{ ticket: { singleUse: 'no' as never } }, 'ticket.singleUse must be true or false'],
  [{ ticket: { permissions: 'chat' as never } }, 'ticket.permissions must be a list, got "chat"'],
  [{ ticket: { permissions: ['chat', 1 as never] } }, 'ticket.permissions[1] must be a text, got 1'],
  [{ ticket: { metadata: [] as never } }, 'ticket.metadata must be an object, got a list'],
  [{ chain: 'ticket' as never }, 'chain must be a list, got "ticket"'],
  [{ chain: {} as never }, 'chain must be a list, got an object'],
  [{ retry: null as never }, 'retry must be an object, got null'],
  [{ retry: [] as never }, 'retry must be an object, got a list'],
  [{ retry: { maxRetries: null as never } }, 'retry.maxRetries must be a whole number of at least 0, got null'],
  [{ webSocketOrigins: 'wss://a.example' as never }, 'webSocketOrigins must be a list, got "wss://a.example"'],
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
