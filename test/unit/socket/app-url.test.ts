import { afterEach, describe, expect, test, vi } from 'vitest'
import { createTicketSocket } from '../../../src/index.ts'
import { parseAppUrl } from '../../../src/socket/app-url.ts'
import { arrange } from '../../support/arrange.ts'

const parse = (url: unknown, allowInsecure = false) => parseAppUrl(url as string, allowInsecure)

/** As in a browser: `document.baseURI` is the page's address, or what its `<base>` says. */
const onPage = (baseURI: string) => vi.stubGlobal('document', { baseURI })

afterEach(() => vi.unstubAllGlobals())

describe('an absolute URL', () => {
  test.each([
    ['wss://api.example.com/ws?room=1', 'wss://api.example.com/ws?room=1'],
    ['https://api.example.com/ws?room=1', 'wss://api.example.com/ws?room=1'],
    ['HTTPS://api.example.com/ws', 'wss://api.example.com/ws'],
    ['http://localhost:8000/ws', 'ws://localhost:8000/ws'],
    [new URL('https://api.example.com/ws'), 'wss://api.example.com/ws'],
  ])('%s is dialled as %s', (url, dialled) => {
    expect(parse(url)).toBe(dialled)
  })

  test.each([
    ['ftp://api.example.com/ws', 'url must be a URL such as wss://api.example.com/ws, or a path such as /ws'],
    ['httpss://api.example.com', 'url must be a URL such as'],
    ['api.example.com/ws', 'url must be a URL such as'],
    ['', 'url must be a URL such as'],
    [undefined, 'url must be a URL such as wss://api.example.com/ws, or a path such as /ws, got undefined'],
    [null, 'url must be a URL such as wss://api.example.com/ws, or a path such as /ws, got null'],
    [{}, 'url must be a URL such as'],
    ['http://api.example.com/ws', 'url must use wss: for api.example.com'],
    ['wss://alice:secret@api.example.com/ws', 'url must not hold a user, password or fragment'],
    ['https://api.example.com/ws#x', 'url must not hold a user, password or fragment'],
    // The ticket would stand behind the `#`, where no server sees it.
    ['wss://api.example.com/ws#', 'url must not hold a user, password or fragment'],
  ])('%s is refused', (url, message) => {
    expect(() => parse(url)).toThrow(TypeError)
    expect(() => parse(url)).toThrow(message)
  })
})

describe('a relative URL', () => {
  test.each([
    ['/ws?room=1', 'https://app.example.com/chat/room', 'wss://app.example.com/ws?room=1'],
    ['/ws', 'http://localhost:5173/', 'ws://localhost:5173/ws'],
    ['./ws', 'https://app.example.com/chat/room', 'wss://app.example.com/chat/ws'],
    ['../ws', 'https://app.example.com/chat/room', 'wss://app.example.com/ws'],
    ['?room=1', 'https://app.example.com/ws', 'wss://app.example.com/ws?room=1'],
    ['//api.example.com/ws', 'https://app.example.com/', 'wss://api.example.com/ws'],
    ['./ws', 'https://app.example.com/base/', 'wss://app.example.com/base/ws'],
  ])('%s on %s is %s', (url, page, dialled) => {
    onPage(page)
    expect(parse(url)).toBe(dialled)
  })

  test('in a worker, which has no document, is resolved against its own address', () => {
    vi.stubGlobal('location', { href: 'https://app.example.com/worker.js' })
    expect(parse('/ws')).toBe('wss://app.example.com/ws')
  })

  test('on an http: page beyond this machine is refused like ws:', () => {
    onPage('http://app.example.com/')
    expect(() => parse('/ws')).toThrow('url must use wss: for app.example.com')
    expect(parse('/ws', true)).toBe('ws://app.example.com/ws')
  })

  test.each([
    'file:///home/alice/index.html',
    'about:blank',
    'capacitor://localhost/',
    'blob:https://app.example.com/1',
  ])('on %s, where nothing listens, is a TypeError', (page) => {
    onPage(page)
    expect(() => parse('/ws')).toThrow(TypeError)
    expect(() => parse('/ws')).toThrow('there is no page with http: or https: to resolve it against')
  })

  test('without a page makes a socket, so that a server can load its module; connect() and reconnect() throw', () => {
    const { auth, platform } = arrange()
    const socket = createTicketSocket({ url: '/ws', auth, platform })
    for (const dial of [socket.connect, socket.reconnect]) {
      expect(dial).toThrow(TypeError)
      expect(dial).toThrow('url must be absolute, such as wss://api.example.com/ws')
    }
    expect(socket.store.getState().status).toBe('idle')
  })

  test('is resolved when the socket is made, and stays so when the page’s address changes', async () => {
    onPage('https://mock.test/chat/')
    const { clock, auth, platform, backend } = arrange()
    const socket = createTicketSocket({ url: '../ws', auth, platform })
    onPage('https://mock.test/elsewhere/deep/')
    socket.connect()
    await clock.advance(1_000)
    expect(backend.journal.of('upgrade').map(({ url, method }) => [url, method])).toEqual([
      ['wss://mock.test/ws', 'ticket'],
    ])
  })
})
