import { describe, expect, test } from 'vitest'
import { withTicket } from '../../../src/auth/ticket.ts'
import { passedOnUrl } from '../../../src/auth/websocket-ticket.ts'

const TICKET = 'T'.repeat(43)

describe('the URL that is dialled', () => {
  test.each([
    ['wss://api.example.com/ws', `wss://api.example.com/ws?ticket=${TICKET}`],
    ['wss://api.example.com/', `wss://api.example.com/?ticket=${TICKET}`],
    ['wss://api.example.com/ws?room=1', `wss://api.example.com/ws?room=1&ticket=${TICKET}`],
    ['wss://api.example.com/ws?', `wss://api.example.com/ws?ticket=${TICKET}`],
    ['wss://api.example.com/ws?room=1&', `wss://api.example.com/ws?room=1&ticket=${TICKET}`],
    ['wss://api.example.com/a%2Fb/c;v=1', `wss://api.example.com/a%2Fb/c;v=1?ticket=${TICKET}`],
    ['ws://localhost:1234/ws', `ws://localhost:1234/ws?ticket=${TICKET}`],
  ])('%s is the app’s own plus ticket', (url, dialled) => {
    expect(withTicket(url, TICKET)).toBe(dialled)
  })

  test.each(['name=a%20b&flag&x=%2B', 'a=1&a=2&a=', 'q=a+b', 'x=%zz', "x='1'", '=', 'tickets=1', 'my_ticket=1'])(
    'the query %s stays as it is spelled',
    (query) => {
      expect(withTicket(`wss://api.example.com/ws?${query}`, TICKET)).toBe(
        `wss://api.example.com/ws?${query}&ticket=${TICKET}`,
      )
    },
  )
})

describe('the websocket_url that is passed on', () => {
  const HTTP = 'https://api.example.com'

  test('is the backend’s own on the host of httpUrl, as it is spelled', () => {
    const given = `wss://api.example.com/live?room=a%20b&ticket=${TICKET}`
    expect(passedOnUrl(HTTP, given, [])).toBe(given)
  })

  test('is on another origin only where the app has listed it', () => {
    const given = 'wss://eu.example.com/ws'
    expect(passedOnUrl(HTTP, given, [])).toBe('')
    expect(passedOnUrl(HTTP, given, ['wss://eu.example.com'])).toBe(given)
  })

  test('is empty where the backend sends none', () => {
    expect(passedOnUrl(HTTP, undefined, [])).toBe('')
  })

  test('is on ws: only where httpUrl is on http:', () => {
    expect(passedOnUrl('http://localhost:1234', 'ws://localhost:1234/live', [])).toBe('ws://localhost:1234/live')
    expect(passedOnUrl('http://localhost:1234', 'wss://localhost:1234/live', [])).toBe('')
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
  ])('%j is not passed on', (given) => {
    expect(passedOnUrl(HTTP, given, [])).toBe('')
  })
})
