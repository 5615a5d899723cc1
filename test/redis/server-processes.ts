import { type ChildProcess, fork } from 'node:child_process'
import { randomBytes, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { connect } from 'node:net'
import { join } from 'node:path'
import { SignJWT } from 'jose'
import { onTestFinished } from 'vitest'

export interface ServerProcessOptions {
  redisSocket: string
  /** What stands before every key and channel. */
  prefix: string
  secret: string
}

/** Servers in processes of their own that share one Redis. */
export async function startServerProcesses(count: number, redisSocket: string) {
  const options: ServerProcessOptions = {
    redisSocket,
    prefix: randomUUID(),
    secret: randomBytes(32).toString('base64url'),
  }
  const start = async () => {
    const child: ChildProcess = fork(join(import.meta.dirname, 'server-process.ts'), [JSON.stringify(options)])
    onTestFinished(() => void child.kill('SIGKILL'))
    const [{ port }] = (await once(child, 'message')) as [{ port: number }]
    return { port, process: child }
  }
  const servers = await Promise.all(Array.from({ length: count }, start))
  const issueJwt = (userId: string) =>
    new SignJWT({})
      .setProtectedHeader({ alg: 'HS256' })
      .setSubject(userId)
      .setIssuedAt()
      .setExpirationTime('5m')
      .sign(new TextEncoder().encode(options.secret))
  return { servers, ports: servers.map(({ port }) => port), ...options, issueJwt }
}

/** What came of an upgrade: the server's first frame, its refusal, or something that should not be. */
export type UpgradeOutcome = 'accepted' | 'ticket_invalid' | `other: ${string}`

/** Presents a ticket over a bare socket, which costs less than a WebSocket client. */
export function present(port: number, ticket: string): Promise<UpgradeOutcome> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    let answer = ''
    const end = (outcome: UpgradeOutcome) => {
      resolve(outcome)
      socket.destroy()
    }
    socket.on('data', (chunk: Buffer) => {
      answer += chunk.toString('latin1')
      if (answer.includes('ts:connection_established')) end('accepted')
      else if (answer.includes('ticket_invalid')) end('ticket_invalid')
    })
    socket.on('error', (error) => end(`other: ${error.message}`))
    socket.on('close', () => end(`other: ${answer.slice(0, 100)}`))
    socket.write(
      `GET /ws?ticket=${ticket} HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Protocol: ticket-socket.v1\r\n\r\n`,
    )
  })
}
