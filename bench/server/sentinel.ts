// A primary, its replica, and three Sentinels that promote it, on ports of 127.0.0.1.

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { rmSync } from 'node:fs'
import { mkdtemp, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Redis } from 'ioredis'

export const NAME = 'tickets'
/** A primary that is silent for so long is dead to Sentinel; its own default is 30 s. */
export const DOWN_AFTER_MS = 2_000
const SENTINELS = 3

export interface ReplicatedRedis {
  sentinels: { host: string; port: number }[]
  /** `SIGKILL`: its connections are reset. `SIGSTOP`: it is silent, like a machine that is gone. */
  strikePrimary(signal: 'SIGKILL' | 'SIGSTOP'): void
  stop(): void
}

export async function startReplicatedRedis(): Promise<ReplicatedRedis> {
  const folder = await mkdtemp(join(tmpdir(), 'bench-redis-'))
  const processes: ChildProcess[] = []
  const run = async (...args: string[]) => {
    const child = spawn(process.env.REDIS_SERVER_PATH ?? 'redis-server', args, { stdio: ['ignore', 'pipe', 'inherit'] })
    processes.push(child)
    await untilReady(child)
    return child
  }
  const onPort = (port: number) => ['--port', `${port}`, '--bind', '127.0.0.1', '--dir', folder, '--save', '']
  const [primaryPort, replicaPort, ...sentinelPorts] = await freePorts(2 + SENTINELS)
  const primary = await run(...onPort(primaryPort as number))
  await run(...onPort(replicaPort as number), '--replicaof', '127.0.0.1', `${primaryPort}`)
  await untilAnswers(replicaPort as number, (redis) => redis.info('replication'), /master_link_status:up/)
  for (const port of sentinelPorts) await run(await sentinelFile(folder, port, primaryPort as number), '--sentinel')
  for (const port of sentinelPorts) {
    const seen = new RegExp(`slaves=1,sentinels=${SENTINELS}`)
    await untilAnswers(port, (redis) => redis.info('sentinel'), seen)
  }
  return {
    sentinels: sentinelPorts.map((port) => ({ host: '127.0.0.1', port })),
    strikePrimary: (signal) => void primary.kill(signal),
    stop() {
      for (const child of processes) child.kill('SIGKILL')
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

async function sentinelFile(folder: string, port: number, primaryPort: number): Promise<string> {
  const path = join(folder, `sentinel-${port}.conf`)
  const lines = [
    `port ${port}`,
    'bind 127.0.0.1',
    `dir ${folder}`,
    `sentinel monitor ${NAME} 127.0.0.1 ${primaryPort} 2`,
    `sentinel down-after-milliseconds ${NAME} ${DOWN_AFTER_MS}`,
  ]
  await writeFile(path, `${lines.join('\n')}\n`)
  return path
}

function untilReady(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    child.stdout?.on('data', (chunk: Buffer) => {
      if (/ready to accept connections|Sentinel ID is/i.test(String(chunk))) resolve()
    })
    child.once('error', reject)
    child.once('exit', (code) => reject(new Error(`redis-server ended with ${code}`)))
  })
}

async function untilAnswers(port: number, ask: (redis: Redis) => Promise<string>, expected: RegExp): Promise<void> {
  const redis = new Redis(port, '127.0.0.1')
  const deadline = performance.now() + 30_000
  while (!expected.test(await ask(redis))) {
    if (performance.now() > deadline) throw new Error(`Redis at port ${port} did not say ${expected} within 30 s`)
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  redis.disconnect()
}

/** All held at once, so that none is given twice. */
async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'))
  await Promise.all(servers.map((server) => once(server, 'listening')))
  const ports = servers.map((server) => (server.address() as { port: number }).port)
  await Promise.all(servers.map((server) => once(server.close(), 'close')))
  return ports
}
