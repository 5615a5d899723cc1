// Completes package-lock.json. Where npm's registry does not serve the binaries of every platform, `npm install` leaves
// them out of the lock file, and `npm ci` then stops on the machines that would need them. This adds the missing
// optional packages by name and version; npm keeps them from then on.
//
//   node scripts/complete-lock.ts            write
//   node scripts/complete-lock.ts --check    only say whether something is missing (exit 1)

import { readFileSync, writeFileSync } from 'node:fs'

interface LockEntry {
  version?: string
  dev?: boolean
  optional?: boolean
  os?: string[]
  cpu?: string[]
  libc?: string[]
  optionalDependencies?: Record<string, string>
}
export interface Lock {
  packages: Record<string, LockEntry>
}

const OS = ['aix', 'android', 'darwin', 'freebsd', 'linux', 'netbsd', 'openbsd', 'openharmony', 'sunos', 'win32']
const CPU = ['arm', 'arm64', 'ia32', 'loong64', 'mips64el', 'ppc64', 'riscv64', 's390x', 'wasm32', 'x64']

/** `@rollup/rollup-linux-x64-musl` → `{ cpu: ['x64'], libc: ['musl'], os: ['linux'] }`; null for any other package. */
function platformOf(name: string): Pick<LockEntry, 'cpu' | 'libc' | 'os'> | null {
  const words = name.split('/').at(-1)?.split('-') ?? []
  const cpu = CPU.filter((word) => words.includes(word))
  const os = OS.filter((word) => words.includes(word))
  const libc = words.includes('musl') ? ['musl'] : words.includes('gnu') ? ['glibc'] : []
  if (cpu.length + os.length === 0) return null
  return { ...(cpu.length > 0 && { cpu }), ...(libc.length > 0 && { libc }), ...(os.length > 0 && { os }) }
}

/** Where `name` is found from the package at `path`: the nearest copy, from the package itself upwards. */
function resolveFrom(path: string, name: string, packages: Lock['packages']): LockEntry | undefined {
  for (let base = path; ; base = base.slice(0, Math.max(0, base.lastIndexOf('/node_modules/')))) {
    const found = packages[base ? `${base}/node_modules/${name}` : `node_modules/${name}`]
    if (found || !base) return found
  }
}

/** The lock with every platform's packages in it, and the paths that were missing. */
export function completeLock(lock: Lock): { lock: Lock; missing: string[] } {
  const packages = { ...lock.packages }
  const missing: string[] = []
  for (const [path, entry] of Object.entries(lock.packages)) {
    for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
      const platform = platformOf(name)
      // A range instead of an exact version is not a platform binary of a package with its own.
      if (!platform || !/^\d/.test(version) || resolveFrom(path, name, packages)?.version === version) continue
      const beside = `${path.slice(0, path.lastIndexOf('node_modules/'))}node_modules/${name}`
      const key = packages[beside] ? `${path}/node_modules/${name}` : beside
      // npm's own order of the fields, so that the next `npm install` changes nothing.
      const { cpu, libc, os } = platform
      packages[key] = {
        version,
        ...(cpu && { cpu }),
        ...(entry.dev && { dev: true }),
        ...(libc && { libc }),
        optional: true,
        ...(os && { os }),
      }
      missing.push(key)
    }
  }
  const sorted = Object.entries(packages).sort(([a], [b]) => a.localeCompare(b, 'en'))
  return { lock: { ...lock, packages: Object.fromEntries(sorted) }, missing }
}

if (import.meta.main) {
  const { lock, missing } = completeLock(JSON.parse(readFileSync('package-lock.json', 'utf8')) as Lock)
  if (!process.argv.includes('--check')) writeFileSync('package-lock.json', `${JSON.stringify(lock, null, 2)}\n`)
  else if (missing.length > 0) {
    console.error(`package-lock.json lacks ${missing.length} platform packages (${missing[0]}, …); run: npm run lock`)
    process.exit(1)
  }
}
