import { describe, expect, test, vi } from 'vitest'
import { type Credential, type SocketConstructor, type SocketLike, ticketWebSocket } from '../../../src/index.ts'
import { systemPlatform } from '../../../src/platform/system-platform.ts'
import { openSocket } from '../../../src/socket/open-socket.ts'
import { arrange } from '../../support/arrange.ts'
import { createPolicyPage } from '../../support/policy-page.ts'
import { createVirtualClock } from '../../support/virtual-clock.ts'

const DIALLED = 'wss://x.example/ws?ticket=T'
const ORIGIN = 'wss://x.example'

class FakeSocket {
  readyState = 0
  onopen: unknown = null
  onmessage: unknown = null
  onclose: ((event: unknown) => void) | null = null
  onerror: ((event?: unknown) => void) | null = null
  close = vi.fn()
}

function open(WebSocket: unknown = FakeSocket) {
  const clock = createVirtualClock()
  const page = createPolicyPage()
  const onClosed = vi.fn()
  const onNotDialled = vi.fn()
  const grant = { url: (base: string) => `${base}?ticket=T`, redact: (text: string) => text } as unknown as Credential
  const { socket, detach } = openSocket({
    platform: systemPlatform({ clock, page, WebSocket: WebSocket as SocketConstructor }),
    url: 'wss://x.example/ws',
    credential: grant,
    protocols: () => [],
    onClosed,
    onNotDialled,
  })
  return { clock, page, onClosed, onNotDialled, detach, socket: socket as unknown as FakeSocket }
}

describe('an error that no close follows', () => {
  test('is the end where the socket is closed a moment later, as WebKit has it for a blocked port', async () => {
    const { socket, clock, onClosed } = open()
    socket.onerror?.()
    socket.readyState = 3
    await clock.advance(99)
    expect(onClosed).not.toHaveBeenCalled()
    await clock.advance(1)
    expect(onClosed.mock.calls).toEqual([[{ code: 1006, reason: '', wasClean: false }, true]])
  })

  test('is not reported beside the close, which says more', async () => {
    const { socket, clock, onClosed } = open()
    socket.onerror?.()
    socket.readyState = 3
    socket.onclose?.({ code: 1002, reason: 'frame', wasClean: false })
    await clock.advance(1_000)
    expect(onClosed.mock.calls).toEqual([[{ code: 1002, reason: 'frame', wasClean: false }, true]])
    expect(clock.pending()).toBe(0)
  })

  test('is no end while the socket is open', async () => {
    const { socket, clock, onClosed } = open()
    socket.readyState = 1
    socket.onerror?.()
    await clock.advance(1_000)
    expect(onClosed).not.toHaveBeenCalled()
  })

  test('is nothing to a caller that has left', async () => {
    const { socket, clock, page, onClosed, detach } = open()
    socket.onerror?.()
    detach()
    socket.readyState = 3
    socket.onerror?.()
    await clock.advance(1_000)
    expect([onClosed.mock.calls.length, clock.pending(), page.watchers()]).toEqual([0, 0, 0])
  })
})

describe('what the Content-Security-Policy blocks', () => {
  const blocked = { url: DIALLED, directive: 'connect-src' }
  const words =
    "The page's Content-Security-Policy blocks wss://x.example (connect-src). Add wss://x.example to connect-src."

  test('is named where the browser only fires an error, as Chromium does', async () => {
    const { socket, clock, page, onClosed, onNotDialled } = open()
    page.block(blocked)
    socket.readyState = 3
    socket.onerror?.()
    await clock.advance(1_000)
    expect(onNotDialled.mock.calls).toEqual([[expect.objectContaining({ code: 'blocked_by_policy', message: words })]])
    expect([onClosed.mock.calls.length, page.watchers()]).toEqual([0, 0])
  })

  test('is named where the constructor throws before the event, as in Firefox and WebKit', async () => {
    const { clock, page, onNotDialled } = open(
      class {
        constructor() {
          throw new DOMException('The operation is insecure.', 'SecurityError')
        }
      },
    )
    await clock.advance(76)
    page.block({ url: ORIGIN, directive: 'connect-src' })
    await clock.advance(1_000)
    expect(onNotDialled.mock.calls).toEqual([[expect.objectContaining({ code: 'blocked_by_policy', message: words })]])
  })

  test('is another connection where the URL is another', async () => {
    const { socket, clock, page, onNotDialled } = open()
    socket.readyState = 3
    const others = [
      'wss://x.example.org/ws',
      'wss://x.example/other',
      'wss://x.example/',
      'wss://x.example/ws',
      'wss',
      '',
    ]
    for (const url of others) page.block({ url, directive: 'connect-src' })
    page.block({ url: ORIGIN, directive: 'img-src' })
    await clock.advance(1_000)
    expect(onNotDialled).not.toHaveBeenCalled()
    expect(socket.close).not.toHaveBeenCalled()
  })
})

