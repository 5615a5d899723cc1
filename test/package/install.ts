// Packs the package and lays it out in folders outside the repository, as `npm install ticket-socket` would.

import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import type { TestProject } from 'vitest/node'

declare module 'vitest' {
  interface ProvidedContext {
    /** A project with ticket-socket, its dependencies, and no optional peer. */
    bareProject: string
    /** A project with ticket-socket and all optional peers. */
    fullProject: string
  }
}

const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as {
  dependencies: Record<string, string>
  peerDependencies: Record<string, string>
}

/** The types that a user of the peers has installed as well. */
const PEER_TYPES = ['@types/react', '@types/ws', '@types/node']

function pack(folder: string): string {
  // Without scripts: the build has run, and what it left is what is looked at.
  const args = ['pack', '--ignore-scripts', '--json', '--pack-destination', folder]
  const output = execFileSync('npm', args, {
    encoding: 'utf8',
    shell: process.platform === 'win32',
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  const [packed] = JSON.parse(output) as { filename: string }[]
  if (!packed) throw new Error(`npm pack made nothing: ${output}`)
  execFileSync('tar', ['-xzf', packed.filename], { cwd: folder })
  return join(folder, 'package')
}

function layOut(project: string, packed: string, dependencies: readonly string[]): string {
  const modules = join(project, 'node_modules')
  cpSync(packed, join(modules, 'ticket-socket'), { recursive: true })
  for (const name of dependencies) {
    mkdirSync(dirname(join(modules, name)), { recursive: true })
    symlinkSync(resolve('node_modules', name), join(modules, name), 'junction')
  }
  return project
}

export default function install(project: TestProject): () => void {
  if (!existsSync('dist/index.js')) throw new Error('dist is missing; run: npm run build')
  const folder = mkdtempSync(join(tmpdir(), 'ticket-socket-package-'))
  const packed = pack(folder)
  const needed = Object.keys(manifest.dependencies)
  const peers = [...Object.keys(manifest.peerDependencies), ...PEER_TYPES]
  project.provide('bareProject', layOut(join(folder, 'bare'), packed, needed))
  project.provide('fullProject', layOut(join(folder, 'full'), packed, [...needed, ...peers]))
  return () => rmSync(folder, { recursive: true, force: true })
}
