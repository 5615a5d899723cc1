// The crossws adapter where it is not on Node: a server run by Bun and by Deno, from the sources. `.ci/full` fetches both.

import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { dial, dialRaw, ORIGIN, until } from '../unit/server/node/serve.ts'

const V1 = 'ticket-socket.v1'
const SERVER = join(import.meta.dirname, 'serve-process.ts')
const DENO = ['run', '--allow-net=127.0.0.1', '--allow-env', '--allow-read', '--node-modules-dir=manual']
const RUNTIMES: [name: string, path: string | undefined, args: string[]][] = [
  ['Bun', process.env.BUN_PATH, ['run', SERVER]],
  ['Deno', process.env.DENO_PATH, [...DENO, SERVER]],
]

const upgradeWith = (protocols: string) =>
  `GET /ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nOrigin: ${ORIGIN}\r\nSec-WebSocket-Version: 13\r\n` +
  `Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Protocol: ${protocols}\r\n\r\n`

describe.each(RUNTIMES.filter(([, path]) => path !== undefined))('on %s', (name, path, args) => {
  const lines: string[] = []
  let child: ChildProcess
  let port = ''
  beforeAll(async () => {
    child = spawn(path as string, args, { stdio: ['ignore', 'pipe', 'pipe'] })
    for (const stream of [child.stdout, child.stderr]) {
      if (stream) createInterface(stream).on('line', (line) => lines.push(line))
    }
    await vi.waitUntil(() => lines.some((line) => line.startsWith('port ')), { timeout: 15_000 })
    port = lines.find((line) => line.startsWith('port '))?.slice('port '.length) ?? ''
  }, 20_000)
  afterAll(() => void child.kill('SIGKILL'))
  const said = (line: string) => until(() => expect(lines).toContain(line))
  async function ticket() {
    const headers = { authorization: 'Bearer alice', origin: ORIGIN }
    const answer = await fetch(`http://127.0.0.1:${port}/websocket/ticket`, { method: 'POST', headers })
    return ((await answer.json()) as { ticket_id: string }).ticket_id
  }
  const connect = async (protocols = [V1]) => dial(`ws://127.0.0.1:${port}/ws?ticket=${await ticket()}`, protocols)

  test('a connection by ticket opens, speaks, and closes with what its client said', async () => {
    const client = await connect()
    await until(() => expect(client.messages).toHaveLength(1))
    expect(client.protocol).toBe(V1)
    expect(client.messages[0]).toMatchObject({ type: 'ts:connection_established', max_message_bytes: 1_000 })
    client.send({ type: 'chat', text: 'Grüße' })
    client.sendRaw(new Uint8Array([0, 255]))
    await until(() => expect(client.binary).toEqual([Buffer.from([0, 255])]))
    expect(client.messages[1]).toEqual({ type: 'echo', of: { type: 'chat', text: 'Grüße' } })
    client.socket.close(4000, 'bye')
    // Deno tells crossws no code.
    await said(name === 'Deno' ? 'closed 1005 ' : 'closed 4000 bye')
  })

  test('a used ticket is refused with 4401, a foreign page with 4403', async () => {
    const address = `ws://127.0.0.1:${port}/ws?ticket=${await ticket()}`
    const first = dial(address, [V1])
    await until(() => expect(first.messages).toHaveLength(1))
    const again = dial(address, [V1])
    await until(() => expect(again.closed).toEqual([4401, 'ticket_invalid']))
    const foreign = dial(`ws://127.0.0.1:${port}/ws?ticket=${await ticket()}`, [V1], { origin: 'https://evil.example' })
    await until(() => expect(foreign.closed).toEqual([4403, 'origin']))
  })

  test('the JWT among the subprotocols is not said back', async () => {
    const jwt = `jwt.${Buffer.from('alice').toString('base64url')}`
    // As browsers write it. Without the blank, as `ws` writes it, Deno answers 500: it finds no second subprotocol.
    const seen = await dialRaw(Number(port), upgradeWith(`${jwt}, jwt-auth`))
    await until(() => expect(seen.answer).toMatch(/^sec-websocket-protocol: jwt-auth\r$/im))
    expect(seen.answer).not.toContain(jwt)
  })

  test('a plain connection outlives its pings: Bun sends them and hears the pongs, Deno sends none', async () => {
    const plain = await connect([])
    let pings = 0
    plain.socket.on('ping', () => pings++)
    const deaf = await connect()
    await until(() => expect(deaf.closed).toEqual([4408, 'heartbeat'])) // after three intervals
    const another = await connect()
    await until(() => expect(another.closed).toEqual([4408, 'heartbeat']))
    expect([plain.closed, pings > 4]).toEqual([null, name === 'Bun'])
  })

  test('a message that is too long ends its connection; before its end only on Bun, by its own limit', async () => {
    const client = await connect()
    await until(() => expect(client.messages).toHaveLength(1))
    client.sendRaw('x'.repeat(1_001))
    await until(() => expect(client.closed?.[0]).toBe(1009))
    const unfinished = await connect()
    await until(() => expect(unfinished.messages).toHaveLength(1))
    for (let sent = 0; sent < 3; sent++) unfinished.socket.send('x'.repeat(600), { fin: false })
    if (name === 'Deno') unfinished.socket.send('')
    await until(() => expect(unfinished.closed?.[0]).toBe(1009))
  })

  test('that unfinished messages are not seen is said once', () => {
    const warnings = lines.filter((line) => line.includes('createCrosswsSocket'))
    expect(warnings).toEqual([expect.stringContaining('maxPayloadLength')])
  })
})
