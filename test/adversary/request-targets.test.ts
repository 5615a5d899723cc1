// Request targets (RFC 9112 §3.2) that no client of ours sends, on every route and on upgrades.

import { afterAll, expect, test } from 'vitest'
import { ORIGIN, startVictim, upgrade } from './victim.ts'

const victim = await startVictim({ limit: false })
afterAll(victim.stop)

const SECRET = 's3cr3t-of-alice'
const ROUTES = [
  'POST /websocket/ticket',
  'GET /websocket/ticket/aaaa/validate',
  'DELETE /websocket/ticket/aaaa',
  'DELETE /websocket/tickets',
  'GET /websocket/tickets/status',
  'GET /websocket/openapi.json',
  'OPTIONS /websocket/ticket',
  'GET /nowhere',
]
const until = (check: () => unknown) => expect.poll(check, { timeout: 5_000, interval: 5 })

/** The status of the answer to these bytes, and the whole of it. */
async function answerTo(bytes: string): Promise<{ status: number; answer: string }> {
  const peer = await victim.dial(bytes)
  await until(() => peer.answer().includes('\r\n\r\n')).toBe(true)
  peer.socket.destroy()
  return { status: Number(peer.answer().slice(9, 12)), answer: peer.answer() }
}
const request = (method: string, target: string) =>
  `${method} ${target} HTTP/1.1\r\nHost: x\r\nOrigin: ${ORIGIN}\r\nAuthorization: Bearer none\r\nContent-Length: 0\r\n\r\n`

test.each(ROUTES)('%s with user information in its target is a 400', async (line) => {
  const [method = '', path = ''] = line.split(' ')
  for (const user of [`alice:${SECRET}@`, `${SECRET}@`, `:${SECRET}@`, `a@b:${SECRET}@`]) {
    const { status, answer } = await answerTo(request(method, `http://${user}x${path}`))
    expect([user, status]).toEqual([user, 400])
    expect(answer).not.toContain(SECRET)
  }
})

test('an upgrade with user information in its target is a 400, also where its ticket would be accepted', async () => {
  for (const user of [`alice:${SECRET}@`, `${SECRET}@`, `:${SECRET}@`]) {
    const ticket = await victim.ticketFor('alice')
    const { status, answer } = await answerTo(upgrade(`http://${user}x/ws?ticket=${ticket}`))
    expect(status).toBe(400)
    expect(answer).not.toContain(SECRET)
    // It was not looked at: it still opens a connection.
    expect((await answerTo(upgrade(`/ws?ticket=${ticket}`))).status).toBe(101)
  }
})

test('a whole URL without user information is served, as RFC 9112 asks of every server', async () => {
  expect((await answerTo(request('GET', 'http://elsewhere.example/websocket/tickets/status'))).status).toBe(200)
  const ticket = await victim.ticketFor('alice')
  expect((await answerTo(upgrade(`http://elsewhere.example/ws?ticket=${ticket}`))).status).toBe(101)
})

test.each([
  ['*', 400],
  ['elsewhere.example:80', 400],
  ['elsewhere.example:80/websocket/tickets/status', 400],
  ['ftp://elsewhere.example/websocket/tickets/status', 400],
  ['javascript:alert(1)', 400],
  ['//elsewhere.example/websocket/tickets/status', 404],
  [`//alice:${SECRET}@elsewhere.example/websocket/tickets/status`, 404],
  ['/\\elsewhere.example/websocket/tickets/status', 404],
  ['/websocket/ticket/%zz/validate', 401],
  ['/websocket/ticket/%00%ff/validate', 401],
  ['/%77ebsocket/tickets/status', 404],
  ['/websocket/tickets/status?%zz', 200],
])('GET %s is a %i', async (target, status) => {
  expect((await answerTo(request('GET', target))).status).toBe(status)
})

test.each([
  '*',
  'elsewhere.example:80',
  'elsewhere.example:80/ws',
  '//elsewhere.example/ws',
  '/%77s',
  '/\\x/ws',
  '/ws/../ws',
])('an upgrade of %s is refused', async (target) => {
  expect((await answerTo(upgrade(target))).status).toBeGreaterThanOrEqual(400)
})

test('a target of 60,000 bytes is refused, and the next request is served', async () => {
  const huge = `/websocket/tickets/status?${'a'.repeat(60_000)}`
  expect((await answerTo(request('GET', huge))).status).toBe(431)
  expect((await answerTo(upgrade(`/ws?ticket=${'a'.repeat(60_000)}`))).status).toBe(431)
  expect((await answerTo(request('GET', '/websocket/tickets/status'))).status).toBe(200)
})

test('nothing of all this stands in the server’s output', () => {
  expect(victim.log()).toBe('')
})
