import { spawn } from 'node:child_process'
import { describe, expect, test } from 'vitest'
import { parseCommand } from '../../../../src/mock/conformance/cli/arguments.ts'
import { rowOf, summaryOf } from '../../../../src/mock/conformance/cli/table.ts'
import type { ConformanceReport } from '../../../../src/mock/conformance/index.ts'
import { createMemoryTicketStore } from '../../../../src/server/index.ts'
import { realTarget } from '../../../support/real-target.ts'

const HTTP = 'http://127.0.0.1:8000'
const WS = 'ws://127.0.0.1:8000/ws'

const parse = (argv: string[], env: Record<string, string> = {}) =>
  parseCommand(argv, { env, outputOf: (command) => `output of ${command}\n`, wait: async () => {} })

describe('the command line', () => {
  test('addresses and a token make a target', () => {
    expect(parse([HTTP, WS, '--token', 'jwt'])).toMatchObject({
      kind: 'run',
      json: false,
      target: { httpUrl: HTTP, wsUrl: WS, foreignOrigin: 'https://foreign.example' },
    })
  })

  test('every option finds its place', async () => {
    const options = [
      '--other-token',
      'o',
      '--base-path',
      '/api/ws',
      '--origin',
      'https://a.example',
      '--foreign-origin',
    ]
    const more = [
      'https://b.example',
      '--slow',
      '--library-limits',
      '--timeout',
      '900',
      '--json',
      '--token-command',
      'new',
      '--restart-command',
      'again',
    ]
    const command = parse([HTTP, WS, '--token', 'jwt', ...options, ...more])
    if (command.kind !== 'run') throw new Error(command.kind)
    const { token, renewToken, passTime, restart, ...target } = command.target
    expect(target).toEqual({
      httpUrl: HTTP,
      wsUrl: WS,
      otherToken: 'o',
      basePath: '/api/ws',
      origin: 'https://a.example',
      foreignOrigin: 'https://b.example',
      libraryLimits: true,
      timeoutMs: 900,
    })
    expect([command.json, typeof passTime, typeof restart]).toEqual([true, 'function', 'function'])
    const tokenNow = () => (typeof token === 'function' ? token() : token)
    expect(tokenNow()).toBe('jwt')
    expect(await renewToken?.()).toBe('output of new')
    expect(tokenNow()).toBe('output of new')
  })

  test('tokens may stand in the environment', () => {
    const env = { TICKET_SOCKET_TOKEN: 'jwt', TICKET_SOCKET_OTHER_TOKEN: 'other' }
    expect(parse([HTTP, WS], env)).toMatchObject({ kind: 'run', target: { otherToken: 'other' } })
  })

  test.each([
    [[], 'Two addresses are needed'],
    [[HTTP, '--token', 'jwt'], 'Two addresses are needed'],
    [[HTTP, WS, 'CANARY', '--token', 'jwt'], 'and nothing else; 3 were given'],
    [[HTTP, WS], 'A JWT is needed: --token'],
    [[HTTP, WS, '--token', 'has a space CANARY'], 'token must be a JWT'],
    [[HTTP, WS, '--token', 'jwt', '--other-token', 'a CANARY'], 'otherToken must be a JWT'],
    [['ftp://x', WS, '--token', 'jwt'], 'httpUrl must be an address such as https://api.example.com, got "ftp://x"'],
    [[HTTP, HTTP, '--token', 'jwt'], 'wsUrl must be an address such as wss://api.example.com'],
    [[HTTP, WS, '--token', 'jwt', '--base-path', 'websocket'], 'basePath must be a path such as /websocket'],
    [[HTTP, WS, '--token', 'jwt', '--timeout', 'soon'], '--timeout is a number of milliseconds'],
    [[HTTP, WS, '--token', 'jwt', '--fast'], "Unknown option '--fast'"],
    [[HTTP, WS, '--token'], "Option '--token <value>' argument missing"],
  ])('%j is wrong, in words that hold no token', (argv, words) => {
    const command = parse(argv)
    expect(command).toMatchObject({ kind: 'wrong', message: expect.stringContaining(words) })
    expect(JSON.stringify(command)).not.toContain('CANARY')
  })

  test('--help wins over everything', () => {
    expect(parse(['--help'])).toEqual({ kind: 'help' })
  })
})

