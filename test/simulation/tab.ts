// The browser's tab: what it tells about itself, how its clocks go, and when it runs nothing at all.

import type { Clock, Page, PageSignal } from '../../src/platform/platform.ts'
import type { FastClock } from '../support/fast-clock.ts'

export interface Tab {
  readonly page: Page
  readonly clock: Clock
  readonly isHidden: boolean
  readonly isOnline: boolean
  readonly isStill: boolean
  /** Page listeners that are subscribed. */
  listeners(): number
  say(signal: PageSignal): void
  /** When it last began to run again. */
  readonly wokenAt: number
  /** Since when it has run, and its timers were punctual; infinite while they are not. */
  readonly punctualSince: number
  /** Hidden, its timers fire at multiples of this (0: when due), until the function that is returned is called. */
  hide(throttleMs: number): () => void
  goOffline(): () => void
  /** Runs nothing. */
  freeze(): void
  /** Runs on. `standsStill`: the monotonic clock has not counted the time since, as on some machines in sleep. */
  thaw(standsStill: boolean): void
  moveWall(ms: number): void
  /** Does what the outside wants of it, now or once it is awake. */
  whenAwake(task: () => void): void
}

export function createTab(world: FastClock, onSignal: (signal: PageSignal) => void): Tab {
  const signals = new Set<(signal: PageSignal) => void>()
  let isHidden = false
  let isOnline = true
  let frozenAt: number | null = null
  let wokenAt = 0
  let punctualSince = 0
  const hidings = new Set<{ throttleMs: number }>()
  const absences = new Set<object>()
  let stoodStillMs = 0
  let wallOffsetMs = 0
  const waiting: (() => void)[] = []

  /** Each in a task of its own, in the order in which they came. */
  function runNext() {
    if (frozenAt !== null) return
    waiting.shift()?.()
    if (waiting.length > 0) world.after(0, runNext)
  }

  function throttle() {
    const throttleMs = Math.max(0, ...[...hidings].map((hiding) => hiding.throttleMs))
    world.throttle(throttleMs)
    punctualSince = throttleMs > 0 || frozenAt !== null ? Number.POSITIVE_INFINITY : world.now()
  }

  const tab: Tab = {
    page: {
      isOnline: () => isOnline,
      isHidden: () => isHidden,
      subscribe(listener) {
        signals.add(listener)
        return () => void signals.delete(listener)
      },
    },
    clock: {
      now: () => world.now() - stoodStillMs,
      wallNow: () => world.wallNow() + wallOffsetMs,
      // Whole milliseconds, and never early: with fractions `now + (at - now)` may come before `at`.
      setTimer: (callback, ms) => world.setTimer(callback, Math.ceil(ms)),
    },
    get isHidden() {
      return isHidden
    },
    get isOnline() {
      return isOnline
    },
    get isStill() {
      return frozenAt !== null
    },
    listeners: () => signals.size,
    say(signal) {
      if (signal === 'online' || signal === 'offline') isOnline = signal === 'online'
      if (signal === 'hidden' || signal === 'shown') isHidden = signal === 'hidden'
      tab.whenAwake(() => {
        onSignal(signal)
        for (const listener of [...signals]) listener(signal)
      })
    },
    get wokenAt() {
      return wokenAt
    },
    get punctualSince() {
      return punctualSince
    },
    hide(throttleMs) {
      const hiding = { throttleMs }
      if (hidings.size === 0) tab.say('hidden')
      hidings.add(hiding)
      throttle()
      return () => {
        hidings.delete(hiding)
        throttle()
        if (hidings.size === 0) tab.say('shown')
      }
    },
    goOffline() {
      const absence = {}
      if (absences.size === 0) tab.say('offline')
      absences.add(absence)
      return () => {
        absences.delete(absence)
        if (absences.size === 0) tab.say('online')
      }
    },
    freeze() {
      frozenAt ??= world.now()
      world.hold()
      throttle()
    },
    thaw(standsStill) {
      if (frozenAt === null) return
      const ms = world.now() - frozenAt
      frozenAt = null
      wokenAt = world.now()
      throttle()
      if (standsStill) stoodStillMs += ms
      world.release(standsStill ? ms : 0)
      world.after(0, runNext)
    },
    moveWall(ms) {
      wallOffsetMs += ms
    },
    whenAwake(task) {
      if (frozenAt === null && waiting.length === 0) task()
      else waiting.push(task)
    },
  }
  return tab
}
