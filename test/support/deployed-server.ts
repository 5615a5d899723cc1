// deploy/server.ts in a process of its own, on the sources and a Redis of the test's.

import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { SignJWT } from 'jose'
import { inject, onTestFinished } from 'vitest'

export const ORIGIN = 'https://app.example.com'
const ISSUER = 'https://login.example.com/'
const AUDIENCE = 'chat'

export interface DeployedServer {
  port: number
  metricsPort: number
  /** Every line that it wrote, as JSON. */
  lines: () => Record<string, unknown>[]
  /** Stops it as a deployment does; its exit code. */
  stop(): Promise<number | null>
}

/** What deploy/compose.yaml sets, with a secret of the test's. */
export function createSettings() {
  const secret = randomBytes(32).toString('base64url')
  const env = {
    REDIS_URL: inject('redisSocket'),
    JWT_SECRET: secret,
    JWT_ISSUER: ISSUER,
    JWT_AUDIENCE: AUDIENCE,
    ALLOWED_ORIGINS: ORIGIN,
    PORT: '0',
    METRICS_PORT: '0',
    DRAIN_MS: '100',
  }
  const sign = (userId: string) =>
    new SignJWT({ scope: 'chat' })
      .setProtectedHeader({ alg: 'HS256' })
      .setSubject(userId)
      .setIssuer(ISSUER)
      .setAudience(AUDIENCE)
      .setIssuedAt()
      .setExpirationTime('5m')
      .sign(new TextEncoder().encode(secret))
  return { env, sign }
}

export function spawnServer(env: Record<string, string>) {
  const hook = pathToFileURL(resolve('test/support/on-sources.ts')).href
  const child: ChildProcess = spawn(process.execPath, ['--import', hook, 'deploy/server.ts'], {
    env: { NODE_ENV: 'production', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const ended = once(child, 'close').then(([code]) => code as number | null)
  onTestFinished(async () => {
    child.kill('SIGKILL')
    await ended
  })
  const output = { text: '' }
  const read = (chunk: Buffer) => {
    output.text += chunk
  }
  child.stdout?.on('data', read)
  child.stderr?.on('data', read)
  return { child, ended, output }
}

export async function startDeployedServer(env: Record<string, string>): Promise<DeployedServer> {
  const { child, ended, output } = spawnServer(env)
  const lines = () =>
    output.text
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line) as Record<string, unknown>)
  const { port, metricsPort } = await new Promise<{ port: number; metricsPort: number }>((found, reject) => {
    child.stdout?.on('data', () => {
      const listening = lines().find(({ event }) => event === 'listening')
      if (listening) found(listening as unknown as { port: number; metricsPort: number })
    })
    void ended.then((code) => reject(new Error(`deploy/server.ts ended with ${code}:\n${output.text}`)))
  })
  return {
    port,
    metricsPort,
    lines,
    stop() {
      child.kill('SIGTERM')
      return ended
    },
  }
}

export async function requestTicket(port: number, jwt: string, headers: Record<string, string> = {}): Promise<string> {
  const response = await fetch(`http://127.0.0.1:${port}/websocket/ticket`, {
    method: 'POST',
    headers: { authorization: `Bearer ${jwt}`, origin: ORIGIN, ...headers },
  })
  if (!response.ok) throw new Error(`the ticket endpoint answered ${response.status}: ${await response.text()}`)
  return ((await response.json()) as { ticket_id: string }).ticket_id
}
