import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { findRedis } from '../setup/tools.ts'

export async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  if (address === null || typeof address === 'string') throw new Error('the operating system gave no port')
  return address.port
}

export interface RunningRedis {
  port: number
  process: ChildProcess
  stop(): Promise<void>
}

/** A Redis of the test's own, which it may stop, freeze, or make a replica of another. Ends with the test. */
export async function startRedis(...options: string[]): Promise<RunningRedis> {
  return startRedisAt(await freePort(), ...options)
}

/** The same at a port of one that was stopped. */
export async function startRedisAt(port: number, ...options: string[]): Promise<RunningRedis> {
  const running = await launchRedis(port, ...options)
  onTestFinished(running.stop)
  return running
}

/** A Redis that runs until it is stopped. */
export async function launchRedis(port: number, ...options: string[]): Promise<RunningRedis> {
  const { path } = findRedis()
  if (!path) throw new Error('redis-server was not found')
  const folder = await mkdtemp(join(tmpdir(), 'redis-'))
  const args = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', folder]
  const server = spawn(path, [...args, ...options], { stdio: ['ignore', 'pipe', 'ignore'] })
  const ended = new Promise((resolve) => server.once('close', resolve))
  async function stop() {
    server.kill('SIGKILL')
    await ended
    await rm(folder, { recursive: true, force: true })
  }
  await new Promise<void>((resolve, reject) => {
    server.stdout.on('data', (chunk: Buffer) => {
      if (/ready to accept connections/i.test(String(chunk))) resolve()
    })
    server.once('error', reject)
    server.once('close', () => reject(new Error('redis-server ended before it was ready')))
  })
  return { port, process: server, stop }
}
