// One WebSocket, for one attempt. It reports what happened to its caller; once `stop` was called it reports nothing more.

import type { Advice, Grant } from '../auth/credential.ts'
import { CLOSE, type CloseVerdict } from '../contract/close-codes.ts'
import { SUBPROTOCOL } from '../contract/wire.ts'
import { sizeOf } from '../platform/binary.ts'
import type { Clock, SocketConstructor, SocketLike } from '../platform/platform.ts'
import type { CloseDetails } from '../platform/web-socket-events.ts'
import type { ReceivedFrame } from './frames.ts'
import { type JudgeClose, outcomeOf, redactFor, type Stage } from './judge-close.ts'
import type { MessageLimit } from './message-limit.ts'
import type { OutgoingFrame } from './outgoing-frame.ts'

export interface LinkDeps {
  url: string
  /** The one to dial with. */
  grant: Grant
  WebSocket: SocketConstructor
  clock: Clock
  limit: MessageLimit
  /** `negotiated`: the server selected `ticket-socket.v1`. */
  onOpened: (negotiated: boolean) => void
  onFrame: (data: ReceivedFrame) => void
  /** Decides what a close means. */
  judge: JudgeClose
  /** `closeDetails`: null where no socket was made. The reason holds no credential. */
  onClosed: (verdict: CloseVerdict, closeDetails: CloseDetails | null, advice?: Advice) => void
}

export interface Link {
  /** False when the socket takes nothing any more, or the server takes nothing so large; the frame is then not sent. */
  send(data: OutgoingFrame, bytes?: number): boolean
  /** What the socket took and has not sent yet, in bytes. */
  bufferedAmount(): number
  /** The server accepted the credential: a later close says nothing against it. */
  accepted(): void
  /** The session goes on with another credential: what becomes of it is reported to that one. */
  renewed(by: Grant): void
  /** Closes and falls silent, whatever the network does. */
  stop(): void
}

const OPEN = 1

export function dial(deps: LinkDeps): Link {
  const { url, WebSocket, clock, limit, onOpened, onFrame, judge, onClosed } = deps
  let { grant } = deps
  let stage: Stage = 'opening'
  let negotiated = false
  let socket: SocketLike | null = null

  function detach() {
    const detached = socket
    socket = null
    if (detached) {
      detached.onopen = detached.onmessage = detached.onclose = null
    }
    // `onerror` stays: an abandoned socket of the `ws` package throws what nobody listens for.
    return detached
  }

  function ended({ code, reason, wasClean }: CloseDetails) {
    detach()
    const closeDetails = Object.freeze({ code, reason: redactFor(grant, reason), wasClean })
    const verdict = judge({ reason, closeDetails, stage, negotiated, method: grant.method })
    // The app may say that its server means a credential by this code.
    if (code === CLOSE.tooLarge && verdict.kind !== 'refused') limit.exceeded()
    limit.forget()
    onClosed(verdict, closeDetails, grant.report(outcomeOf(verdict, code)))
  }

  try {
    socket = new WebSocket(grant.url(url), grant.protocols())
  } catch {
    // A browser throws for a URL or subprotocol that it does not allow, such as a JWT with odd characters. The error is
    // not passed on: its words hold the URL. Reported later, since no caller expects it within this call.
    const cancel = clock.setTimer(() => {
      grant.report({ kind: 'unused' })
      onClosed({ kind: 'stop', code: 'protocol' }, null)
    }, 0)
    return { send: () => false, bufferedAmount: () => 0, accepted: () => {}, renewed: () => {}, stop: cancel }
  }

  socket.binaryType = 'arraybuffer'
  socket.onopen = () => {
    stage = 'unaccepted'
    negotiated = socket?.protocol === SUBPROTOCOL
    onOpened(negotiated)
  }
  socket.onmessage = ({ data }: { data: ReceivedFrame }) => onFrame(data)
  socket.onclose = ended
  // An error is always followed by a close, which says more.
  socket.onerror = () => {}

  return {
    send(data, bytes = sizeOf(data)) {
      if (socket?.readyState !== OPEN || bytes > limit.max()) return false
      try {
        socket.send(data)
        limit.sent(bytes)
        return true
      } catch {
        return false
      }
    },
    bufferedAmount: () => socket?.bufferedAmount ?? 0,
    accepted() {
      stage = 'accepted'
      grant.report({ kind: 'accepted' })
    },
    renewed(by) {
      grant.report({ kind: 'ended' })
      grant = by
    },
    stop() {
      const detached = detach()
      if (!detached) return
      limit.forget()
      detached.close(1000)
    },
  }
}
