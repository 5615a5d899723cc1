import { CLOSE, closeReason } from '../contract/close-codes.ts'
import type { Clock } from '../platform/platform.ts'
import type { Session } from './session.ts'
import type { SessionRegistry } from './session-registry.ts'

/** The share of the window in which sessions are asked to leave: the last one asked needs time to go, too. */
const ASKING_SHARE = 0.75
/** Stragglers are told to stay away for up to this long, each for another time. */
const RETURN_WITHIN_MS = 5_000

export interface Drain {
  /** Resolves when every session is gone, to how many had to be closed at the end of the window. */
  readonly ended: Promise<number>
  /** A session that opens while the others leave: it is asked at once. */
  opened(session: Session): void
  /** A session is gone. */
  closed(): void
}

/**
 * Moves every session to another server, spread over a window: each is asked by `ts:going_away`, one after another, and told
 * how long it has; who does not speak that frame is closed at its turn. Whoever is still there at the end is closed with
 * 1012 and a time before which it must not be back.
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
    // By the clock, not by the tick: ten thousand sessions in ten seconds are more than a timer can count.
    const due = Math.min(leaving.length, Math.floor((clock.now() - startedAtMs) / stepMs) + 1)
    for (; asked < due; asked++) ask(leaving[asked] as Session)
    if (registry.size === 0) return // all that were left could not be asked, and closed
    if (asked < leaving.length) stop = clock.setTimer(askNext, startedAtMs + asked * stepMs - clock.now())
    else stop = clock.setTimer(closeStragglers, endsAtMs - clock.now())
  }

  function closeStragglers() {
    const open = registry.all().filter((session) => session.isOpen())
    stragglers = open.length
    for (const [index, { connection }] of open.entries()) {
      connection.close(CLOSE.serviceRestart, closeReason('restart', (index / open.length) * RETURN_WITHIN_MS))
    }
    closed()
  }

  function closed() {
    if (registry.size > 0) return
    stop()
    resolve(stragglers)
  }

  if (windowMs > 0 && leaving.length > 0) askNext()
  else closeStragglers()
  closed() // a wire may tell of its end within the call that closes it
  return { ended, opened: ask, closed }
}
