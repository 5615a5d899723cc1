import type { Clock } from '../../platform/platform.ts'
import type { SessionHandle, Transport } from '../connection.ts'
import { GRACE_MS } from '../upgrade-rejection.ts'
import type { CrosswsPeer } from './crossws.ts'
import { canPing } from './wire.ts'

export interface Peers {
  /** Counts the peer in. `leave` is called when it is gone. */
  add(peer: CrosswsPeer, leave: () => void): void
  /** The transport of a session, which is notified of the peer's end. */
  connect(peer: CrosswsPeer, open: (transport: Transport) => SessionHandle): void
  /** What a frame of this peer is given to: `null` for one that was refused, `undefined` for one that nobody has opened. */
  handleOf(peer: CrosswsPeer): SessionHandle | null | undefined
  /** Drops the peer, which is being closed, when it does not close in time. */
  dropSoon(peer: CrosswsPeer): void
  /** The peer is gone, or treated as if it were. */
  ended(peer: CrosswsPeer, code: number, reason: string): void
  /** Resolves when all are gone; those that stay are dropped in time. */
  gone(): Promise<void>
}

interface Entry {
  handle: SessionHandle | null
  leave(): void
  stop(): void
}

/** The live peers of crossws, and what belongs to each. */
export function createPeers(clock: Clock): Peers {
  const live = new Map<CrosswsPeer, Entry>()
  let hearNobodyIsLeft = () => {}

  function ended(peer: CrosswsPeer, code: number, reason: string) {
    const entry = live.get(peer)
    if (!entry) return
    live.delete(peer)
    entry.stop()
    entry.leave()
    entry.handle?.closed(code, reason)
    if (live.size === 0) hearNobodyIsLeft()
  }

  // Not every runtime reports the end of a connection that it dropped.
  function terminate(peer: CrosswsPeer) {
    peer.terminate()
    ended(peer, 1006, '')
  }

  function dropSoon(peer: CrosswsPeer) {
    const entry = live.get(peer)
    entry?.stop()
    if (entry) entry.stop = clock.setTimer(() => terminate(peer), GRACE_MS)
  }

  return {
    add: (peer, leave) => void live.set(peer, { handle: null, leave, stop: () => {} }),
    connect(peer, open) {
      const entry = live.get(peer)
      if (!entry) return
      entry.handle = open({
        send: (data) => void peer.send(data),
        close: (code, reason) => peer.close(code, reason),
        terminate: () => terminate(peer),
        ...(canPing(peer) && { ping: () => void peer.ping?.() }),
        get bufferedAmount() {
          return peer.bufferedAmount ?? 0
        },
      })
    },
    handleOf: (peer) => live.get(peer)?.handle,
    dropSoon,
    ended,
    gone() {
      if (live.size === 0) return Promise.resolve()
      const nobody = new Promise<void>((resolve) => {
        hearNobodyIsLeft = resolve
      })
      for (const peer of live.keys()) dropSoon(peer)
      return nobody
    },
  }
}
