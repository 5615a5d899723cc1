// A proxy that removes `Sec-WebSocket-Protocol`: the server selects nothing, and the browser fails what had offered something.

import { describe, expect, test } from 'vitest'
import { type SocketConstructor, ticketWebSocket } from '../../../src/index.ts'
import { arrange } from '../../support/arrange.ts'

function behindProxy({ strips = true, isDown = (): boolean => false } = {}) {
  const dials: string[] = []
  const page = arrange({
    wrap: (platform) => ({
      ...platform,
      WebSocket: function dial(url: string, protocols: string[] = []) {
        dials.push(`${url.includes('ticket=') ? 'ticket' : 'jwt'}${protocols.length > 0 ? ' + subprotocol' : ''}`)
        const Real = platform.WebSocket as SocketConstructor
        const isLost = isDown() || (strips && protocols.length > 0)
        return new Real(isLost ? 'wss://elsewhere.test/' : url, protocols)
      } as unknown as SocketConstructor,
    }),
  })
  return { ...page, dials }
}

test('PR-83: after two lost dials a ticket is dialled without a subprotocol, and opens a plain connection', async () => {
  const { socket, clock, state, dials, auth } = behindProxy()
  socket.connect()
  await clock.advance(20_000)
  expect(dials).toEqual(['ticket + subprotocol', 'ticket + subprotocol', 'ticket'])
  expect(state()).toMatchObject({ status: 'open', method: 'ticket' })
  expect(auth.store.getState()).toMatchObject({ reverted: false })
})

test('then each further connection costs one lost dial', async () => {
  const { socket, clock, state, dials, backend } = behindProxy()
  socket.connect()
  await clock.advance(20_000)
  for (let i = 0; i < 2; i++) {
    dials.length = 0
    backend.dropConnections()
    await clock.advance(20_000)
    expect([state().status, dials]).toEqual(['open', ['ticket + subprotocol', 'ticket']])
  }
})

describe('ticketWebSocket, which offers no subprotocol of ours, connects', () => {
  function besideProxy() {
    const page = behindProxy()
    const { auth, platform, backend, clock, dials } = page
    async function connectBeside() {
      const beside = new (ticketWebSocket(auth, { platform }))(backend.wsUrl)
      await clock.advance(10_000)
      expect(beside.readyState).toBe(1)
      dials.length = 0
    }
    return { ...page, connectBeside }
  }

  test('before it: the third dial is plain all the same', async () => {
    const { socket, clock, state, dials, connectBeside } = besideProxy()
    await connectBeside()
    socket.connect()
    await clock.advance(20_000)
    expect([state().status, dials]).toEqual(['open', ['ticket + subprotocol', 'ticket + subprotocol', 'ticket']])
  })

  test('after it: the next connection still costs one lost dial', async () => {
    const { socket, clock, state, dials, backend, connectBeside } = besideProxy()
    socket.connect()
    await clock.advance(20_000)
    await connectBeside()
    backend.dropConnections()
    await clock.advance(20_000)
    expect([state().status, dials]).toEqual(['open', ['ticket + subprotocol', 'ticket']])
  })
})

test('where a ticket has worked with its subprotocol, no outage makes the connection plain', async () => {
  let isDown = false
  const { socket, clock, state, dials, backend } = behindProxy({ strips: false, isDown: () => isDown })
  socket.connect()
  await clock.advance(1_000)
  isDown = true
  backend.dropConnections()
  await clock.advance(60_000)
  isDown = false
  await clock.advance(20_000)
  expect(state().status).toBe('open')
  expect(dials).not.toContain('ticket')
})

test('a server that was down at first is dialled with the subprotocol again after a plain connection', async () => {
  let isDown = true
  const { socket, clock, dials, backend } = behindProxy({ strips: false, isDown: () => isDown })
  socket.connect()
  while (dials.length < 2) await clock.advance(500)
  isDown = false
  await clock.advance(20_000)
  backend.dropConnections()
  await clock.advance(20_000)
  expect(dials).toEqual(['ticket + subprotocol', 'ticket + subprotocol', 'ticket', 'ticket + subprotocol'])
})

test('a ticket that renewed a session makes no later one plain', async () => {
  const { auth, clock } = arrange()
  const acquire = async (how: object = {}) => {
    const acquired = auth.acquire({ signal: new AbortController().signal, ...how })
    await clock.advance(1_000)
    return acquired
  }
  const lose = async () => {
    const credential = await acquire()
    const offered = credential.protocols()
    credential.report({ kind: 'lost' })
    return offered
  }
  await lose()
  await lose()
  // As for `ts:auth_refresh`.
  const renewing = await acquire({ only: 'ticket', renew: true })
  renewing.report({ kind: 'accepted' })
  expect([await lose(), await lose(), await lose()]).toEqual(Array(3).fill(['ticket-socket.v1']))
})

test('a subprotocol of the app is never left out: its server may refuse the connection for good', async () => {
  const offered: string[][] = []
  const { socket, clock, state } = arrange({
    wrap: (platform) => ({
      ...platform,
      async fetch(url, init) {
        const response = await platform.fetch?.(url, init)
        return Response.json({ ...(await response?.json()), subprotocol: 'app.v2' })
      },
      WebSocket: function dial(_: string, protocols: string[] = []) {
        offered.push(protocols)
        return new (platform.WebSocket as SocketConstructor)('wss://elsewhere.test/', protocols)
      } as unknown as SocketConstructor,
    }),
  })
  socket.connect()
  while (offered.length < 4) await clock.advance(500)
  expect(offered.slice(0, 3)).toEqual([['app.v2'], ['app.v2'], ['app.v2']])
  expect(state().status).toBe('reconnecting')
})
