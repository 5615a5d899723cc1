// The watcher is shown what it must notice: a check that cannot fail would prove nothing about the page.

import { createServer } from 'node:http'
import { expect, onTestFinished, test } from 'vitest'
import { listenNear } from '../../demo/listen.ts'
import { repeated, urlsWithJwt, watchTraffic } from './traffic.ts'

const JWT = `${Buffer.from('{"alg":"HS256"}').toString('base64url')}.${Buffer.from('{"sub":"alice"}').toString('base64url')}.c2ln`

async function arrange() {
  const http = createServer((_request, response) => response.end())
  http.on('upgrade', (_request, socket) => socket.destroy())
  const port = await listenNear(http, 0)
  onTestFinished(() => void http.close())
  const dial = (query: string) =>
    new Promise((resolve) => {
      new WebSocket(`ws://localhost:${port}/ws${query}`).onclose = resolve
    })
  return {
    traffic: watchTraffic(http),
    dial,
    get: (path: string, init?: RequestInit) => fetch(`http://localhost:${port}${path}`, init),
  }
}

test('a JWT in a URL is noticed, in either spelling, and one in a header is none of that', async () => {
  const { traffic, dial, get } = await arrange()
  await get('/websocket/ticket', { headers: { authorization: `Bearer ${JWT}` } })
  expect(urlsWithJwt(traffic)).toEqual([])
  await dial(`?token=${JWT}`)
  await get(`/next?jwt=${Buffer.from(JWT).toString('base64url')}`)
  expect(urlsWithJwt(traffic)).toHaveLength(2)
})

test('a ticket that is presented a second time is noticed', async () => {
  const { traffic, dial } = await arrange()
  await dial('?ticket=one')
  await dial('?ticket=two')
  expect(repeated(traffic.tickets)).toEqual([])
  await dial('?ticket=one')
  expect(repeated(traffic.tickets)).toEqual(['one'])
})
