import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface RunningRedis {
  /** Path of the unix socket that it listens on. */
  socket: string
  stop(): Promise<void>
}

/** A real redis-server in a temporary folder. Configured as in `docs/operations.md`. */
export async function startRedis(): Promise<RunningRedis> {
  const folder = await mkdtemp(join(tmpdir(), 'cluster-'))
  const socket = join(folder, 'redis.sock')
  const options = ['--port', '0', '--unixsocket', socket, '--dir', folder, '--save', '', '--appendonly', 'no']
  const server = spawn(
    process.env.REDIS_SERVER_PATH ?? 'redis-server',
    [...options, '--maxmemory-policy', 'noeviction'],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  )
  const ended = once(server, 'close').catch(() => {})
  await new Promise<void>((resolve, reject) => {
    server.stdout?.on('data', (chunk: Buffer) => {
      if (/ready to accept connections/i.test(String(chunk))) resolve()
    })
    server.once('error', () =>
      reject(
        new Error(
          'redis-server was not found: `apt install redis-server` or `brew install redis`, or set REDIS_SERVER_PATH',
        ),
      ),
    )
    server.once('close', (code) => reject(new Error(`redis-server ended with ${code}`)))
  })
  return {
    socket,
    async stop() {
      server.kill()
      await ended
      await rm(folder, { recursive: true, force: true })
    },
  }
}
