import { describe, expect, test } from 'vitest'
import type { SocketConstructor, SocketLike } from '../../../src/index.ts'
import { afterRefusal, holdAfter, jitterAfter, type Refusals, spacingAfter } from '../../../src/socket/held-dials.ts'
import { arrange } from '../../support/arrange.ts'
import type { VirtualClock } from '../../support/virtual-clock.ts'

describe('what refusals say', () => {
  const refusalsAt = (at: number, gapMs: number, isHeld: boolean): Refusals => ({ at, quickestMs: 10, gapMs, isHeld })

  test('a dial that takes much longer than the quickest refusal may have been held back', () => {
    const first = afterRefusal(null, 0, 10)
    const quick = afterRefusal(first, 1_000, 1_200)
    const slow = afterRefusal(quick, 2_000, 2_201)
    expect([first.gapMs, quick.gapMs, slow.gapMs]).toEqual([0, 0, 1_001])
    expect(slow).toEqual({ at: 2_201, quickestMs: 10, gapMs: 1_001, isHeld: false })
  })

  test('a second one was held back where its gap is half as long again', () => {
    const slow = refusalsAt(0, 1_000, false)
    const ends = [1_300, 1_350, 1_500, 1_650, 1_700]
    expect(ends.map((at) => afterRefusal(slow, 1_000, at).isHeld)).toEqual([false, true, true, true, false])
  })

  test('the longest gap is followed by one of the same length', () => {
    expect(afterRefusal(refusalsAt(0, 60_000, false), 50_000, 60_010)).toEqual(refusalsAt(60_010, 60_010, true))
  })

  test('a server that is as slow to refuse each time is none', () => {
    let refusals = afterRefusal(null, 0, 10)
    const spacings = [0, 1, 2, 3, 4, 5].map(() => {
      refusals = afterRefusal(refusals, refusals.at + 8_000, refusals.at + 13_000)
      return [spacingAfter(refusals), refusals.quickestMs]
    })
    expect(spacings[0]).toEqual([0, 10])
    expect(spacings.slice(1)).toEqual(Array(5).fill([0, 5_000]))
  })

  test('a slow network is none: what counts is how much longer it takes than the quickest', () => {
    const first = afterRefusal(null, 0, 800)
    expect(afterRefusal(first, 1_000, 5_000).gapMs).toBe(0)
  })

  test('a gap grows by half with each refusal after it, held or not, to 60 s', () => {
    let refusals = refusalsAt(0, 10_000, true)
    const gaps = [15_000, 22_500, 33_750, 50_625, 70_000, 90_000].map((ms) => {
      refusals = afterRefusal(refusals, refusals.at + ms, refusals.at + ms)
      return [refusals.gapMs, refusals.isHeld]
    })
    expect(gaps).toEqual([15_000, 22_500, 33_750, 50_625, 60_000, 60_000].map((ms) => [ms, true]))
  })

  test('a dial that was refused before the browser could have begun it shows that none is held', () => {
    const refusals = afterRefusal(refusalsAt(0, 10_000, true), 5_000, 5_010)
    expect([refusals.gapMs, refusals.isHeld]).toEqual([0, false])
    expect([spacingAfter(refusals), jitterAfter(refusals, 0)]).toEqual([0, 0])
  })

  test('the next dial waits until the browser holds it for 6 s at most', () => {
    const refusals = refusalsAt(0, 20_000, true)
    expect([spacingAfter(refusals), spacingAfter({ ...refusals, isHeld: false })]).toEqual([24_000, 0])
    expect([0, 1].map((random) => jitterAfter(refusals, random))).toEqual([0.5, 1])
    expect([holdAfter(refusals), holdAfter(null)]).toEqual([6_000, 0])
  })
})

