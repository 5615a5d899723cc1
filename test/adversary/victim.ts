// The server that is attacked, from the attacker's side: raw sockets, honest visits, and how the server is meanwhile.

import { fork } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import { SignJWT } from 'jose'
import { expect } from 'vitest'
import type { RateLimit } from '../../src/server/index.ts'

export const ORIGIN = 'https://app.example.com'
export const V1 = 'ticket-socket.v1'
export const MIB = 1024 * 1024

/** `FULL=1` (`npm run adversary:full`): the attacks in the size that takes a minute. */
export const isFull = process.env.FULL !== undefined

export interface VictimOptions {
  /** Served by crossws' adapter for Node, with its options as they are, instead of `attachTicketSocket`. */
  onCrossws?: boolean
  /** Whether addresses are read from `x-real-ip`. */
  forwarded?: boolean
  limit?: RateLimit | false
  /** Of the HTTP endpoints, per address. @default none */
  httpLimit?: RateLimit
  maxPayload?: number
  maxConnectionsPerUser?: number
  maxConnectionsPerAddress?: number
  maxMessageMs?: number
  pingIntervalMs?: number
  perMessageDeflate?: boolean
}

export interface VictimState {
  sessions: number
  /** After a collection. */
  heapUsed: number
  rss: number
  /** How many connections closed, by close code. */
  closes: Record<string, number>
  /** How many questions the store was asked. */
  questions: number
}

export interface Peer {
  socket: Socket
  /** Everything the server has said, the answer to the upgrade included. */
  answer(): string
  isClosed(): boolean
}

/** A server in a process of its own, with a heap of 256 MB. Starting one takes a second: one for each file will do. */
export async function startVictim(options: VictimOptions = {}) {
  const secret = randomBytes(32).toString('base64url')
  const child = fork(join(import.meta.dirname, 'victim-process.ts'), [JSON.stringify({ ...options, secret })], {
    execArgv: ['--max-old-space-size=256', '--expose-gc'],
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  })
  let log = ''
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => (log += String(chunk)))
  const sockets: Socket[] = []
  const hasEnded = once(child, 'exit').then(() => Promise.reject(new Error(`the server has ended: ${log}`)))
  const message = async () => (await Promise.race([once(child, 'message'), hasEnded]))[0]
  const { port }: { port: number } = await message()

  const sign = (userId: string) =>
    new SignJWT({})
      .setProtectedHeader({ alg: 'HS256' })
      .setSubject(userId)
      .setIssuedAt()
      .setExpirationTime('10m')
      .sign(new TextEncoder().encode(secret))

  async function state(): Promise<VictimState> {
    if (child.connected) child.send('how are you?')
    return message()
  }

  async function ticketFor(userId: string, headers: Record<string, string> = {}): Promise<string> {
    const response = await fetch(`http://127.0.0.1:${port}/websocket/ticket`, {
      method: 'POST',
      headers: { authorization: `Bearer ${await sign(userId)}`, origin: ORIGIN, ...headers },
    })
    return ((await response.json()) as { ticket_id: string }).ticket_id
  }

  /** Bytes over TCP. */
  async function dial(bytes: string | Buffer): Promise<Peer> {
    const socket = connect(port, '127.0.0.1')
    sockets.push(socket)
    let answer = ''
    let isClosed = false
    socket.on('data', (chunk: Buffer) => {
      answer += chunk.toString('latin1')
    })
    socket.on('error', () => {})
    socket.on('close', () => {
      isClosed = true
    })
    await once(socket, 'connect')
    socket.write(bytes)
    return { socket, answer: () => answer, isClosed: () => isClosed }
  }

  /** An open connection of this user, by ticket. It answers nothing by itself: no ping, no close frame. */
  async function connectAs(userId: string, { protocol = V1 as string | null, headers = {} } = {}): Promise<Peer> {
    const peer = await dial(upgrade(`/ws?ticket=${await ticketFor(userId, headers)}`, { protocol, headers }))
    await expect.poll(peer.answer, { interval: 2 }).toContain(protocol === V1 ? 'ts:connection_established' : '101 ')
    return peer
  }

  function stop() {
    for (const socket of sockets) socket.destroy()
    child.kill('SIGKILL')
  }

  return { port, state, dial, connectAs, ticketFor, sign, log: () => log, stop }
}

/** How the server's close frame with this code begins. */
export const closeFrame = (code: number, reason = ''): string =>
  String.fromCharCode(0x88, 2 + reason.length, code >> 8, code & 0xff) + reason

export function upgrade(
  target: string,
  { protocol = V1 as string | null, headers = {} as Record<string, string> } = {},
): string {
  const all: Record<string, string> = {
    Host: 'x',
    Upgrade: 'websocket',
    Connection: 'Upgrade',
    Origin: ORIGIN,
    'Sec-WebSocket-Version': '13',
    'Sec-WebSocket-Key': 'AAAAAAAAAAAAAAAAAAAAAA==',
    ...(protocol !== null && { 'Sec-WebSocket-Protocol': protocol }),
    ...headers,
  }
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`)
  return `GET ${target} HTTP/1.1\r\n${lines.join('')}\r\n`
}

interface FrameParts {
  isFinal?: boolean
  /** 0 goes on with a message, 1 is text, 2 bytes, 8 close, 9 ping, 10 pong. */
  opcode?: number
  /** As permessage-deflate has it. */
  isCompressed?: boolean
}

/** A client's frame, masked with zeros. */
export function frame(
  payload: Buffer | string,
  { isFinal = true, opcode = 1, isCompressed = false }: FrameParts = {},
): Buffer {
  const bytes = Buffer.from(payload)
  const first = (isFinal ? 0x80 : 0) | (isCompressed ? 0x40 : 0) | opcode
  const mask = Buffer.alloc(4)
  if (bytes.length < 126) return Buffer.concat([Buffer.from([first, 0x80 | bytes.length]), mask, bytes])
  const head = Buffer.from([first, 0x80 | 127, 0, 0, 0, 0, 0, 0, 0, 0])
  head.writeBigUInt64BE(BigInt(bytes.length), 2)
  return Buffer.concat([head, mask, bytes])
}

/** A message in fragments of one byte; without its last fragment unless `isFinal`. */
export function fragments(count: number, isFinal: boolean): Buffer {
  const first = frame('a', { isFinal: isFinal && count === 1 })
  const middle = frame('a', { isFinal: false, opcode: 0 })
  const last = frame('a', { isFinal, opcode: 0 })
  return Buffer.concat([first, ...Array.from({ length: count - 2 }, () => middle), ...(count > 1 ? [last] : [])])
}