describe('what the Content-Security-Policy blocks beside a dial, to the same URL', () => {
  test.each([0, 1])('is not this one, whose readyState is %i', async (readyState) => {
    const { socket, clock, page, onClosed, onNotDialled } = open()
    socket.readyState = readyState
    page.block({ url: DIALLED, directive: 'connect-src' })
    await clock.advance(1_000)
    socket.readyState = 3
    socket.onclose?.({ code: 1001, reason: '', wasClean: true })
    expect([onNotDialled.mock.calls.length, onClosed.mock.calls]).toEqual([
      0,
      [[{ code: 1001, reason: '', wasClean: true }, false]],
    ])
    expect(page.watchers()).toBe(0)
  })

  test('leaves an open connection by JWT open, and listened to', async () => {
    const page = createPolicyPage()
    const { socket, clock, backend, state, told } = arrange({
      auth: { ticketAuth: false },
      wrap: (platform) => ({ ...platform, page }),
    })
    socket.connect()
    await clock.advance(1_000)
    expect(state()).toMatchObject({ status: 'open', method: 'jwt' })
    page.block({ url: backend.wsUrl, directive: 'connect-src' })
    await clock.advance(1_000)
    backend.dropConnections()
    await clock.advance(10)
    expect(told.map(([name]) => name)).toContain('lost')
  })
})

describe('on a page that blocks the server', () => {
  /** As Chromium: a closed socket, an event of the page, and an `error`. */
  function blockedPage() {
    const page = createPolicyPage()
    const dialled: string[] = []
    const { clock, ...app } = arrange({
      wrap: (platform) => ({
        ...platform,
        page,
        WebSocket: class extends FakeSocket {
          constructor(url: string) {
            super()
            dialled.push(url)
            platform.clock?.setTimer(() => {
              this.readyState = 3
              page.block({ url, directive: 'connect-src' })
              this.onerror?.()
            }, 4)
          }
        } as unknown as new () => SocketLike,
      }),
    })
    return { ...app, clock, dialled }
  }

  test('createTicketSocket fails once, by the name of the directive, and keeps its ticket', async () => {
    const { socket, clock, dialled, state, ticketRequests } = blockedPage()
    socket.connect()
    await clock.advance(60_000)
    expect(state()).toMatchObject({ status: 'failed', error: { code: 'blocked_by_policy', retryable: false } })
    expect(state().error?.message).toContain('(connect-src)')
    expect(state().error?.message).not.toContain('ticket=')
    expect([dialled.length, ticketRequests()]).toEqual([1, 1])
  })

  test('ticketWebSocket closes with 4400, and its error event holds the same error', async () => {
    const { auth, clock, platform, backend } = blockedPage()
    const TicketWebSocket = ticketWebSocket(auth, { platform })
    const socket = new TicketWebSocket(backend.wsUrl)
    const told: unknown[] = []
    socket.onerror = (event) => told.push((event as unknown as { error: unknown }).error)
    socket.onclose = ({ code }) => told.push(code)
    await clock.advance(1_000)
    expect(told).toEqual([expect.objectContaining({ code: 'blocked_by_policy' }), 4400])
    expect(socket.readyState).toBe(3)
  })
})

test('ticketWebSocket ends where a blocked port is an error without a close', async () => {
  const { auth, clock, platform, backend } = arrange({
    wrap: (platform) => ({
      ...platform,
      WebSocket: class extends FakeSocket {
        constructor() {
          super()
          platform.clock?.setTimer(() => {
            this.onerror?.()
            this.readyState = 3
          }, 18)
        }
      } as unknown as new () => SocketLike,
    }),
  })
  const socket = new (ticketWebSocket(auth, { platform }))(backend.wsUrl)
  const codes: number[] = []
  socket.onclose = ({ code }) => codes.push(code)
  await clock.advance(1_000)
  expect([codes, socket.readyState]).toEqual([[1006], 3])
})
