// The built package at work. Both formats are built in different ways, and the CommonJS one sets the private fields of a class
// before its public ones: code that only loads may throw at the first call.

import { execFileSync } from 'node:child_process'
import { expect, inject, test } from 'vitest'

/** A page on the mock backend: it queues a message, connects, sends, receives, signs out, and disposes of its socket. */
const PAGE = `
  const backend = createMockBackend({ users: { alice: { token: 'jwt-a', permissions: ['chat'] } } })
  backend.onMessage('ask', ({ n }, connection) => connection.send({ type: 'answer', n }))
  let jwt = 'jwt-a'
  const platform = { fetch: backend.fetch, WebSocket: backend.WebSocket }
  const auth = new UnifiedAuthService({ httpUrl: backend.httpUrl, getToken: () => jwt, ticketAuth: true, platform })
  const socket = createTicketSocket({ url: backend.wsUrl, auth, platform })
  const log = []
  for (const name of ['open', 'message', 'sent', 'dropped', 'lost', 'userChanged', 'closed', 'disposed']) {
    socket.on(name, (payload) => log.push([name, payload?.method ?? payload?.n ?? payload?.by].join(' ').trim()))
  }
  const ask = async (n) => {
    log.push(socket.send({ type: 'ask', n }).status)
    await new Promise((answered) => socket.onMessage('answer', answered))
  }
  const asked = ask(1)
  socket.connect()
  asked
    .then(() => ask(2))
    .then(() => {
      jwt = null
      auth.handleLogout()
      log.push(socket.send({ type: 'ask', n: 3 }).reason)
      socket.dispose()
      console.log(JSON.stringify(log))
    })`

test.each(['import', 'require'])('by %s, a page connects, sends, receives and signs out', (how) => {
  const load = (name: string) => (how === 'import' ? `await import('${name}')` : `require('${name}')`)
  const code = `
    const { createTicketSocket, UnifiedAuthService } = ${load('ticket-socket')}
    const { createMockBackend } = ${load('ticket-socket/mock')}
    ${PAGE}`
  const output = execFileSync(
    process.execPath,
    [`--input-type=${how === 'import' ? 'module' : 'commonjs'}`, '--eval', code],
    {
      cwd: inject('bareProject'),
      encoding: 'utf8',
      stdio: 'pipe',
    },
  )
  expect(JSON.parse(output)).toEqual([
    'queued',
    'open ticket',
    'sent',
    'message 1',
    'sent',
    'message 2',
    'userChanged',
    'closed logout',
    'closed',
    'disposed',
  ])
})
