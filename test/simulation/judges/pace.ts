// When it may dial: never against the server's word, seldom while the page says that it is offline, not after a final end, and
// not without end.

import { closeMeaning } from '../close-meaning.ts'
import type { AppAct, Judge, SeenDial } from '../edge.ts'
import type { World } from '../world.ts'

const WINDOW_MS = 60_000
/** Of its own accord, in a window. */
const MAX_DIALS = 30
/** An attempt that began while online may still come to dial. */
const ATTEMPT_MS = 2 * 10_000 + 15_000 + 1_000
/** While the page says that it is offline, which may be wrong: the least time between two dials. */
const OFFLINE_DIAL_MS = 30_000
const MAX_HINT_MS = 5 * 60_000

const DIALLING: AppAct[] = ['connect', 'reconnect', 'login']

export function judgePace({ edge, tab }: Pick<World, 'edge' | 'tab'>): Judge {
  const { clock } = edge
  let own: number[] = []
  let offlineSince: number | null = null
  let lastDialAt = Number.NEGATIVE_INFINITY
  /** The app has asked for a connection, and none was dialled since. */
  let isAsked = false
  let lastAskedAt = Number.NEGATIVE_INFINITY
  let askedTurn = -1
  let isFinal = false
  const left = new WeakSet<SeenDial>()

  return {
    acting(act) {
      if (!DIALLING.includes(act)) return
      isAsked = true
      lastAskedAt = clock.now()
      askedTurn = clock.turn()
      isFinal = false
    },
    acted(act) {
      if (act === 'close' || act === 'logout') isAsked = false
    },
    sessionChanged(signedIn) {
      // Another user in the token begins a session by itself.
      if (!signedIn) return
      isAsked = true
      isFinal = false
      lastAskedAt = clock.now()
    },
    signalled(signal) {
      if (signal === 'offline') offlineSince ??= clock.now()
      if (signal === 'online') offlineSince = null
      own = signal === 'online' || signal === 'shown' || signal === 'restored' ? [] : own
    },
    event(of, name) {
      if (of !== 'socket') return
      // Who has asked within another event of that end has done so after it.
      if ((name === 'closed' || name === 'failed') && askedTurn !== clock.turn()) isFinal = true
    },
    answered({ isPurchase, sessionChanges }, answer) {
      if (!isPurchase || !answer?.retryAfterMs || sessionChanges !== edge.sessionChanges) return
      edge.askNotBefore = Math.max(edge.askNotBefore, clock.now() + answer.retryAfterMs)
      edge.longestHintMs = Math.max(edge.longestHintMs, answer.retryAfterMs)
      edge.reach('asked to wait by HTTP')
    },
    left: (dial) => void left.add(dial),
    closed(dial, code, reason) {
      if (left.has(dial)) return
      const meaning = closeMeaning(code, dial, edge.setting)
      if (meaning === 'stop' && askedTurn !== clock.turn()) isFinal = true
      if (meaning !== 'reconnect') return
      const [, ms] = /retry_after_ms=(\d+)/.exec(reason) ?? []
      if (ms === undefined) return
      edge.dialNotBefore = Math.max(edge.dialNotBefore, clock.now() + Math.min(Number(ms), MAX_HINT_MS))
      edge.longestHintMs = Math.max(edge.longestHintMs, Math.min(Number(ms), MAX_HINT_MS))
      edge.reach('asked to wait by a close')
    },
    dialled(dial) {
      const early = edge.dialNotBefore - clock.now()
      if (early > 0) edge.violate('pace', `dialled ${early} ms before the server wants it`)
      if (isFinal) edge.violate('stop', 'dialled after the end, and nobody asked for it')
      const now = clock.now()
      // Of a tab whose timers are late nobody can say when its attempt would have come to its end.
      const isPunctual = tab.punctualSince <= now - ATTEMPT_MS
      const isLate = offlineSince !== null && now - Math.max(offlineSince, lastAskedAt) > ATTEMPT_MS && isPunctual
      const isSoon = now - lastDialAt < OFFLINE_DIAL_MS
      if (isLate && isSoon) edge.violate('offline', `dialled ${now - lastDialAt} ms after another dial while offline`)
      lastDialAt = now
      if (!isAsked) own.push(dial.at)
      isAsked = false
      own = own.filter((at) => at > clock.now() - WINDOW_MS)
      if (own.length > MAX_DIALS) edge.violate('pace', `${own.length} dials in a minute`)
    },
  }
}
