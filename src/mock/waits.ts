// Waits of a test for an event that may have happened already, or happens soon. They use real time: on a clock that the test itself
// moves, a wait without its event would never end.

import { or, resolve } from '../platform/option-checks.ts'
import type { Clock } from '../platform/platform.ts'
import { numberIn } from '../server/options.ts'
import { setRealTimer } from './real-time.ts'

export interface WaitOptions {
  /** How long to wait, in milliseconds of real time, whatever the backend's clock says. @default 4_000 */
  timeoutMs?: number | undefined
}

export interface Waits {
  /**
   * The result of `look`, now or after a later change. After the timeout it rejects with an error that names the expected event and
   * lists what happened instead.
   */
  until<Found>(what: string, look: () => Found | undefined, options?: WaitOptions): Promise<Found>
  /** Call it after a change that `look` may find. */
  changed(): void
  /** Ends every wait without settling it. */
  forget(): void
}

export interface WaitsDeps {
  clock: Clock
  /** What has happened lately, newest last, a line each. */
  lately(): readonly string[]
}

/** Below the five seconds after which vitest and Jest end a test without naming the missing event. */
const PATIENCE_MS = 4_000

export function createWaits({ clock, lately }: WaitsDeps): Waits {
  const waiting = new Set<{ tryAgain(): void; stop(): void }>()

  return {
    until<Found>(what: string, look: () => Found | undefined, options: WaitOptions = {}) {
      const { timeoutMs } = resolve('this wait', options, { timeoutMs: or(PATIENCE_MS, numberIn({ min: 0 })) })
      const atMs = clock.now()
      return new Promise<Found>((resolve, reject) => {
        const found = look()
        if (found !== undefined) return resolve(found)
        const entry = {
          tryAgain() {
            const found = look()
            if (found === undefined) return
            entry.stop()
            resolve(found)
          },
          stop() {
            waiting.delete(entry)
            stopTimer()
          },
        }
        const stopTimer = setRealTimer(() => {
          entry.stop()
          reject(new WaitTimeout(what, timeoutMs, lately(), clock.now() - atMs < 1))
        }, timeoutMs)
        waiting.add(entry)
      })
    },
    changed() {
      for (const { tryAgain } of [...waiting]) tryAgain()
    },
    forget() {
      for (const { stop } of [...waiting]) stop()
    },
  }
}

class WaitTimeout extends Error {
  override readonly name = 'TimeoutError'

  constructor(what: string, timeoutMs: number, lately: readonly string[], stoodStill: boolean) {
    const came = lately.length === 0 ? 'Nothing came at all.' : `What came:\n  ${lately.join('\n  ')}`
    const hint = stoodStill
      ? ' The backend’s clock stood still meanwhile: move it (advance a manual clock, or the fake timers by an async method).'
      : ''
    super(`${what} within ${timeoutMs} ms.${hint} ${came}`)
  }
}
