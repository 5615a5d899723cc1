import { afterEach, expect, test, vi } from 'vitest'
import { configFromEnv, type Env } from '../../../src/auth/config-from-env.ts'

afterEach(() => {
  vi.unstubAllEnvs()
  vi.unstubAllGlobals()
})

test('tickets are off unless the variable says otherwise', () => {
  expect(configFromEnv({})).toEqual({ ticketAuth: false, httpUrl: undefined, webSocketUrl: undefined })
})

test.each([
  ['true', true],
  ['TRUE', true],
  ['1', true],
  ['false', false],
  ['0', false],
  ['', false],
  [' true ', true],
])('NEXT_PUBLIC_ENABLE_TICKET_AUTH=%j gives %j', (value, expected) => {
  expect(configFromEnv({ NEXT_PUBLIC_ENABLE_TICKET_AUTH: value }).ticketAuth).toBe(expected)
})

test('reads the process environment when nothing is given', () => {
  vi.stubEnv('NEXT_PUBLIC_ENABLE_TICKET_AUTH', 'true')
  vi.stubEnv('NEXT_PUBLIC_BACKEND_HTTP_URL', 'https://staging.example.com')
  vi.stubEnv('NEXT_PUBLIC_BACKEND_WS_URL', 'wss://api-staging.example.com')
  expect(configFromEnv()).toEqual({
    ticketAuth: true,
    httpUrl: 'https://staging.example.com',
    webSocketUrl: 'wss://api-staging.example.com',
  })
})

test('works in a browser without a bundler, where process does not exist', () => {
  vi.stubGlobal('process', undefined)
  const config = configFromEnv()
  vi.unstubAllGlobals()
  expect(config.ticketAuth).toBe(false)
})

test.each<[Env, RegExp]>([
  [{ NEXT_PUBLIC_ENABLE_TICKET_AUTH: 'yes' }, /^NEXT_PUBLIC_ENABLE_TICKET_AUTH must be true or false, got "yes"$/],
  [{ NEXT_PUBLIC_BACKEND_HTTP_URL: 'staging' }, /^NEXT_PUBLIC_BACKEND_HTTP_URL must be an absolute URL/],
  [{ NEXT_PUBLIC_BACKEND_WS_URL: 'https://x.example' }, /^NEXT_PUBLIC_BACKEND_WS_URL must be an absolute URL/],
  [{ NEXT_PUBLIC_BACKEND_WS_URL: 'ws://x.example' }, /^NEXT_PUBLIC_BACKEND_WS_URL must use wss:/],
  [{ NEXT_PUBLIC_ENABLE_TICKET_AUTH: true as never }, /^NEXT_PUBLIC_ENABLE_TICKET_AUTH must be a string, got boolean$/],
  [{ NEXT_PUBLIC_BACKEND_HTTP_URL: null as never }, /^NEXT_PUBLIC_BACKEND_HTTP_URL must be a string, got null$/],
])('names the wrong variable: %j', (env, message) => {
  expect(() => configFromEnv(env)).toThrow(message)
})
