import type { Clock } from '../platform/platform.ts'
import { announceRestart, closeForRestart, RETURN_WITHIN_MS } from './restart.ts'
import type { Session } from './session.ts'
import type { SessionRegistry } from './session-registry.ts'

/** The share of the window in which sessions are asked to leave: the last one needs time, too. */
const ASKING_SHARE = 0.75

export interface Drain {
  /** Resolves when every session has ended, to the number of sessions that were closed at the end of the window. */
  readonly ended: Promise<number>
  /** A session opened during the drain. It is asked to leave at once. */
  opened(session: Session): void
  /** A session has ended. */
  closed(): void
}

/**
 * Moves every session to another server, spread over a window. `ts:going_away` asks one session after another to leave, and names
 * the time that is left; a session without the protocol is closed at its turn. A session that is still open at the end of the window
 * is closed with 4512 (1012 without the protocol) and a wait before it may reconnect.
 */
export function startDrain(registry: SessionRegistry, windowMs: number, clock: Clock): Drain {
  const endsAtMs = clock.now() + windowMs
  const leaving = registry.all()
  const stepMs = (windowMs * ASKING_SHARE) / Math.max(1, leaving.length)
  const startedAtMs = clock.now()
  let asked = 0
  let stragglers = 0
  let stop = () => {}
  let resolve: (stragglers: number) => void = () => {}
  const ended = new Promise<number>((done) => {
    resolve = done
  })

  const ask = (session: Session) => session.goAway(Math.max(0, Math.round(endsAtMs - clock.now())))

  function askNext() {
    // By the clock, not by ticks: a timer cannot fire ten thousand times in ten seconds.
    const due = Math.min(leaving.length, Math.floor((clock.now() - startedAtMs) / stepMs) + 1)
    for (; asked < due; asked++) ask(leaving[asked] as Session)
    if (registry.size === 0) return // the sessions that were left had no protocol, and were closed
    if (asked < leaving.length) stop = clock.setTimer(askNext, startedAtMs + asked * stepMs - clock.now())
    else stop = clock.setTimer(closeStragglers, endsAtMs - clock.now())
  }

  function closeStragglers() {
    const open = registry.all().filter((session) => session.isOpen())
    stragglers = open.length
    for (const [index, { connection }] of open.entries()) {
      closeForRestart(connection, (index / open.length) * RETURN_WITHIN_MS)
    }
    closed()
  }

  function closed() {
    if (registry.size > 0) return
    stop()
    resolve(stragglers)
  }

  if (windowMs > 0 && leaving.length > 0) askNext()
  else {
    for (const { connection } of leaving) announceRestart(connection, RETURN_WITHIN_MS)
    closeStragglers()
  }
  closed() // a transport may report its end within the call that closes it
  return { ended, opened: ask, closed }
}
