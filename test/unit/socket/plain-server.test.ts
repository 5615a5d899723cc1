// A server that does not speak `ticket-socket.v1`: every frame is the app's, and so is the heartbeat.

import { describe, expect, test } from 'vitest'
import type { HeartbeatOptions } from '../../../src/index.ts'
import { scenarios } from '../../../src/mock/index.ts'
import type { Connection } from '../../../src/server/index.ts'
import { arrange } from '../../support/arrange.ts'

function arrangePlain(heartbeat: HeartbeatOptions = {}, onConnection = (_: Connection) => {}) {
  const page = arrange({ socket: { heartbeat }, backend: { onConnection } })
  page.backend.use(scenarios.plainServer)
  return page
}

describe('the heartbeat', () => {
  test('is what the app asks: a link that died without a word is replaced', async () => {
    const page = arrangePlain({ message: () => ({ type: 'keepalive' }) })
    await page.connect()
    expect(page.state()).toMatchObject({ status: 'open', method: 'ticket', session: null })
    const heal = page.backend.use(scenarios.silentServer)
    await page.clock.advance(36_000)
    expect(page.told.find(([name]) => name === 'lost')).toMatchObject(['lost', { error: { code: 'heartbeat_lost' } }])
    heal()
    await page.clock.advance(30_000)
    expect(page.state().status).toBe('open')
  })

  test('is sent after a silence, and whatever the server says counts as its answer', async () => {
    const asked: string[] = []
    const page = arrangePlain({ message: () => ({ type: 'keepalive' }) }, (connection) =>
      connection.onMessage((message) => {
        asked.push(message.type)
        connection.send({ type: 'anything' })
      }),
    )
    await page.connect()
    await page.clock.advance(600_000)
    expect(asked.length).toBeGreaterThanOrEqual(22)
    expect(new Set(asked)).toEqual(new Set(['keepalive']))
    expect([page.times('lost'), page.state().status]).toEqual([0, 'open'])
  })

  test('may be a text that is no JSON', async () => {
    const page = arrangePlain({ message: () => 'ping', intervalMs: 1_000 })
    await page.connect()
    await page.clock.advance(2_000)
    expect(page.backend.journal.of('frame').some(({ direction }) => direction === 'received')).toBe(true)
  })

  test('is not there when the app asks nothing: nothing of ours is sent to a plain server', async () => {
    const page = arrangePlain()
    await page.connect()
    await page.clock.advance(600_000)
    expect(page.backend.journal.of('frame').filter(({ direction }) => direction === 'received')).toEqual([])
    expect(page.state().status).toBe('open')
  })
})

test('a policy close soon after the server took the credential is no refusal: it stops', async () => {
  const page = arrangePlain({}, (connection) => {
    connection.send({ type: 'hello' })
    connection.close(1008, 'policy' as never)
  })
  await page.connect()
  await page.clock.advance(60_000)
  expect(page.state()).toMatchObject({ status: 'failed', error: { code: 'policy' } })
  expect(page.auth.store.getState().ticketFailures).toBe(0)
})

test('a policy close before the server said anything is a refused credential: two tickets, the JWT, and an end', async () => {
  const page = arrangePlain({}, (connection) => connection.close(1008, 'policy' as never))
  await page.connect()
  await page.clock.advance(60_000)
  const offered = page.backend.journal.of('upgrade').map(({ offeredCredential }) => offeredCredential)
  expect(offered).toEqual(['ticket', 'ticket', 'jwt'])
  expect(page.state()).toMatchObject({ status: 'failed', error: { code: 'unauthenticated' } })
  expect(page.auth.store.getState()).toMatchObject({ ticketFailures: 0, reverted: false })
})
