// One connection at a time, no word before it is open, none that is left is listened to, and a dead one is found.

import type { Judge, SeenDial } from '../edge.ts'
import type { World } from '../world.ts'

/** Asked after 25 s of silence, given up 10 s later. */
const DEAD_AFTER_MS = 35_500
/** After the tab has come back: asked at once, and, where the timer was late, once more. */
const DEAD_AFTER_WAKE_MS = 21_000
const PLAIN_OPEN_MS = 100
/** After an error frame that came before it was open. */
const ERROR_FRAME_WAIT_MS = 1_000

export function judgeConnections({ edge, snapshot, tab }: Pick<World, 'edge' | 'snapshot' | 'tab'>): Judge {
  const { clock } = edge
  let wokenAt = 0
  let isOpen = false

  const live = () => edge.dials.find(({ state }) => state === 'open' || state === 'connecting')

  /** When a plain connection may open by itself. */
  const mayOpenAt = new WeakMap<SeenDial, number>()

  function confirm(dial: SeenDial, data: string | Uint8Array) {
    const text = String(data)
    if (dial.isSpoken) {
      if (text.startsWith('{"type":"ts:connection_established","session_id"')) dial.isConfirmed = true
    } else if (!text.startsWith('{"type":"error"') && !text.startsWith('{"error"')) {
      dial.isConfirmed = true
    } else if (!isOpen && !dial.isConfirmed && !mayOpenAt.has(dial)) {
      edge.reach('an error frame before it was open')
      mayOpenAt.set(dial, clock.now() + ERROR_FRAME_WAIT_MS)
    }
  }

  function isPlainEnough(dial: SeenDial): boolean {
    if (dial.isSpoken || dial.openedAt === null) return false
    return clock.now() >= Math.max(dial.openedAt + PLAIN_OPEN_MS, mayOpenAt.get(dial) ?? 0)
  }

  function opened() {
    const dial = live()
    if (!dial) return edge.violate('open', 'open without a connection')
    if (!dial.isConfirmed && !isPlainEnough(dial))
      edge.violate('open', 'open before the server has accepted the credential')
    if (isOpen) edge.violate('events', 'open twice')
    isOpen = true
    edge.reach(`open by ${dial.method}`)
  }

  return {
    dialled(dial) {
      const other = edge.dials.find(
        (other) => other !== dial && (other.state === 'open' || other.state === 'connecting'),
      )
      if (other) edge.violate('one', `dial ${other.number} was still ${other.state} as the next one began`)
    },
    heard: confirm,
    said(dial, data) {
      const { state, isConfirmed, number } = dial
      if (state !== 'open') return edge.violate('open', `said on dial ${number}, which is ${state}`)
      // Who is asked whether he lives may say so at any time.
      if (String(data).startsWith('{"type":"ts:pong"')) return
      if (!isConfirmed && !isPlainEnough(dial))
        edge.violate('open', 'something was said before the server has accepted the credential')
    },
    signalled(signal) {
      if (signal !== 'hidden' && signal !== 'offline') wokenAt = clock.now()
    },
    event(of, name) {
      if (of !== 'socket') return
      if (name === 'open') opened()
      if (name === 'lost' || name === 'closed' || name === 'failed') {
        isOpen = false
        edge.reach(name)
      }
    },
    quiet() {
      const { status } = snapshot()
      if ((status === 'open') !== isOpen)
        edge.violate('events', `the status is ${status}, and the events say otherwise`)
      const dial = live()
      if (status === 'open' && !dial) edge.violate('open', 'the status is open without a connection')
      if (!dial || status !== 'open' || !dial.isSpoken || tab.isStill) return
      // Only of a tab that was awake and in time all along.
      const punctualMs = clock.now() - Math.max(tab.punctualSince, dial.heardAt)
      if (punctualMs > DEAD_AFTER_MS + 10) edge.violate('dead link', `nothing was heard for ${punctualMs} ms`)
      const wokenMs = clock.now() - Math.max(wokenAt, tab.punctualSince)
      if (dial.heardAt < wokenAt && wokenMs > DEAD_AFTER_WAKE_MS + 10)
        edge.violate('dead link', `nothing was heard for ${wokenMs} ms since the tab came back`)
    },
  }
}
