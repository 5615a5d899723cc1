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
  [{ maxTicketFailures: 0 }, 'maxTicketFailures must be a positive number, got 0'],
  [{ refreshThresholdMs: -1 }, 'refreshThresholdMs must be a positive number, got -1'],
  [{ retry: { maxDelayMs: Number.NaN } }, 'retry.maxDelayMs must be a positive number, got NaN'],
  [{ retry: { baseDelayMs: Number.POSITIVE_INFINITY } }, 'retry.baseDelayMs must be a positive number, got Infinity'],
  [{ retry: { maxRetries: 1.5 } }, 'retry.maxRetries must be a whole number of at least 0, got 1.5'],
  [{ retry: { budgetMs: '9' as never } }, 'retry.budgetMs must be a positive number, got "9"'],
  [{ requestTimeoutMs: 0 }, 'requestTimeoutMs must be a positive number, got 0'],
  [{ ticket: { ttlSeconds: 10 } }, 'ticket.ttlSeconds must be from 30 to 3600, got 10'],
])('refuses %j when it is made, by name and value', (wrong, message) => {
  const options = { ...good, ...wrong }
  expect(() => new UnifiedAuthService(options)).toThrow(TypeError)
  expect(() => new UnifiedAuthService(options)).toThrow(message)
})

test('http: is allowed for this machine, and elsewhere when the app insists', () => {
  for (const httpUrl of ['http://localhost:3000', 'http://127.0.0.1', 'http://[::1]:80', 'http://app.localhost']) {
    expect(() => new UnifiedAuthService({ ...good, httpUrl })).not.toThrow()
  }
  expect(() => new UnifiedAuthService({ ...good, httpUrl: 'http://lan.example', allowInsecure: true })).not.toThrow()
})
