// The client in a Jest of the caller's choice with its plain jsdom: no polyfill, no `fetch`, and the test's own doubles.

import { spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { inject } from 'vitest'

const TEST = `
const { createTicketSocket, UnifiedAuthService } = require('ticket-socket')

/** As people write them: a socket that opens, and an answer with json() alone. */
class FakeSocket {
  constructor(url, protocols) {
    Object.assign(this, { url, protocols: [].concat(protocols), readyState: 0, protocol: '', bufferedAmount: 0, sent: [] })
    FakeSocket.last = this
    setTimeout(() => {
      Object.assign(this, { readyState: 1, protocol: 'ticket-socket.v1' })
      this.onopen({})
      const expires = { expires_at: Date.now() / 1000 + 300, expires_in: 300 }
      const frame = { type: 'ts:connection_established', session_id: 's', user_id: 'alice', auth_method: 'ticket', ...expires }
      this.onmessage({ data: JSON.stringify(frame) })
    })
  }
  send(data) {
    this.sent.push(data)
  }
  close() {
    this.readyState = 3
    this.onclose?.({ code: 1000, reason: '', wasClean: true })
  }
}
const ticket = {
  ticket_id: 'a'.repeat(43), created_at: Date.now() / 1000, expires_at: Date.now() / 1000 + 300, ttl_seconds: 300, single_use: true,
  websocket_url: 'wss://api.example.com/ws', subprotocol: 'ticket-socket.v1',
}

function start(answer) {
  const platform = { fetch: async () => answer, WebSocket: FakeSocket }
  const options = { httpUrl: 'https://api.example.com', getToken: () => 'jwt-of-alice', ticketAuth: true, retry: { maxRetries: 0 } }
  const auth = new UnifiedAuthService({ ...options, platform })
  const socket = createTicketSocket({ url: 'wss://api.example.com/ws', auth, platform })
  const opened = new Promise((resolve) => socket.on('open', resolve))
  socket.connect()
  return { opened, socket, stop: () => (socket.dispose(), auth.dispose()) }
}

test('the environment is as it comes', () => {
  expect(navigator.userAgent).toContain('jsdom')
  expect([typeof TextEncoder, typeof TextDecoder, typeof fetch]).toEqual(['undefined', 'undefined', 'undefined'])
})

test.each(['react', 'inspector', 'reconnecting-websocket', 'schemas', 'mock'])('ticket-socket/%s loads', (entry) => {
  expect(Object.keys(require('ticket-socket/' + entry)).length).toBeGreaterThan(0)
})

test('a ticket opens a connection, and a message goes out', async () => {
  const { opened, socket, stop } = start({ ok: true, status: 200, json: async () => ticket })
  await opened
  expect(socket.store.getState()).toMatchObject({ status: 'open', method: 'ticket' })
  expect(socket.send({ type: 'chat', text: 'Grüße' })).toEqual({ status: 'sent' })
  expect(FakeSocket.last.sent).toContain('{"type":"chat","text":"Grüße"}')
  stop()
})

test('without tickets the JWT does, as a subprotocol', async () => {
  const { opened, socket, stop } = start({ ok: false, status: 404, json: async () => ({}) })
  await opened
  expect(socket.store.getState()).toMatchObject({ status: 'open', method: 'jwt' })
  expect(FakeSocket.last.protocols).toContain('jwt.' + btoa('jwt-of-alice'))
  stop()
})
`

/** What Jest printed. `modules`: a folder that holds jest and jest-environment-jsdom. */
export function runJestJsdom(modules: string): string {
  const folder = join(inject('fullProject'), 'jest-jsdom')
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'client.test.js'), TEST)
  const config = { rootDir: folder, testEnvironment: join(modules, 'jest-environment-jsdom'), transform: {} }
  const args = [join(modules, 'jest/bin/jest.js'), '--config', JSON.stringify(config)]
  const { stdout, stderr } = spawnSync(process.execPath, args, { cwd: folder, encoding: 'utf8' })
  return `${stdout}${stderr}`
}
