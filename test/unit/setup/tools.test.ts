import { afterEach, expect, test, vi } from 'vitest'
import { findChromium, findRedis, have } from '../../setup/tools.ts'

const tool = (name: string, path?: string) => ({ name, path, leftOut: 'the loud tests', install: '`apt install it`' })

afterEach(() => {
  vi.unstubAllEnvs()
  vi.restoreAllMocks()
})

test('a missing tool is told once, with what is left out and how to get it', () => {
  vi.stubEnv('CI', undefined)
  vi.stubEnv('TICKET_SOCKET_SAID_A_TOOL', undefined)
  const warn = vi.spyOn(console, 'warn').mockImplementation(() => {})
  expect([have(tool('A tool')), have(tool('A tool'))]).toEqual([false, false])
  expect(warn.mock.calls.map(([message]) => String(message).trim())).toEqual([
    'A tool was not found: the loud tests are left out. To run them: `apt install it`.',
  ])
})

test('in CI a missing tool ends the run', () => {
  vi.stubEnv('CI', 'true')
  expect(() => have(tool('A tool'))).toThrow('A tool was not found')
  expect(have(tool('A tool', '/bin/it'))).toBe(true)
})

test('a path from the environment is used, and refused when nothing is there', () => {
  vi.stubEnv('CHROMIUM_PATH', process.execPath)
  expect(findChromium().path).toBe(process.execPath)
  vi.stubEnv('REDIS_SERVER_PATH', '/nowhere/redis-server')
  expect(() => findRedis()).toThrow('REDIS_SERVER_PATH names no program: /nowhere/redis-server')
})
