// A WebSocket connection without a network: two ends, a pipe each way, and the closing handshake of RFC 6455 §7
// between them. It knows nothing of credentials, sessions or events.

import { CLOSE } from '../contract/close-codes.ts'
import { sizeOf } from '../platform/binary.ts'
import type { Clock } from '../platform/platform.ts'
import { createPipe, type Pipe } from './pipe.ts'

export type FrameData = string | Uint8Array<ArrayBuffer>

type Handshake = { kind: 'opened'; protocol: string } | { kind: 'rejected' }
type Frame = { kind: 'data'; data: FrameData } | { kind: 'close'; code: number; reason: string }

/** One side of an open connection, as its owner uses it. */
export interface LinkEnd {
  send(data: FrameData): void
  /** Begins the closing handshake, or does nothing when this side has begun it already. */
  close(code: number, reason: string): void
  readonly bufferedAmount: number
}

/** Events for the owner of an end, each in its own tick. `closed` is the last one. */
export interface EndOwner {
  received(data: FrameData): void
  /** `code` is 1005 for a close frame without one, 1006 (and `wasClean` false) when no close frame came. */
  closed(code: number, reason: string, wasClean: boolean): void
}

export interface ClientOwner extends EndOwner {
  /** The server switched protocols. A failed handshake is only reported by `closed` (1006). */
  opened(protocol: string): void
}

export interface Link {
  readonly client: LinkEnd
  readonly server: LinkEnd
  /** Switches protocols. Before this call nothing can be sent either way. */
  accept(protocol: string, owner: EndOwner): void
  /** Refuses the upgrade by plain HTTP. */
  reject(): void
  /** Breaks the connection: frames on their way are lost, and both sides get 1006 in a later tick. */
  drop(): void
  /** Breaks it without an event for the client and without a timer left. The server's side gets its event inside the call. */
  discard(): void
  /** Nothing can be sent any more, either way. */
  readonly isGone: boolean
}

export interface LinkOptions {
  clock: Clock
  latencyMs: number
  client: ClientOwner
  /** While true, frames of both sides are lost. */
  isSilent(): boolean
  /** Both sides are done with it. */
  onGone(): void
}

/** How long Chromium waits for the server's close frame, and `ws` for the client's. */
const CLIENT_CLOSE_TIMEOUT_MS = 60_000
const SERVER_CLOSE_TIMEOUT_MS = 30_000

interface End extends LinkEnd {
  receive(frame: Frame): void
  finish(code: number, reason: string, wasClean: boolean): void
}

/**
 * A connection that is being opened.
 *
 * Frames keep their order, also behind `opened`: a frame that the server sends at once arrives after it.
 */
export function createLink({ clock, latencyMs, client: clientOwner, isSilent, onGone }: LinkOptions): Link {
  let serverOwner: EndOwner | undefined
  let isGone = false
  let isMuted = false
  let stopTelling = () => {}
  const openEnds = new Set<End>()

  const toServer: Pipe<Frame> = createPipe({ clock, latencyMs, deliver: (frame) => server.receive(frame) })
  const toClient: Pipe<Handshake | Frame> = createPipe({
    clock,
    latencyMs,
    deliver(item) {
      if (item.kind === 'opened') clientOwner.opened(item.protocol)
      else if (item.kind === 'rejected') drop()
      else client.receive(item)
    },
  })
  const client = createEnd(toServer, () => (isMuted ? undefined : clientOwner), CLIENT_CLOSE_TIMEOUT_MS)
  const server = createEnd(toClient, () => serverOwner, SERVER_CLOSE_TIMEOUT_MS)

  function createEnd(out: Pipe<Frame>, owner: () => EndOwner | undefined, closeTimeoutMs: number): End {
    let closeSent = false
    let stopWaiting = () => {}

    const end: End = {
      send(data) {
        if (!closeSent && !isSilent()) out.push({ kind: 'data', data }, sizeOf(data))
      },
      close(code, reason) {
        if (closeSent || !openEnds.has(end)) return
        closeSent = true
        if (!isSilent()) out.push({ kind: 'close', code, reason })
        // A peer that never answers must not keep this side closing for ever.
        stopWaiting = clock.setTimer(drop, closeTimeoutMs)
      },
      receive(frame) {
        if (isSilent() || !openEnds.has(end)) return
        if (frame.kind === 'data') return owner()?.received(frame.data)
        if (!closeSent) out.push({ kind: 'close', code: frame.code, reason: frame.reason })
        closeSent = true
        end.finish(frame.code, frame.reason, true)
      },
      finish(code, reason, wasClean) {
        if (!openEnds.delete(end)) return
        stopWaiting()
        owner()?.closed(code, reason, wasClean)
        if (openEnds.size > 0) return
        breakDown()
        onGone()
      },
      get bufferedAmount() {
        return out.bytesUnderWay
      },
    }
    openEnds.add(end)
    return end
  }

  function breakDown() {
    isGone = true
    toServer.cut()
    toClient.cut()
  }

  function finishBoth() {
    server.finish(CLOSE.abnormal, '', false)
    client.finish(CLOSE.abnormal, '', false)
  }

  function drop() {
    if (isGone) return
    breakDown()
    stopTelling = clock.setTimer(finishBoth, 0)
  }

  return {
    client,
    server,
    accept(protocol, owner) {
      serverOwner = owner
      toClient.push({ kind: 'opened', protocol })
    },
    reject: () => toClient.push({ kind: 'rejected' }),
    drop,
    discard() {
      isMuted = true
      breakDown()
      stopTelling()
      finishBoth()
    },
    get isGone() {
      return isGone
    },
  }
}
