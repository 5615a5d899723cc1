// One connection for a client that knows nothing of credentials: obtains one, dials with it, and reports what became of
// it. The caller's callbacks receive the opening, messages and, exactly once, the end; nothing after that.

import {
  type Advice,
  type Credential,
  type CredentialSource,
  keepPrefetched,
  type Outcome,
  onSessionChange,
} from '../auth/credential.ts'
import { nobodySignedIn } from '../auth/credential-errors.ts'
import { CLOSE, type CloseVerdict } from '../contract/close-codes.ts'
import { isTicketSocketError, type TicketSocketError } from '../contract/errors.ts'
import type { Platform, SocketLike } from '../platform/platform.ts'
import { type CloseFrame, distinctProtocols, NO_CLOSE_CODE } from '../platform/web-socket-arguments.ts'
import type { CloseDetails } from '../platform/web-socket-events.ts'
import type { Destination } from './destination.ts'
import { isErrorText } from './frames.ts'
import { type JudgeClose, outcomeOf, redactFor, type Stage } from './judge-close.ts'
import { type OpenedSocket, openSocket } from './open-socket.ts'
import { createPrefetchLease, type PrefetchLease } from './prefetch-lease.ts'
import { withoutOwnFrames } from './web-socket-arguments.ts'

/** How it ended. `failed`: a browser would fire `error` first. */
export interface Ending extends CloseDetails {
  failed: boolean
  error?: TicketSocketError
  /** What a close by the server means. */
  verdict?: CloseVerdict
  /** Of a refusal: how a caller that dials again may go on. */
  advice?: Advice | undefined
  /** The server had accepted the credential. */
  wasAccepted?: boolean
}

export interface AuthenticatedDialDeps {
  auth: CredentialSource
  destination: Destination
  /** The app's own. */
  protocols: readonly string[]
  allowAnonymous: boolean
  /** Decides what a close means. */
  judge: JudgeClose
  platform: Platform
  /** `url`: the app's own, without the ticket. */
  onDialled: (socket: SocketLike, url: string) => void
  onOpened: () => void
  onMessage: (data: unknown) => void
  onEnded: (ending: Ending) => void
}

export interface AuthenticatedDial {
  /** A message was handed to the socket. */
  noteMessage(): void
  close(frame: CloseFrame): void
}

/** When a connection without a message counts as accepted: a server that refuses late has done so by then. */
const SETTLE_MS = 5_000

const abnormal = (): Ending => ({ code: CLOSE.abnormal, reason: '', wasClean: false, failed: true })

