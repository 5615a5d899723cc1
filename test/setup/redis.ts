// One real Redis for the `redis` project, on a unix socket in a folder of its own: no port, no data left behind.
// Tests read the socket's path with `inject('redisSocket')`.

import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { findRedis } from './tools.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** Path of the unix socket that a real Redis listens on. */
    redisSocket: string
  }
}

const READY_WITHIN_MS = 10_000

export default async function startRedis(project: TestProject): Promise<() => Promise<void>> {
  const { path } = findRedis()
  if (!path) throw new Error('redis-server was not found')
  const folder = await mkdtemp(join(tmpdir(), 'redis-'))
  const socket = join(folder, 'redis.sock')
  const server = spawn(
    path,
    ['--port', '0', '--unixsocket', socket, '--save', '', '--appendonly', 'no', '--dir', folder],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  )
  const ended = new Promise<void>((resolve) => server.once('close', () => resolve()))
  await new Promise<void>((resolve, reject) => {
    let output = ''
    const deadline = setTimeout(() => {
      server.kill()
      reject(new Error(`redis-server is not ready:\n${output}`))
    }, READY_WITHIN_MS)
    const read = (chunk: Buffer) => {
      output += chunk
      if (!/ready to accept connections/i.test(output)) return
      clearTimeout(deadline)
      resolve()
    }
    server.stdout.on('data', read)
    server.stderr.on('data', read)
    server.once('error', reject)
    server.once('close', (code) => reject(new Error(`redis-server ended with ${code}:\n${output}`)))
  })
  project.provide('redisSocket', socket)
  return async () => {
    server.kill()
    await ended
    await rm(folder, { recursive: true, force: true })
  }
}
