// @vitest-environment jsdom

import { expect, onTestFinished, test, vi } from 'vitest'
import { createMockBackend } from '../../../src/mock/index.ts'

const JWT = 'jwt-of-alice'

function arrange() {
  const backend = createMockBackend({ users: { alice: { token: JWT } } })
  onTestFinished(() => backend.dispose())
  return backend
}

test('in a page the sockets use the page’s own event classes and address', async () => {
  expect(navigator.userAgent).toContain('jsdom')
  const backend = arrange()
  const { ticket_id } = await (
    await backend.fetch('https://mock.test/websocket/ticket', {
      method: 'POST',
      headers: { authorization: `Bearer ${JWT}` },
      signal: new AbortController().signal, // jsdom's own, which Node's Request refuses
    })
  ).json()
  const socket = new backend.WebSocket(`wss://mock.test/ws?ticket=${ticket_id}`, 'ticket-socket.v1')
  const seen: Event[] = []
  for (const type of ['open', 'message', 'close']) socket.addEventListener(type, (event) => seen.push(event))
  await vi.waitUntil(() => seen.length === 2)
  socket.close(3001)
  await vi.waitUntil(() => seen.length === 3)
  const [open, message, close] = seen
  expect(open).toBeInstanceOf(window.Event)
  expect(message).toBeInstanceOf(window.MessageEvent)
  expect(close).toMatchObject({ code: 3001, wasClean: true })
  expect(close).toBeInstanceOf(window.CloseEvent)
})

test('binary crosses in both directions', async () => {
  const backend = createMockBackend({ upgrade: { allowAnonymous: true } })
  onTestFinished(() => backend.dispose())
  const socket = new backend.WebSocket('wss://mock.test/ws')
  socket.binaryType = 'arraybuffer'
  const received: ArrayBuffer[] = []
  socket.onmessage = ({ data }) => received.push(data)
  const connection = await backend.connected()
  connection.onBinary((bytes) => connection.sendBinary(bytes))
  await vi.waitUntil(() => socket.readyState === 1)
  socket.send(new Uint8Array([1, 2]))
  await vi.waitUntil(() => received.length === 1)
  expect([...new Uint8Array(received[0] as ArrayBuffer)]).toEqual([1, 2])
})

test('a relative address is the page’s', () => {
  const backend = arrange()
  expect(new backend.WebSocket('/ws').url).toBe(new URL('/ws', location.href.replace(/^http/, 'ws')).href)
})

test('errors of the arguments are the page’s DOMException', () => {
  const backend = arrange()
  expect(() => new backend.WebSocket('wss://mock.test/ws', 'a b')).toThrow(window.DOMException)
})

test('the page’s origin is allowed unless another list says otherwise', async () => {
  const page = arrange()
  const strict = createMockBackend({ allowedOrigins: ['https://app.example'] })
  onTestFinished(() => strict.dispose())
  const codeOf = (backend: ReturnType<typeof createMockBackend>) =>
    new Promise<number>((resolve) => {
      new backend.WebSocket('wss://mock.test/ws').onclose = ({ code }) => resolve(code)
    })
  expect([await codeOf(page), await codeOf(strict)]).toEqual([4401, 4403])
})
