import { expect, test } from 'vitest'
import { ticketUrl } from '../../../src/auth/websocket-url.ts'

const BASE = 'wss://api.example.com/ws'
const TICKET = 'T'.repeat(43)
const own = `wss://api.example.com/ws?ticket=${TICKET}`

test('follows the path of a hint within the configured origin, and puts the ticket in exactly once', () => {
  expect(ticketUrl(BASE, 'wss://api.example.com/live?room=1&ticket=old&auth_ticket=x', TICKET)).toBe(
    `wss://api.example.com/live?room=1&ticket=${TICKET}`,
  )
})

test.each(['ticket', 'auth_ticket', 'ticket_id', 'token', 'jwt', 'access_token', 'auth_token', 'tick%65t'])(
  'a hint with %s=… in it sends one credential all the same',
  (name) => {
    expect(ticketUrl(BASE, `wss://api.example.com/live?${name}=old&room=1`, TICKET)).toBe(
      `wss://api.example.com/live?room=1&ticket=${TICKET}`,
    )
  },
)

test('what is not ours in a query stays as it is spelled', () => {
  expect(ticketUrl(`${BASE}?name=a%20b&flag&x=%2B`, '', TICKET)).toBe(`${BASE}?name=a%20b&flag&x=%2B&ticket=${TICKET}`)
})

test('keeps the query of the configured URL', () => {
  expect(ticketUrl(`${BASE}?room=7`, '', TICKET)).toBe(`${BASE}?room=7&ticket=${TICKET}`)
})

test('follows another origin when the app has listed it', () => {
  const hint = 'wss://eu.example.com/ws'
  expect(ticketUrl(BASE, hint, TICKET, ['wss://eu.example.com'])).toBe(`${hint}?ticket=${TICKET}`)
})

test.each([
  'ws://api.example.com/ws',
  'https://api.example.com/ws',
  'http://api.example.com/ws',
  'wss://evil.example/ws',
  'wss://api.example.com.evil.example/ws',
  'wss://api.example.com@evil.example/ws',
  'wss://user@api.example.com/ws',
  'wss://user:pass@api.example.com/ws',
  'wss://:pass@api.example.com/ws',
  'wss://api.example.com:8443/ws',
  'wss://api.example.com./ws',
  'wss://api-example.com/ws',
  'wss://xapi.example.com/ws',
  'wss://api.example.co/ws',
  'wss://аpi.example.com/ws',
  'wss://api。example。com.evil.example/ws',
  'wss:\\\\evil.example/ws',
  'wss:/\\evil.example/ws',
  'wss://evil.example\\@api.example.com/ws',
  'wss://evil.example#@api.example.com/ws',
  'wss://evil.example?@api.example.com/ws',
  'wss://api.example.com/ws#fragment',
  'wss://api.example.com/ws#',
  '//evil.example/ws',
  '/ws',
  '///evil.example/ws',
  'wss:evil.example/ws',
  'wss:///evil.example/ws',
  'javascript:alert(1)',
  'data:text/html,x',
  'file:///etc/passwd',
  'wss://api.example.com\n.evil.example/ws',
  'wss://api.example.com\t/ws',
  ' wss://api.example.com/other',
  'wss://api.example.com/other ',
  'w\nss://api.example.com/other',
  'wss://[::1]/ws',
  'wss://127.0.0.1/ws',
  'wss://0x7f.1/ws',
  'wss://',
  'wss://%61pi.example.com:444/ws',
  'not a url',
  '',
])('does not follow the hint %j', (hint) => {
  expect(ticketUrl(BASE, hint, TICKET)).toBe(own)
})

test('a base on ws: for a local server is followed on ws: only', () => {
  expect(ticketUrl('ws://localhost:1234/ws', 'ws://localhost:1234/live', TICKET)).toContain('/live?')
  expect(ticketUrl('ws://localhost:1234/ws', 'wss://localhost:1234/live', TICKET)).toContain('/ws?')
})
