// The WebSocket of one attempt. It reports to its caller what happens; once `stop` was called it reports nothing more.

import type { Advice, Credential } from '../auth/credential.ts'
import { CLOSE, type CloseVerdict } from '../contract/close-codes.ts'
import type { TicketSocketError } from '../contract/errors.ts'
import { SUBPROTOCOL } from '../contract/wire.ts'
import { sizeOf } from '../platform/binary.ts'
import type { Platform } from '../platform/platform.ts'
import type { CloseDetails } from '../platform/web-socket-events.ts'
import type { ReceivedFrame } from './frames.ts'
import { type JudgeClose, outcomeOf, redactFor, type Stage } from './judge-close.ts'
import type { MessageLimit } from './message-limit.ts'
import { openSocket } from './open-socket.ts'
import type { OutgoingFrame } from './outgoing-frame.ts'

export interface AttemptSocketDeps {
  url: string
  /** The one to dial with. */
  credential: Credential
  platform: Platform
  limit: MessageLimit
  /** `negotiated`: the server selected `ticket-socket.v1`. */
  onOpened: (negotiated: boolean) => void
  onFrame: (data: ReceivedFrame) => void
  /** Decides what a close means. */
  judge: JudgeClose
  /** The reason in `closeDetails` holds no credential. */
  onClosed: (verdict: CloseVerdict, closeDetails: CloseDetails, advice?: Advice) => void
  /** The browser made no connection. */
  onNotDialled: (error: TicketSocketError) => void
}

export interface AttemptSocket {
  /** False when the socket takes nothing any more, or the server takes nothing so large; the frame is then not sent. */
  send(data: OutgoingFrame, bytes?: number): boolean
  /** What the socket took and has not sent yet, in bytes. */
  bufferedAmount(): number
  /** The server accepted the credential: a later close says nothing against it. */
  accepted(): void
  /** The session goes on with another credential: what becomes of it is reported to that one. */
  renewed(by: Credential): void
  /** Closes and falls silent, whatever the network does. */
  stop(): void
}

const OPEN = 1

export function openAttemptSocket(deps: AttemptSocketDeps): AttemptSocket {
  const { url, platform, limit, onOpened, onFrame, judge, onClosed, onNotDialled } = deps
  let credential = deps.credential
  let stage: Stage = 'opening'
  let negotiated = false
  const opened = openSocket({
    platform,
    url,
    credential,
    protocols: () => credential.protocols(),
    onClosed: ended,
    onNotDialled(error) {
      socket = null
      credential.report({ kind: 'unused' })
      onNotDialled(error)
    },
  })
  let { socket } = opened

  function ended({ code, reason, wasClean }: CloseDetails) {
    socket = null
    const closeDetails = Object.freeze({ code, reason: redactFor(credential, reason), wasClean })
    const verdict = judge({ reason, closeDetails, stage, negotiated, method: credential.method })
    // The app may say that its server means a credential by this code.
    if (code === CLOSE.tooLarge && verdict.kind !== 'refused') limit.exceeded()
    limit.forget()
    onClosed(verdict, closeDetails, credential.report(outcomeOf(verdict, code)))
  }

  if (socket) {
    socket.binaryType = 'arraybuffer'
    socket.onopen = () => {
      stage = 'unaccepted'
      negotiated = socket?.protocol === SUBPROTOCOL
      onOpened(negotiated)
    }
    socket.onmessage = ({ data }: { data: ReceivedFrame }) => onFrame(data)
  }

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
      credential.report({ kind: 'accepted' })
    },
    renewed(by) {
      credential.report({ kind: 'ended' })
      credential = by
    },
    stop() {
      opened.detach()
      if (!socket) return
      const abandoned = socket
      socket = null
      limit.forget()
      abandoned.close(1000)
    },
  }
}