/** A host that refuses at once, or opens, and a browser that holds back what follows a refusal. */
function browser(clock: VirtualClock, { holdsBack }: { holdsBack: boolean }, isUp: () => boolean) {
  const holds: number[] = []
  let delayMs = 0
  let refusedAt = 0
  class Socket {
    readyState = 0
    protocol = ''
    bufferedAmount = 0
    binaryType = ''
    onopen: (() => void) | null = null
    onmessage: ((event: { data: string }) => void) | null = null
    onclose: ((event: unknown) => void) | null = null
    onerror = null
    constructor() {
      const holdMs = holdsBack ? Math.max(0, refusedAt + delayMs - clock.now()) : 0
      holds.push(holdMs)
      clock.setTimer(() => {
        if (this.readyState === 3) return
        if (isUp()) return this.#open()
        delayMs = delayMs === 0 ? 300 : Math.min(60_000, delayMs * 1.5)
        refusedAt = clock.now()
        this.readyState = 3
        this.onclose?.({ code: 1006, reason: '', wasClean: false })
      }, holdMs + 5)
    }
    #open() {
      this.readyState = 1
      this.onopen?.()
      this.onmessage?.({ data: '{"type":"hello"}' })
    }
    send() {}
    close() {
      this.readyState = 3
    }
  }
  return { holds, WebSocket: Socket as unknown as SocketConstructor }
}

async function outage(ms: number, engine: { holdsBack: boolean }) {
  let isUp = false
  let holds: number[] = []
  const page = arrange({
    wrap: (platform) => {
      const made = browser(platform.clock as VirtualClock, engine, () => isUp)
      holds = made.holds
      return { ...platform, WebSocket: made.WebSocket }
    },
  })
  page.socket.connect()
  await page.clock.advance(ms)
  isUp = true
  const dials = holds.length
  let openAfterMs = 0
  for (; page.state().status !== 'open' && openAfterMs < 100_000; openAfterMs += 500) await page.clock.advance(500)
  return { page, holds, dials, openAfterMs }
}

describe('while the server is down', () => {
  test('a browser that holds dials back never holds one for more than 6 s, and none of them is cut', async () => {
    const { page, holds } = await outage(300_000, { holdsBack: true })
    expect(Math.max(...holds)).toBeGreaterThan(1_000)
    expect(Math.max(...holds)).toBeLessThanOrEqual(6_050)
    const lost = page.told.filter(([name]) => name === 'lost').map(([, payload]) => payload)
    expect(lost.map((payload) => (payload as { error: { code: string } }).error.code)).not.toContain('timeout')
    expect(page.state().status).toBe('open')
  })

  test('waits stay as they are in a browser that holds none back', async () => {
    // Half of 2, 4 and 8 s, and of 10 s from then on.
    const { dials, openAfterMs } = await outage(60_000, { holdsBack: false })
    expect([dials, openAfterMs <= 5_000]).toEqual([14, true])
  })
})

describe('a dial after a refusal that stays in connecting', () => {
  /** Refuses the first dial, and leaves all others in connecting. */
  async function hanging() {
    let dials = 0
    const page = arrange({
      wrap: (platform) => ({
        ...platform,
        WebSocket: class {
          readyState = 0
          onclose: ((event: unknown) => void) | null = null
          constructor() {
            if (++dials > 1) return
            platform.clock?.setTimer(() => this.onclose?.({ code: 1006, reason: '', wasClean: false }), 5)
          }
          close() {}
        } as unknown as new () => SocketLike,
      }),
    })
    page.socket.connect()
    // Refused at once, and dialled again one second later.
    await page.clock.advance(2_000)
    expect([dials, page.times('lost')]).toEqual([2, 1])
    return { page, dials: () => dials }
  }

  test('has 6 s more, and is then no lost one: it is made again at once', async () => {
    const { page, dials } = await hanging()
    await page.clock.advance(14_000)
    expect([dials(), page.times('lost')]).toEqual([2, 1])
    await page.clock.advance(2_000)
    expect([dials(), page.times('lost'), page.state().status]).toEqual([3, 1, 'reconnecting'])
  })

  test('is that once: the next one has its usual time, and is lost', async () => {
    const { page, dials } = await hanging()
    await page.clock.advance(26_500)
    expect([dials(), page.times('lost')]).toEqual([3, 2])
    expect(page.state().error).toMatchObject({ code: 'timeout' })
  })

  test('is no evidence against tickets', async () => {
    const { page } = await hanging()
    const methods: unknown[] = []
    page.auth.on('ticketTaken', () => methods.push('ticket'))
    page.auth.on('fallback', () => methods.push('jwt'))
    await page.clock.advance(60_000)
    // Lost are the first, the third, and the fourth; the second may have been held back.
    expect(methods.slice(0, 3)).toEqual(['ticket', 'ticket', 'jwt'])
  })
})
