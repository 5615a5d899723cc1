// Over Node's own WebSocket, to a server that never answers the handshake.

import { createServer, type Socket } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { ticketWebSocket } from '../../../src/index.ts'
import { signedInPage } from './page.ts'

async function deafServer() {
  const peers: Socket[] = []
  let sawUpgrade = (_request: string) => {}
  const upgrade = new Promise<string>((resolve) => {
    sawUpgrade = resolve
  })
  const server = createServer((peer) => {
    peers.push(peer)
    peer.on('error', () => peer.destroy())
    peer.once('data', (data) => sawUpgrade(String(data)))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    for (const peer of peers) peer.destroy()
    server.close()
  })
  const { port } = server.address() as { port: number }
  return {
    url: `ws://127.0.0.1:${port}/ws`,
    upgrade,
    gone: () => new Promise((resolve) => peers[0]?.once('close', resolve)),
  }
}

test.each([
  ['close()', 1006],
  ['a log-out', 4401],
])('%s during the handshake ends it with error and close, and drops the connection', async (how, code) => {
  const page = await signedInPage()
  const { url, upgrade, gone } = await deafServer()
  const TicketWebSocket = ticketWebSocket(page.auth)
  const socket = new TicketWebSocket(url)
  const heard: unknown[] = []
  socket.onerror = () => heard.push('error')
  const closed = new Promise((resolve) => {
    socket.onclose = ({ code }) => resolve(heard.push(code))
  })
  expect(await upgrade).toMatch(/^GET \/ws\?ticket=[\w-]{43} /)
  const dropped = gone()
  if (how === 'close()') socket.close()
  else page.logOut()
  await closed
  await dropped
  expect(heard).toEqual(['error', code])
  expect(socket.readyState).toBe(WebSocket.CLOSED)
})

test('a server that cannot be reached is error and 1006, and says nothing against tickets', async () => {
  const page = await signedInPage()
  const TicketWebSocket = ticketWebSocket(page.auth)
  const socket = new TicketWebSocket('ws://127.0.0.1:1/ws')
  const heard: unknown[] = []
  socket.onerror = () => heard.push('error')
  await new Promise((resolve) => {
    socket.onclose = ({ code }) => resolve(heard.push(code))
  })
  expect(heard).toEqual(['error', 1006])
  expect(page.auth.store.getState().ticketFailures).toBe(0)
})

test('bytes arrive in the form that was asked for', async () => {
  const page = await signedInPage((connection) => {
    connection.onBinary((data) => connection.sendBinary(data))
  })
  const TicketWebSocket = ticketWebSocket(page.auth)
  const socket = new TicketWebSocket(page.url)
  onTestFinished(() => socket.close())
  await new Promise((resolve) => socket.addEventListener('open', resolve, { once: true }))
  const answer = () =>
    new Promise<unknown>((resolve) => socket.addEventListener('message', ({ data }) => resolve(data), { once: true }))
  const asBlob = answer()
  socket.send(new Uint8Array([1, 2, 3]))
  expect(await asBlob).toBeInstanceOf(Blob)
  socket.binaryType = 'arraybuffer'
  const asBuffer = answer()
  socket.send(new Uint8Array([1, 2, 3]))
  expect(await asBuffer).toEqual(new Uint8Array([1, 2, 3]).buffer)
})