describe('the table', () => {
  test('a rule is a line, with what was found instead below it', () => {
    expect(rowOf({ id: 'PR-08.1', title: 'looking uses nothing up', outcome: 'kept' })).toBe(
      'kept    PR-08.1   looking uses nothing up',
    )
    const detail = 'the status should be 200, was 500. '.repeat(4).trim()
    const lines = rowOf({ id: 'PR-10.1', title: 'no cache', outcome: 'broken', detail }).split('\n')
    expect(lines[0]).toBe('broken  PR-10.1   no cache')
    expect(lines.length).toBeGreaterThan(2)
    expect(lines.slice(1).every((line) => line.startsWith(' '.repeat(18)) && line.length <= 110)).toBe(true)
  })

  test('the sum blames a missing origin where that is likely', () => {
    const result = { id: 'PR-40.1', title: '', outcome: 'broken', detail: 'should be open, was 4403 origin' } as const
    const report: ConformanceReport = { results: Array(4).fill(result), kept: 0, broken: 4, skipped: 0 }
    expect(summaryOf(report, false)).toBe(
      '0 kept, 4 broken, 0 skipped\nThe server refuses connections without an origin: name one with --origin.',
    )
    expect(summaryOf(report, true)).toBe('0 kept, 4 broken, 0 skipped')
  })
})

describe('the command itself', () => {
  interface Ended {
    code: number | null
    stdout: string
    stderr: string
  }
  const run = (args: string[], env: Record<string, string> = {}) =>
    new Promise<Ended>((resolve, reject) => {
      const child = spawn(process.execPath, ['src/mock/conformance/cli/main.ts', ...args], {
        env: { ...process.env, ...env },
      })
      const out: Record<'stdout' | 'stderr', string> = { stdout: '', stderr: '' }
      for (const name of ['stdout', 'stderr'] as const) child[name].on('data', (chunk) => (out[name] += chunk))
      child.once('error', reject)
      child.once('close', (code) => resolve({ code, ...out }))
    })

  test('prints rules kept and skipped, and why; without a broken one it ends with 0', async () => {
    const { target, close } = await realTarget(createMemoryTicketStore(), { limits: { user: false } })
    try {
      const token = await (target.token as () => Promise<string>)()
      const args = [target.httpUrl, target.wsUrl, '--origin', String(target.origin)]
      const { code, stdout, stderr } = await run(args, { TICKET_SOCKET_TOKEN: token })
      expect([code, stderr]).toEqual([0, ''])
      expect(stdout).toMatch(/^kept {4}PR-10\.1 /)
      expect(stdout).toContain('needs the JWT of another user (otherToken)')
      expect(stdout).toMatch(/\n\n\d+ kept, 0 broken, \d+ skipped\n$/)
      expect(stdout).not.toContain(token)
    } finally {
      await close()
    }
  })

  test('ends with 1 when a rule is broken, and names it, also as JSON', async () => {
    const { target, close } = await realTarget(createMemoryTicketStore(), { limits: { user: false } })
    try {
      // Without its origin the server refuses every connection.
      const token = await (target.token as () => Promise<string>)()
      const { code, stdout } = await run([target.httpUrl, target.wsUrl, '--token', token, '--json'])
      const report = JSON.parse(stdout) as ConformanceReport
      expect(code).toBe(1)
      expect(report.broken).toBeGreaterThan(0)
      expect(report.results).toContainEqual({
        id: 'PR-40.1',
        title: 'the ticket is read from the parameter ticket',
        outcome: 'broken',
        detail: 'the connection should be open, was 4403 origin',
      })
    } finally {
      await close()
    }
  })

  test('ends with 2 when nothing answers, or the arguments are wrong', async () => {
    const nobody = await run(['http://127.0.0.1:1', 'ws://127.0.0.1:1/ws', '--token', 'jwt'])
    expect(nobody).toMatchObject({ code: 2, stdout: '' })
    expect(nobody.stderr).toMatch(/^Nothing answers at http:\/\/127\.0\.0\.1:1\/websocket\/tickets\/status: /)
    const wrong = await run(['http://127.0.0.1:1'])
    expect(wrong).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('--help') })
  })
})
