import { expect, test, vi } from 'vitest'
import type { Credential, Outcome, SocketConstructor } from '../../../src/index.ts'
import { systemPlatform } from '../../../src/platform/system-platform.ts'
import { openAttemptSocket } from '../../../src/socket/attempt-socket.ts'
import { closeCodesOf } from '../../../src/socket/close-codes-option.ts'
import { type CloseCodes, judgeBy } from '../../../src/socket/judge-close.ts'
import { createMessageLimit } from '../../../src/socket/message-limit.ts'
import { createVirtualClock } from '../../support/virtual-clock.ts'

class FakeSocket {
  static made: FakeSocket[] = []
  readyState = 0
  protocol = ''
  bufferedAmount = 0
  binaryType = 'blob'
  onopen: ((event: unknown) => void) | null = null
  onmessage: ((event: unknown) => void) | null = null
  onclose: ((event: unknown) => void) | null = null
  onerror: ((event: unknown) => void) | null = null
  sent: unknown[] = []
  closedWith: unknown[] = []
  readonly url: string
  readonly protocols: string[]
  constructor(url: string, protocols: string[]) {
    this.url = url
    this.protocols = protocols
    FakeSocket.made.push(this)
  }
  send(data: unknown) {
    this.sent.push(data)
  }
  close(...args: unknown[]) {
    this.closedWith = args
  }
}

function arrange(WebSocket: unknown = FakeSocket, closeCodes: CloseCodes = {}) {
  FakeSocket.made = []
  const clock = createVirtualClock()
  const outcomes: Outcome[] = []
  const grant: Credential = {
    method: 'ticket',
    userId: null,
    steppedDown: null,
    url: (base) => `${base}?ticket=T`,
    protocols: () => ['ticket-socket.v1'],
    refreshFrame: () => null,
    redact: (text) => text.replace('T-secret', '[redacted]'),
    report(outcome) {
      outcomes.push(outcome)
      return outcome.kind === 'refused' ? 'redial' : undefined
    },
  }
  const limit = createMessageLimit(clock)
  const told = { onOpened: vi.fn(), onFrame: vi.fn(), onClosed: vi.fn(), onNotDialled: vi.fn() }
  const judge = judgeBy(closeCodesOf('closeCodes', closeCodes), () => 0)
  const attempt = openAttemptSocket({
    url: 'wss://x.example/ws',
    credential: grant,
    platform: systemPlatform({ WebSocket: WebSocket as SocketConstructor, clock }),
    limit,
    judge,
    ...told,
  })
  return { clock, outcomes, attempt, ...told, socket: () => FakeSocket.made[0] as FakeSocket }
}

test('dials what the credential says', () => {
  const { socket } = arrange()
  expect([socket().url, socket().protocols]).toEqual(['wss://x.example/ws?ticket=T', ['ticket-socket.v1']])
})

test('knows from the selected subprotocol whether the protocol is negotiated', () => {
  for (const protocol of ['ticket-socket.v1', 'jwt-auth', '']) {
    const { socket, onOpened } = arrange()
    socket().protocol = protocol
    socket().onopen?.({})
    expect(onOpened).toHaveBeenCalledWith(protocol === 'ticket-socket.v1')
  }
})

test('PR-64: 1008 is a refused credential until the server has accepted it', () => {
  const before = arrange()
  before.socket().onopen?.({})
  before.socket().onclose?.({ code: 1008, reason: 'bad token T-secret', wasClean: true })
  expect(before.outcomes).toEqual([{ kind: 'refused' }])
  const closeDetails = { code: 1008, reason: 'bad token [redacted]', wasClean: true }
  expect(before.onClosed).toHaveBeenCalledWith({ kind: 'refused' }, closeDetails, 'redial')

  const after = arrange()
  after.socket().onopen?.({})
  after.attempt.accepted()
  after.socket().onclose?.({ code: 1008, reason: '', wasClean: true })
  expect(after.outcomes).toEqual([{ kind: 'accepted' }, { kind: 'ended' }])
  expect(after.onClosed).toHaveBeenCalledWith({ kind: 'stop', code: 'policy' }, expect.anything(), undefined)
})

test('once stopped it closes and says nothing more, whatever the network does', () => {
  const { socket, attempt, onOpened, onFrame, onClosed, outcomes } = arrange()
  const abandoned = socket()
  attempt.stop()
  attempt.stop()
  abandoned.onopen?.({})
  abandoned.onmessage?.({ data: 'late' })
  abandoned.onclose?.({ code: 1006, reason: '' })
  expect(() => abandoned.onerror?.(new Error('late error of an abandoned socket'))).not.toThrow()
  expect(abandoned.closedWith).toEqual([1000])
  expect([onOpened, onFrame, onClosed].flatMap((spy) => spy.mock.calls)).toEqual([])
  expect(outcomes).toEqual([])
})

test('sends only while the socket is open, and says whether it did', () => {
  const { socket, attempt } = arrange()
  expect(attempt.send('early')).toBe(false)
  socket().readyState = 1
  expect(attempt.send('now')).toBe(true)
  socket().readyState = 2
  expect(attempt.send('late')).toBe(false)
  expect(socket().sent).toEqual(['now'])
})

test('a constructor that throws ends the attempt later, with its words but no credential, and the ticket may be used again', async () => {
  const { clock, outcomes, onClosed, onNotDialled } = arrange(
    class {
      constructor(url: string) {
        throw new SyntaxError(`bad url ${url} T-secret`)
      }
    },
  )
  expect(onNotDialled).not.toHaveBeenCalled()
  await clock.advance(0)
  expect(outcomes).toEqual([{ kind: 'unused' }])
  expect(onClosed).not.toHaveBeenCalled()
  const [error] = onNotDialled.mock.calls[0] ?? []
  expect(error).toMatchObject({ code: 'not_dialled', retryable: false, cause: { name: 'SyntaxError' } })
  expect(error.message).toContain('The WebSocket constructor threw SyntaxError.')
  expect(error.cause.message).toBe('bad url wss://x.example/ws?ticket=T [redacted]')
})

test('after a renewal the end of the session is reported to the credential that it goes on with', () => {
  const { attempt, outcomes, socket, onClosed } = arrange(FakeSocket, { 4001: 'refused' })
  const renewed: Outcome[] = []
  socket().onopen?.({})
  attempt.accepted()
  attempt.renewed({
    method: 'ticket',
    report: (outcome: Outcome) => void renewed.push(outcome),
    redact: (text: string) => text.replace('N-secret', '[redacted]'),
  } as unknown as Credential)
  socket().onclose?.({ code: 4001, reason: 'N-secret', wasClean: true })
  expect(outcomes).toEqual([{ kind: 'accepted' }, { kind: 'ended' }])
  expect(renewed).toEqual([{ kind: 'refused' }])
  expect(onClosed.mock.calls[0]?.[1]).toMatchObject({ reason: '[redacted]' })
})
