import { expect, test } from 'vitest'
import { dial, serve, until } from './serve.ts'

test('of two plain connections the one that answers no ping is closed with 4408, and the other stays', async () => {
  const { url, ticket, sessions } = await serve({ pingIntervalMs: 60 })
  const alive = dial(url(`?ticket=${await ticket()}`))
  const dead = dial(url(`?ticket=${await ticket()}`))
  dead.socket.on('ping', () => {})
  // Nothing more is read, so nothing is answered.
  dead.socket.once('open', () => dead.socket.pause())
  let pings = 0
  alive.socket.on('ping', () => pings++)
  await until(() => expect(sessions.connections()).toHaveLength(2))
  await until(() => expect(sessions.connections()).toHaveLength(1))
  const before = pings
  await until(() => expect(pings).toBeGreaterThan(before + 4))
  expect(sessions.connections()).toHaveLength(1)
  expect(alive.closed).toBeNull()
  dead.socket.resume()
  await until(() => expect(dead.closed).toEqual([4408, 'heartbeat']))
})

test('a client that pings is alive, also when it answers nothing', async () => {
  const { url, ticket, sessions } = await serve({ pingIntervalMs: 60 })
  const client = dial(url(`?ticket=${await ticket()}`), [], { origin: 'https://app.example.com', autoPong: false })
  await until(() => expect(sessions.connections()).toHaveLength(1))
  let pongs = 0
  client.socket.on('pong', () => pongs++)
  const timer = setInterval(() => client.socket.ping(), 20)
  await until(() => expect(pongs).toBeGreaterThan(20))
  clearInterval(timer)
  expect(sessions.connections()).toHaveLength(1)
  await until(() => expect(client.closed).toEqual([4408, 'heartbeat']))
})
