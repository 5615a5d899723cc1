// deploy/nginx.conf on the real nginx, in front of two servers as deploy/compose.yaml starts them.

import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { findNginx } from '../setup/tools.ts'
import {
  createSettings,
  type DeployedServer,
  ORIGIN,
  requestTicket,
  startDeployedServer,
} from '../support/deployed-server.ts'
import { markdownBlocksOf } from '../support/markdown-fences.ts'
import { dial, until } from '../unit/server/node/serve.ts'

const nginx = findNginx().path as string

/** A folder for what nginx writes. */
function createFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'nginx-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

const argumentsOf = (folder: string, conf: string) => {
  writeFileSync(join(folder, 'nginx.conf'), conf)
  return ['-p', folder, '-c', join(folder, 'nginx.conf'), '-g', `pid ${folder}/nginx.pid; daemon off;`]
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

async function startNginx(servers: readonly DeployedServer[]) {
  const folder = createFolder()
  const port = await freePort()
  const [a, b] = servers.map((server) => `127.0.0.1:${server.port}`)
  const conf = readFileSync('deploy/nginx.conf', 'utf8')
    .replace('server-a:3000', a as string)
    .replace('server-b:3000', b as string)
    .replace('listen 8080;', `listen 127.0.0.1:${port};`)
    .replace('/dev/stdout', `${folder}/access.log`)
    .replace('/dev/stderr', `${folder}/error.log`)
  const child = spawn(nginx, argumentsOf(folder, conf), { stdio: ['ignore', 'ignore', 'pipe'] })
  const ended = once(child, 'close')
  onTestFinished(async () => {
    child.kill('SIGTERM')
    await ended
  })
  await until(async () => expect((await fetch(`http://127.0.0.1:${port}/`)).status).toBe(404))
  const log = (name: string) => readFileSync(join(folder, name), 'utf8')
  return { port, log }
}

test('tickets and connections go by either server, and no log of nginx holds a credential', {
  timeout: 30_000,
}, async () => {
  const { env, sign } = createSettings()
  const servers = await Promise.all([1, 2].map(() => startDeployedServer({ ...env, DRAIN_MS: '10000' })))
  const { port, log } = await startNginx(servers)
  const jwt = await sign('alice')
  const open = (ticket: string) =>
    dial(`ws://127.0.0.1:${port}/ws?ticket=${ticket}`, ['ticket-socket.v1'], {
      origin: ORIGIN,
      headers: { 'x-real-ip': '192.0.2.66' },
    })

  const tickets = [await requestTicket(port, jwt), await requestTicket(port, jwt), await requestTicket(port, jwt)]
  const clients = tickets.map(open)
  for (const client of clients) {
    await until(() => expect(client.messages[0]).toMatchObject({ type: 'ts:connection_established', user_id: 'alice' }))
  }
  // Both serve, and both know who the client is: nginx overwrites what it says of itself.
  const opened = servers.flatMap((server) => server.lines().filter(({ event }) => event === 'upgrade_accepted'))
  expect(opened.map(({ address }) => address)).toEqual(Array(3).fill('127.0.0.1'))
  for (const server of servers) expect(server.lines().map(({ event }) => event)).toContain('connection_opened')
  // Probes and metrics are not for the public.
  for (const path of ['/readyz', '/healthz', '/metrics', '/']) {
    expect((await fetch(`http://127.0.0.1:${port}${path}`)).status).toBe(404)
  }

  // A server that leaves answers 503, and nginx passes the upgrade on to the other one: the ticket is still good.
  const late = [await requestTicket(port, jwt), await requestTicket(port, jwt)]
  const [leaving] = servers as [DeployedServer, DeployedServer]
  const stopped = leaving.stop()
  await until(() => expect(leaving.lines().map(({ event }) => event)).toContain('drain_started'))
  const after = late.map(open)
  for (const client of after) {
    await until(() => expect(client.messages[0]).toMatchObject({ type: 'ts:connection_established' }))
  }
  expect(leaving.lines()).toContainEqual(expect.objectContaining({ event: 'upgrade_refused', status: 503 }))
  for (const client of [...clients, ...after]) client.close()
  expect(await stopped).toBe(0)

  await until(() => expect(log('access.log').match(/"path":"\/ws"/g)).toHaveLength(5))
  const lines = log('access.log')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  expect(lines).toContainEqual(expect.objectContaining({ method: 'POST', path: '/websocket/ticket', status: 200 }))
  for (const secret of [...tickets, ...late, jwt]) expect(log('access.log') + log('error.log')).not.toContain(secret)
})

test('the configuration that docs/operations.md shows is one that nginx takes', () => {
  const folder = createFolder()
  const [shown = ''] = markdownBlocksOf('docs/operations.md', 'nginx')
  const conf = shown
    .replace('listen 443 ssl', 'listen 443')
    .replace(/ssl_certificate.*/g, '') // there is none here
    .replaceAll('/var/log/nginx', folder)
  const { status, stderr } = spawnSync(nginx, ['-t', ...argumentsOf(folder, `events {}\nhttp {\n${conf}\n}\n`)], {
    encoding: 'utf8',
  })
  expect([status, stderr]).toEqual([0, expect.stringContaining('test is successful')])
})

test('nginx would say so if it did not', () => {
  const folder = createFolder()
  const conf = readFileSync('deploy/nginx.conf', 'utf8')
    .replace(/server-[ab]:3000/g, '127.0.0.1:1')
    .replace('proxy_read_timeout', 'proxy_reed_timeout')
  const { status, stderr } = spawnSync(nginx, ['-t', ...argumentsOf(folder, conf)], { encoding: 'utf8' })
  expect([status, stderr]).toEqual([1, expect.stringContaining('unknown directive "proxy_reed_timeout"')])
})
