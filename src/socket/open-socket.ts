// One browser socket that always reports its end once: also where a browser fires `error` and no `close`, where its constructor
// throws, and where the page's Content-Security-Policy blocks it.

import { REPORT_WAIT_MS, watchPolicy } from '../auth/content-policy.ts'
import type { Credential } from '../auth/credential.ts'
import { CLOSE } from '../contract/close-codes.ts'
import type { TicketSocketError } from '../contract/errors.ts'
import type { Platform, SocketLike } from '../platform/platform.ts'
import { maskedCause } from '../platform/redact.ts'
import type { CloseDetails } from '../platform/web-socket-events.ts'
import { constructorThrew } from './connection-errors.ts'
import { redactFor } from './judge-close.ts'

export interface OpenSocketDeps {
  platform: Platform
  /** The app's own. */
  url: string
  credential: Credential
  /** Called once. An app's function may be behind it, which may throw. */
  protocols: () => readonly string[]
  /** `hasFailed`: with an `error` before it. */
  onClosed: (closeDetails: CloseDetails, hasFailed: boolean) => void
  /** The browser made no connection, and will make none: the credential has not left the page. */
  onNotDialled: (error: TicketSocketError) => void
}

export interface OpenedSocket {
  /** Null where the constructor threw. */
  socket: SocketLike | null
  /** Nothing more is reported. */
  detach(): void
}

const CLOSED = 3
const failed = (): CloseDetails => ({ code: CLOSE.abnormal, reason: '', wasClean: false })

export function openSocket({
  platform,
  url,
  credential,
  protocols,
  onClosed,
  onNotDialled,
}: OpenSocketDeps): OpenedSocket {
  const { clock, page } = platform
  let isDetached = false
  let blocked: TicketSocketError | null = null
  let cancel = () => {}
  let stopWatching: (() => void) | undefined
  const socket = construct()

  function detach() {
    isDetached = true
    cancel()
    stopWatching?.()
    // `onerror` stays: an abandoned socket of the `ws` package throws what nobody listens for.
    if (socket) socket.onopen = socket.onmessage = socket.onclose = null
  }

  function closed(closeDetails: CloseDetails, hasFailed: boolean) {
    detach()
    onClosed(closeDetails, hasFailed)
  }

  function notDialled(error: TicketSocketError) {
    detach()
    onNotDialled(error)
  }

  /** Ends what is over without a word. A socket that connects or is open was not blocked: another to the same URL was. */
  function settle() {
    if (socket && socket.readyState !== CLOSED) blocked = null
    else if (blocked) notDialled(blocked)
    else closed(failed(), true)
  }

  function later(work: () => void, ms: number) {
    cancel()
    if (!isDetached) cancel = clock.setTimer(work, ms)
  }

  function construct(): SocketLike | null {
    try {
      const address = credential.url(url)
      const offered = protocols()
      stopWatching = watchPolicy(page, address, (error) => {
        blocked = error
        later(settle, 0)
      })
      const { WebSocket } = platform
      return offered.length > 0 ? new WebSocket(address, [...offered]) : new WebSocket(address)
    } catch (error) {
      // Reported later: no caller expects it within this call, and why it threw may follow as an event of the page.
      const cause = maskedCause(error, (text) => redactFor(credential, text))
      later(() => notDialled(blocked ?? constructorThrew(cause)), stopWatching ? REPORT_WAIT_MS : 0)
      return null
    }
  }

  if (socket) {
    let hasFailed = false
    socket.onclose = (event: CloseDetails) => closed(event, hasFailed)
    socket.onerror = () => {
      hasFailed = true
      // WebKit fires nothing else for a blocked port, nor Chromium for what the policy blocks. Where `close` follows, it says more.
      later(settle, blocked ? 0 : REPORT_WAIT_MS)
    }
  }
  return { socket, detach }
}
