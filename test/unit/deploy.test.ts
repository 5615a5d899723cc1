// What the files of deploy/ say of each other, of the server and of the metrics. nginx and promtool judge them in test/deploy.

import { existsSync, globSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { createServerMetrics } from '../../src/server/index.ts'

const read = (name: string) => readFileSync(`deploy/${name}`, 'utf8')
const manifest = JSON.parse(readFileSync('package.json', 'utf8'))

interface Service {
  image: string
  environment?: Record<string, string>
  volumes?: string[]
  ports?: string[]
  command?: string[]
  stop_grace_period?: string
  depends_on?: Record<string, { condition: string }>
}
const compose: { services: Record<string, Service>; volumes: Record<string, null> } = parse(read('compose.yaml'), {
  merge: true,
})
const services = Object.entries(compose.services)
const servers = services.filter(([, { image }]) => image === 'ticket-socket-server')
const [, server] = servers[0] as [string, Service]

describe('deploy/compose.yaml', () => {
  test('has two servers, which nginx and Prometheus know by their names and ports', () => {
    const names = servers.map(([name]) => name)
    expect(names).toHaveLength(2)
    const upstreams = [...read('nginx.conf').matchAll(/^\s*server ([\w-]+):(\d+) /gm)]
    expect(upstreams.map(([, name, port]) => [name, port])).toEqual(names.map((name) => [name, '3000']))
    const { scrape_configs } = parse(read('prometheus.yml'))
    expect(scrape_configs[0].static_configs[0].targets).toEqual(names.map((name) => `${name}:9464`))
  })

  test('sets what the server needs, and nothing that it does not read', () => {
    const source = read('server.ts')
    const reads = [...source.matchAll(/env\.([A-Z_]+)|needed\('([A-Z_]+)'\)/g)].map(([, a, b]) => a ?? b)
    const set = Object.keys(server.environment ?? {})
    expect(reads).toEqual(expect.arrayContaining(set))
    // The two ports are the image's.
    expect(new Set(reads.filter((name) => !set.includes(name as string)))).toEqual(new Set(['PORT', 'METRICS_PORT']))
  })

  test('gives a server longer to stop than it takes to drain', () => {
    const graceMs = Number.parseInt(server.stop_grace_period ?? '', 10) * 1_000
    // Connections that stay get 1 s, requests that are being answered 5 s.
    expect(graceMs).toBeGreaterThanOrEqual(Number(server.environment?.DRAIN_MS) + 6_000)
  })

  test('publishes nginx alone; Prometheus for this machine, and neither Redis nor a server', () => {
    const published = services.flatMap(([name, { ports = [] }]) => ports.map((port) => [name, port]))
    expect(published).toEqual([
      ['nginx', '8080:8080'],
      ['prometheus', '127.0.0.1:9090:9090'],
    ])
  })

  test('keeps tickets in a Redis that evicts none', () => {
    expect(compose.services.redis?.command?.join(' ')).toContain('--maxmemory-policy noeviction')
  })

  test('mounts files that exist, and volumes that it names', () => {
    const sources = services.flatMap(([, { volumes = [] }]) => volumes.map((volume) => volume.split(':')[0] as string))
    expect(sources.length).toBeGreaterThan(0)
    for (const source of sources) {
      if (source.startsWith('./')) expect(existsSync(`deploy/${source}`), source).toBe(true)
      else expect(Object.keys(compose.volumes)).toContain(source)
    }
    for (const [, { depends_on = {} }] of services) {
      expect(Object.keys(compose.services)).toEqual(expect.arrayContaining(Object.keys(depends_on)))
    }
  })
})

describe('deploy/Dockerfile', () => {
  const dockerfile = read('Dockerfile')

  test('copies what exists, runs as nobody of importance, and gets SIGTERM itself', () => {
    const copied = [...dockerfile.matchAll(/^COPY (?!--from)(.*) \S+$/gm)].flatMap(([, paths = '']) => paths.split(' '))
    expect(copied).toContain('deploy/server.ts')
    for (const path of copied) expect(existsSync(path), path).toBe(true)
    expect(dockerfile).toMatch(/^USER node$/m)
    // Without brackets a shell would run it, and keep the signal.
    expect(dockerfile).toMatch(/^CMD \["node", "server.ts"\]$/m)
  })

  test('runs on a Node that the package supports, with the versions that are tested', () => {
    const [, major] = /^FROM node:(\d+)/m.exec(dockerfile) ?? []
    expect(Number(major)).toBe(Number.parseInt(manifest.devDependencies.node, 10))
    const { 'ticket-socket': packed, ...others } = JSON.parse(read('package.json')).dependencies
    expect(packed).toBe(`file:../ticket-socket-${manifest.version}.tgz`)
    for (const [name, version] of Object.entries(others)) expect(manifest.devDependencies[name], name).toBe(version)
  })

  test('listens where its health check, nginx and Prometheus ask', () => {
    const [, port, metricsPort] = /^EXPOSE (\d+) (\d+)$/m.exec(dockerfile) ?? []
    expect([port, metricsPort]).toEqual(['3000', '9464'])
    expect(dockerfile).toContain(`http://127.0.0.1:${port}/readyz`)
    expect(read('server.ts')).toContain(`env.PORT ?? ${port}`)
    expect(read('server.ts')).toContain(`env.METRICS_PORT ?? ${metricsPort}`)
  })
})

describe('deploy/alerts.yml', () => {
  const { groups }: { groups: { rules: { alert: string; expr: string; annotations: { summary: string } }[] }[] } =
    parse(read('alerts.yml'))
  const rules = groups.flatMap((group) => group.rules)
  const scraped = createServerMetrics().prometheus()

  test.each(rules)('$alert asks for series that the server has', ({ expr }) => {
    const selectors = [...expr.matchAll(/(ticket_socket_\w+)(?:\{([^}]*)\})?/g)]
    expect(selectors.length + Number(expr.startsWith('up{'))).toBeGreaterThan(0)
    for (const [, name = '', matchers = ''] of selectors) {
      const series = scraped.split('\n').filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `))
      expect(series.length, name).toBeGreaterThan(0)
      for (const [, label, values = ''] of matchers.matchAll(/(\w+)=~?"([^"]*)"/g)) {
        for (const value of values.split('|')) {
          expect(
            series.some((line) => line.includes(`${label}="${value}"`)),
            `${name} ${label}=${value}`,
          ).toBe(true)
        }
      }
    }
  })

  test('are the alerts of docs/operations.md, in its order', () => {
    const [, table = ''] = /\n## Alerts\n([\s\S]*?)\n## /.exec(readFileSync('docs/operations.md', 'utf8')) ?? []
    const told = [...table.matchAll(/^\| `(\w+)` \|/gm)].map(([, name]) => name)
    expect(rules.map(({ alert }) => alert)).toEqual(told)
  })
})

test('docs/operations.md tells of every file that is of use by itself', () => {
  const docs = readFileSync('docs/operations.md', 'utf8')
  const files = globSync('deploy/*').filter((path) => !/package\.json|dockerignore/.test(path))
  expect(files.length).toBeGreaterThan(5)
  for (const path of files) expect(docs).toContain(`](../${path.replaceAll('\\', '/')})`)
})
