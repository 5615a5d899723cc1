// Components mount and unmount; a connection should stay. A socket is connected while at least one component has a lease on
// it. The last release waits one task, because StrictMode and fast refresh unmount and mount again at once.

import { systemClock } from '../platform/system-platform.ts'
import { earlyMessages } from './early-messages.ts'
import { type AnySocket, partOf } from './socket-record.ts'

interface Holders {
  count: number
  /** The action of the last release. Null: the app connected the socket itself, so it stays open. */
  end: (() => void) | null
  cancelEnd: () => void
}

const noHolders = (): Holders => ({ count: 0, end: null, cancelEnd: () => {} })

/**
 * Connects the socket unless it is connected. The returned function releases the lease. The last release closes the socket, or
 * calls `giveUp` if given.
 */
export function retain(socket: AnySocket, giveUp?: () => void): () => void {
  const held = partOf(socket, 'holders', noHolders)
  earlyMessages(socket)
  held.cancelEnd()
  held.count++
  const { status } = socket.store.getState()
  if (held.count === 1 && (status === 'idle' || (status === 'closed' && held.end))) {
    held.end ??= () => socket.close()
    socket.connect()
  }
  if (giveUp) held.end = giveUp
  let isReleased = false
  return () => {
    if (isReleased) return
    isReleased = true
    held.count--
    if (held.count > 0) return
    held.cancelEnd = systemClock.setTimer(() => held.end?.(), 0)
  }
}
