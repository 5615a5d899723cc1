// Examples as their readers have them: a folder outside the repository, with the packed package and with what the
// example's own package.json names.

import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { delimiter, dirname, join, resolve } from 'node:path'
import { inject, onTestFinished } from 'vitest'

interface Manifest {
  dependencies: Record<string, string>
  devDependencies?: Record<string, string>
}

const readManifest = (folder: string) => JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest
const NOT_SOURCES = ['node_modules', 'dist', '.next']

/** Lays the example out. It is removed when the test has finished. */
export function layOutExample(name: string, as = name): string {
  const source = join('examples', name)
  const folder = join(inject('fullProject'), '../examples', as)
  for (const entry of readdirSync(source).filter((entry) => !NOT_SOURCES.includes(entry))) {
    cpSync(join(source, entry), join(folder, entry), { recursive: true })
  }
  const packed = join(inject('fullProject'), 'node_modules/ticket-socket')
  const { dependencies, devDependencies } = readManifest(folder)
  link(folder, 'ticket-socket', packed)
  // What npm puts beside it.
  for (const dependency of Object.keys(readManifest(packed).dependencies)) {
    link(folder, dependency, resolve('node_modules', dependency))
  }
  for (const [dependency, version] of Object.entries({ ...dependencies, ...devDependencies })) {
    if (dependency === 'ticket-socket') continue
    const installed = resolve('node_modules', dependency)
    const { version: found } = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8')) as { version: string }
    if (found !== version) throw new Error(`examples/${name} names ${dependency} ${version}; tested is ${found}`)
    link(folder, dependency, installed)
  }
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

function link(folder: string, name: string, target: string) {
  const path = join(folder, 'node_modules', name)
  mkdirSync(dirname(path), { recursive: true })
  if (!existsSync(path)) symlinkSync(target, path, 'junction')
}

/** Starts a server of the example and answers with the address that it prints. It is stopped when the test has finished. */
export async function startServer(folder: string, args: string[], env: Record<string, string> = {}): Promise<string> {
  const server: ChildProcess = spawn(process.execPath, args, {
    cwd: folder,
    env: { ...process.env, PORT: '0', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const ended = new Promise<void>((done) => server.once('close', () => done()))
  onTestFinished(async () => {
    server.kill()
    await ended
  })
  let output = ''
  return new Promise((found, reject) => {
    const read = (chunk: Buffer) => {
      output += chunk
      const url = /(https?|ws):\/\/localhost:\d+/.exec(output)?.[0]
      if (url) found(url)
    }
    server.stdout?.on('data', read)
    server.stderr?.on('data', read)
    server.once('close', (code) => reject(new Error(`${args.join(' ')} ended with ${code}:\n${output}`)))
  })
}

/** Runs the example's own `npm test` and answers with what it printed. Throws with that when it fails. */
export function testExample(name: string, env: Record<string, string> = {}): string {
  const { status, stdout, stderr } = spawnSync('npm', ['test', '--silent'], {
    cwd: layOutExample(name),
    encoding: 'utf8',
    shell: process.platform === 'win32',
    env: {
      ...process.env,
      // The runners' commands, and the Node that these tests run on.
      PATH: [resolve('node_modules/.bin'), dirname(process.execPath), process.env.PATH].join(delimiter),
      NO_COLOR: '1',
      CI: 'true',
      ...env,
    },
  })
  const output = `${stdout}${stderr}`
  if (status !== 0) throw new Error(`npm test of examples/${name} ended with ${status}:\n${output}`)
  return output
}
