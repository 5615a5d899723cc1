import { afterEach, describe, expect, test, vi } from 'vitest'
import { createTicketSocket, ticketWebSocket, UnifiedAuthService } from '../../../src/index.ts'
import { createMockBackend } from '../../../src/mock/index.ts'
import type { Logger } from '../../../src/platform/platform.ts'
import { silentLogger } from '../../../src/platform/system-platform.ts'
import { warnOnce } from '../../../src/platform/warn-once.ts'

const onConsole = () => vi.spyOn(console, 'warn').mockImplementation(() => {})
afterEach(() => {
  vi.restoreAllMocks()
  vi.unstubAllEnvs()
})

describe('a warning about the app’s code', () => {
  test('is passed on once, to the logger that the app has, and to it alone', () => {
    const consoleWarn = onConsole()
    const lines: string[] = []
    const logger: Logger = { debug() {}, info() {}, warn: (line) => void lines.push(line), error() {} }
    const warn = warnOnce(logger)
    warn('first')
    warn('second')
    expect(lines).toEqual(['first'])
    expect(consoleWarn).not.toHaveBeenCalled()
  })

  test('is on the console in development where the app has no logger', () => {
    const consoleWarn = onConsole()
    const warn = warnOnce(silentLogger)
    warn('first')
    warn('second')
    expect(consoleWarn.mock.calls).toEqual([['ticket-socket: first']])
  })

  test('is nowhere in production, nor where there is no process', () => {
    const consoleWarn = onConsole()
    vi.stubEnv('NODE_ENV', 'production')
    warnOnce(silentLogger)('first')
    const { process } = globalThis
    vi.stubGlobal('process', undefined)
    try {
      warnOnce(silentLogger)('first')
    } finally {
      vi.stubGlobal('process', process)
    }
    expect(consoleWarn).not.toHaveBeenCalled()
  })
})

test('with the flag off and no logger, a credential in the URL is warned about on the console, without its value', async () => {
  const consoleWarn = onConsole()
  const token = 'a-token-of-the-app-as-before'
  const backend = createMockBackend({ users: { alice: { token } } })
  const platform = { fetch: backend.fetch, WebSocket: backend.WebSocket }
  const auth = new UnifiedAuthService({ httpUrl: backend.httpUrl, getToken: () => token, platform })
  const url = `${backend.wsUrl}?token=${token}`
  const socket = createTicketSocket({ url, auth, platform })
  socket.connect()
  await vi.waitUntil(() => socket.store.getState().phase !== 'authenticating')
  expect(consoleWarn.mock.calls).toEqual([[expect.stringMatching(/^ticket-socket: url holds a credential .*"token"/)]])
  expect(String(consoleWarn.mock.calls)).not.toContain(token)
  socket.dispose()

  ;new (ticketWebSocket(auth, { platform }))(url).onclose = () => {}
  await vi.waitUntil(() => consoleWarn.mock.calls.length === 2)
})
