import { expect, test } from 'vitest'
import { completeLock } from '../../scripts/complete-lock.ts'

const tool = {
  version: '1.2.0',
  dev: true,
  optionalDependencies: { '@tool/linux-x64-musl': '1.2.0', '@tool/darwin-arm64': '1.2.0' },
}
const linux = { version: '1.2.0', cpu: ['x64'], dev: true, libc: ['musl'], optional: true, os: ['linux'] }
const mac = { version: '1.2.0', cpu: ['arm64'], dev: true, optional: true, os: ['darwin'] }

test('a lock file that lacks the binaries of other platforms is completed, and then complete', () => {
  const { lock, missing } = completeLock({
    packages: { 'node_modules/tool': tool, 'node_modules/@tool/linux-x64-musl': linux },
  })
  expect(missing).toEqual(['node_modules/@tool/darwin-arm64'])
  expect(lock.packages).toEqual({
    'node_modules/@tool/darwin-arm64': mac,
    'node_modules/@tool/linux-x64-musl': linux,
    'node_modules/tool': tool,
  })
  expect(completeLock(lock)).toEqual({ lock, missing: [] })
})

test('another version of the same binary goes below the package that wants it', () => {
  const older = { ...mac, version: '1.0.0' }
  const { lock, missing } = completeLock({
    packages: {
      'node_modules/tool': tool,
      'node_modules/@tool/darwin-arm64': older,
      'node_modules/@tool/linux-x64-musl': linux,
    },
  })
  expect(missing).toEqual(['node_modules/tool/node_modules/@tool/darwin-arm64'])
  expect(lock.packages['node_modules/tool/node_modules/@tool/darwin-arm64']).toEqual(mac)
  expect(lock.packages['node_modules/@tool/darwin-arm64']).toEqual(older)
})

test('optional packages that are no platform binaries are left to npm', () => {
  const chatty = { version: '1.0.0', optionalDependencies: { fsevents: '2.3.3', 'cpu-arm64-info': '^1.0.0' } }
  expect(completeLock({ packages: { 'node_modules/chatty': chatty } }).missing).toEqual([])
})
