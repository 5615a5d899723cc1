// Components come and go; a connection should not. A socket is connected while at least one component holds a lease on
// it. The last release waits one task, because StrictMode and fast refresh unmount only to mount again at once.

import { systemClock } from '../platform/system-platform.ts'
import type { TicketSocket } from '../socket/ticket-socket.ts'

/** Any socket, whatever its messages are. */
export type AnySocket = Pick<TicketSocket, 'store' | 'connect' | 'close'>

interface Holders {
  count: number
  /** The lease connected it, so the last release closes it. A socket that the app connected stays open. */
  owned: boolean
  cancelRelease: () => void
}

const holders = new WeakMap<AnySocket, Holders>()

/** Connects the socket unless it is already; the returned function gives the lease back. */
export function retain(socket: AnySocket): () => void {
  const held = holders.get(socket) ?? { count: 0, owned: false, cancelRelease: () => {} }
  holders.set(socket, held)
  held.cancelRelease()
  held.count++
  const { status } = socket.store.getState()
  if (held.count === 1 && (status === 'idle' || (status === 'closed' && held.owned))) {
    held.owned = true
    socket.connect()
  }
  let isReleased = false
  return () => {
    if (isReleased) return
    isReleased = true
    held.count--
    if (held.count > 0 || !held.owned) return
    held.cancelRelease = systemClock.setTimer(() => {
      if (held.count === 0) socket.close()
    }, 0)
  }
}