export function dialAuthenticated(deps: AuthenticatedDialDeps): AuthenticatedDial {
  const { auth, destination, protocols, allowAnonymous, judge, platform } = deps
  const acquiring = new AbortController()
  let dialled: (OpenedSocket & { credential: Credential }) | null = null
  let hasOpened = false
  let hasEnded = false
  /** The app has closed it, in these words. */
  let leaving: CloseFrame | null = null
  let stopSettling = () => {}
  /** While it is open a ticket is kept prefetched: the owner of the socket dials again when it is lost. */
  let lease: PrefetchLease | null = null
  const stopListening = onSessionChange(auth, (signedIn) => {
    // Closing after it was open, it ends as the app wanted it.
    if (leaving && hasOpened) return end({ ...leaving, wasClean: true, failed: false })
    const isOpen = dialled?.socket?.readyState === 1
    end({ ...(signedIn ? endedByChange() : endedBySignOut()), wasClean: isOpen, failed: !isOpen })
  })

  /** A connection that carries nothing more needs no timer and no ticket for its successor. */
  function rest() {
    stopSettling()
    lease?.stop()
    lease = null
  }

  /** What the client or the app decided says nothing about the credential. */
  function end(ending: Ending, outcome: Outcome = { kind: 'ended' }) {
    if (hasEnded) return
    hasEnded = true
    stopListening()
    rest()
    acquiring.abort()
    let advice: Advice | undefined
    if (dialled) {
      const { socket, credential, detach } = dialled
      advice = credential.report(leaving && socket ? { kind: 'ended' } : outcome)
      detach()
      socket?.close()
    }
    deps.onEnded({ ...ending, advice })
  }

  async function begin() {
    try {
      const { url, credential } = await destination.prepare(acquiring.signal)
      if (hasEnded) credential.report({ kind: 'unused' })
      else dial(url, credential)
    } catch (error) {
      end(endingOf(error))
    }
  }

  function dial(url: string, credential: Credential) {
    if (credential.method === 'none' && !allowAnonymous) {
      credential.report({ kind: 'unused' })
      return end(endingOf(nobodySignedIn('Connect')))
    }
    let stage: Stage = 'opening'
    const accepted = () => {
      stage = 'accepted'
      stopSettling()
      credential.report({ kind: 'accepted' })
    }
    const { socket, detach } = openSocket({
      platform,
      url,
      credential,
      protocols: () => offers(credential, protocols),
      onClosed({ code, reason, wasClean }, hasFailed) {
        const ending = { code, reason, wasClean, failed: hasFailed || !hasOpened }
        // What the app wanted means nothing.
        if (leaving) return end(ending)
        const closeDetails = { code, reason: redactFor(credential, reason), wasClean }
        // `ticket-socket.v1` is never offered here.
        const verdict = judge({ reason, closeDetails, stage, negotiated: false, method: credential.method })
        end({ ...ending, verdict, wasAccepted: stage === 'accepted' }, outcomeOf(verdict, code))
      },
      onNotDialled: (error) => end(endingOf(error), { kind: 'unused' }),
    })
    dialled = { socket, detach, credential }
    if (!socket) return
    socket.onopen = () => {
      hasOpened = true
      stage = 'unaccepted'
      stopSettling = platform.clock.setTimer(accepted, SETTLE_MS)
      lease = createPrefetchLease({ clock: platform.clock, keepPrefetched: () => keepPrefetched(auth) })
      deps.onOpened()
    }
    socket.onmessage = ({ data }: { data: unknown }) => {
      // A server without a protocol for it may announce a refusal like this. The owner gets it as it came.
      if (stage !== 'accepted' && !isErrorText(data)) accepted()
      lease?.noteMessage()
      deps.onMessage(data)
    }
    deps.onDialled(socket, url)
  }

  void begin()
  return {
    noteMessage: () => lease?.noteMessage(),
    close(frame) {
      leaving = frame
      const socket = dialled?.socket
      if (!socket) return end(abnormal(), { kind: 'unused' })
      // A server that does not answer the close frame keeps the close event away for a minute or more.
      socket.onopen = socket.onmessage = null
      rest()
      if (frame.code === NO_CLOSE_CODE) socket.close()
      else socket.close(frame.code, frame.reason)
    },
  }
}

/** The app's own come first, so that a server which takes the first takes theirs. With a ticket nothing of ours is needed. */
function offers(credential: Credential, protocols: readonly string[]): string[] {
  const ours = credential.method === 'jwt' ? withoutOwnFrames(credential.protocols()) : []
  return distinctProtocols([...protocols, ...ours])
}

// ── endings that no server said ──────────────────────────────────────────────────────────────────────────────────

const endedBySignOut = () => ({ code: CLOSE.unauthorized, reason: 'unauthenticated' })
/** Clients come back after this one, and then as the user who is signed in. */
const endedByChange = () => ({ code: CLOSE.expired, reason: 'expired' })

/** 1006 for what may pass by itself; a code at which well-behaved clients stop for what will not. */
function endingOf(error: unknown): Ending {
  if (!isTicketSocketError(error)) return abnormal()
  switch (error.code) {
    case 'unauthenticated':
    case 'signed_out':
      return { ...abnormal(), ...endedBySignOut(), error }
    case 'forbidden':
      return { ...abnormal(), code: CLOSE.forbidden, reason: 'permission', error }
    case 'aborted':
      return { ...abnormal(), error }
    default:
      return error.retryable
        ? { ...abnormal(), error }
        : { ...abnormal(), code: CLOSE.badRequest, reason: 'bad_request', error }
  }
}
