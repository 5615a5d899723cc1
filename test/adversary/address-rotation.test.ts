// One attacker who looks like many: behind a proxy that forwards what it hears, over ports and over networks of IPv6.

import { afterAll, expect, test } from 'vitest'
import { isFull, startVictim, upgrade } from './victim.ts'

const BURST = 5
const REQUESTS = isFull ? 2_000 : 100
const limit = { burst: BURST, perMinute: 0.001 }

const victim = await startVictim({ forwarded: true, limit, httpLimit: limit })
afterAll(victim.stop)

const hex = (n: number) => n.toString(16)
const rotations: [string, (n: number) => Record<string, string>, number][] = [
  ['a port', (n) => ({ 'x-real-ip': `192.0.2.1:${n}` }), BURST],
  ['a port of IPv6', (n) => ({ 'x-real-ip': `[2001:db8::1]:${n}` }), BURST],
  ['blanks', (n) => ({ 'x-real-ip': `${' '.repeat(n % 50)}192.0.2.2${' '.repeat(n % 7)}` }), BURST],
  ['an address of a /64', (n) => ({ 'x-real-ip': `2001:db8:1:1::${hex(n)}` }), BURST],
  ['another spelling of an address', (n) => ({ 'x-real-ip': n % 2 ? '::ffff:192.0.2.3' : '::ffff:c000:203' }), BURST],
  ['a /64 of a /48', (n) => ({ 'x-real-ip': `2001:db8:2:${hex(n)}::1` }), 16 * BURST],
]

async function statusesOf(
  send: (headers: Record<string, string>) => Promise<number>,
  headersOf: (n: number) => Record<string, string>,
) {
  const statuses: Record<number, number> = {}
  for (let n = 1; n <= REQUESTS; n += 50) {
    const wave = Array.from({ length: 50 }, (_, i) => send(headersOf(n + i)))
    for (const status of await Promise.all(wave)) statuses[status] = (statuses[status] ?? 0) + 1
  }
  return statuses
}

const ask = async (headers: Record<string, string>) => {
  const response = await fetch(`http://127.0.0.1:${victim.port}/websocket/ticket`, { method: 'POST', headers })
  await response.arrayBuffer()
  return response.status
}
const dial = async (headers: Record<string, string>) => {
  const { answer, socket } = await victim.dial(upgrade('/ws', { headers }))
  await expect.poll(answer, { interval: 5, timeout: 10_000 }).toMatch(/^HTTP\/1\.1 \d+/)
  socket.destroy()
  return Number(answer().slice(9, 12))
}

test.each(rotations)('%s that changes with each request is no other client: HTTP', async (_, headersOf, granted) => {
  expect(await statusesOf(ask, headersOf)).toEqual({ 401: granted, 429: REQUESTS - granted })
})

test.each(rotations)(
  '%s that changes with each request is no other client: upgrades',
  async (_, headersOf, granted) => {
    expect(await statusesOf(dial, headersOf)).toEqual({ 101: granted, 429: REQUESTS - granted })
  },
)

test('no header, an empty one, a list, and what is no address count as the proxy', async () => {
  const junk = (n: number): Record<string, string> =>
    [{}, { 'x-real-ip': '' }, { 'x-real-ip': `unknown-${n}` }, { 'x-real-ip': `192.0.2.9, 203.0.113.${n % 256}` }][
      n % 4
    ] ?? {}
  expect(await statusesOf(ask, junk)).toEqual({ 401: BURST, 429: REQUESTS - BURST })
  expect(await statusesOf(dial, junk)).toEqual({ 101: BURST, 429: REQUESTS - BURST })
  expect(victim.log().match(/clientAddress/g)).toHaveLength(2) // once for HTTP, once for upgrades
})
