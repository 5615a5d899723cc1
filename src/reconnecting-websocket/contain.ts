// Replaces the library's own way to connect. In the library a close during a wait leaves a lock for ever, timers outlive
// `close()`, an error becomes a clean close 1000, a close code that browsers refuse leaves a second socket behind, a listener
// that throws keeps the others from being called, and one message that cannot be sent makes the whole queue be sent again.

import { type CredentialSource, onSessionChange } from '../auth/credential.ts'
import { type CloseVerdict, classify } from '../contract/close-codes.ts'
import { attempt } from '../platform/guarded-platform.ts'
import { parseClose, parseData, requireArgument } from '../platform/web-socket-arguments.ts'
import { createErrorEvent } from '../platform/web-socket-events.ts'
import { MAX_SESSIONS_REFUSED, SETTLE_MS } from '../socket/after-close.ts'
import { MAX_AT_ONCE } from '../socket/after-loss.ts'
import { type CloseMeaningOf, meaningOfClose } from '../socket/authenticated-web-socket.ts'
import { sessionsRefused } from '../socket/connection-errors.ts'
import type { Library } from './library.ts'
import type { ResolvedReconnectingOptions } from './options.ts'
import type { SocketWitness } from './witnessed-web-socket.ts'

export interface ContainDeps
  extends Omit<ResolvedReconnectingOptions, 'urlTimeoutMs' | 'allowCredentialInUrl' | 'allowInsecure'> {
  auth: CredentialSource
  address: string
  WebSocket: typeof WebSocket
}

export function contain(socket: Library, deps: ContainDeps): SocketWitness {
  const { auth, address, protocols, WebSocket, connectionTimeout, maxRetries, minUptime } = deps
  const { clock, random } = deps.platform
  const library = {
    close: socket.close.bind(socket),
    reconnect: socket.reconnect.bind(socket),
    send: socket.send.bind(socket),
  }
  let cancelWait: (() => void) | null = null
  let cancelDeadline = () => {}
  let cancelUptime = () => {}
  let lastVerdict: CloseVerdict | null = null
  /** Consecutive attempts without a wait after a refused ticket. They count as one attempt with the one before them. */
  let atOnce = 0
  /** Consecutive sessions that the server accepted, and ended within 5 s by refusing their credential. */
  let refusedInARow = 0
  /** Never, of a dial that has not opened. */
  let openedAt = Number.POSITIVE_INFINITY
  /** The present socket. Events of earlier ones are ignored. */
  let current: WebSocket | null = null
  /** Whether the app wants it connected, for any user. */
  let stopListening: (() => void) | null = null

  function delayMs(): number {
    if (atOnce > 0 || socket._retryCount === 0 || (socket._retryCount === 1 && isAtOnce(lastVerdict))) return 0
    const { minReconnectionDelay, maxReconnectionDelay, reconnectionDelayGrowFactor } = deps
    const grown = minReconnectionDelay * reconnectionDelayGrowFactor ** (socket._retryCount - 1)
    const jittered = Math.min(maxReconnectionDelay, grown) * random()
    const hint = lastVerdict?.kind === 'reconnect' ? (lastVerdict.retryAfterMs ?? 0) : 0
    return hint + jittered
  }

  /** Infinity means never: `setTimeout` would call back at once. */
  const after = (ms: number, callback: () => void) =>
    ms === Number.POSITIVE_INFINITY ? () => {} : clock.setTimer(callback, ms)

  /** The handler first and then the listeners, each of them even if another one throws. */
  function emit(event: Event) {
    const type = event.type as 'open' | 'message' | 'error' | 'close'
    socket._debug(`${type} event`)
    attempt(() => socket[`on${type}`]?.(event as never), undefined)
    for (const listener of [...socket._listeners[type]]) {
      attempt(() => socket._callEventListener(event, listener), undefined)
    }
  }

  function stopWaiting() {
    cancelWait?.()
    cancelWait = null
  }

  function dial() {
    cancelWait = null
    openedAt = Number.POSITIVE_INFINITY
    const dialled = new WebSocket(address, protocols)
    // This constructor called the app's `url` or `getToken`, which has closed or reconnected the socket.
    if (cancelWait || !socket._shouldReconnect) return dialled.close()
    dialled.binaryType = socket._binaryType
    current = socket._ws = dialled
    socket._addListeners()
    cancelDeadline()
    cancelDeadline = after(connectionTimeout, () => dialled.close())
  }

  function sessionChanged(signedIn: boolean) {
    // Messages in the queue are the previous user's, or were sent while nobody was signed in.
    socket._messageQueue = []
    if (signedIn) return socket.reconnect()
    socket._shouldReconnect = false
    stopWaiting()
  }

  socket._connect = () => {
    const isRedial = atOnce > 0
    if (cancelWait || !socket._shouldReconnect || (!isRedial && socket._retryCount >= maxRetries)) return
    if (!isRedial) socket._retryCount++
    socket._removeListeners()
    cancelWait = clock.setTimer(dial, delayMs())
  }

  socket._clearTimeouts = () => {
    cancelDeadline()
    cancelUptime()
  }

  /** As in `createTicketSocket`: the client stops after a few sessions that the server accepts and ends at once. */
  function mustSignIn({ verdict, wasAccepted }: CloseMeaningOf): boolean {
    if (clock.now() - openedAt >= SETTLE_MS) refusedInARow = 0
    else if (verdict.kind === 'refused' && wasAccepted) refusedInARow++
    return refusedInARow >= MAX_SESSIONS_REFUSED
  }

  socket._handleOpen = (event) => {
    openedAt = clock.now()
    cancelUptime = after(minUptime, () => socket._acceptOpen())
    // Removed before it is sent: a message that cannot be sent now could not be sent later either.
    const queue = socket._messageQueue
    socket._messageQueue = []
    for (const message of queue) attempt(() => library.send(message), undefined)
    emit(event)
  }

  socket._handleMessage = emit

  socket._handleClose = (event) => {
    socket._clearTimeouts()
    if (socket._shouldReconnect) socket._connect()
    emit(event)
  }

  socket.send = (...given) => {
    // A queued message would throw where the app cannot catch it.
    requireArgument(given, 'send')
    library.send(parseData(given[0]))
  }

  socket.close = (code, reason) => {
    // Thrown before any change: the library would stop reconnecting, and leave the socket open.
    parseClose(code ?? 1000, reason)
    library.close(code, reason)
    stopListening?.()
    stopListening = null
    stopWaiting()
  }

  socket.reconnect = (code, reason) => {
    if (!stopListening) {
      // It was closed: messages queued since then may be another user's.
      socket._messageQueue = []
      stopListening = onSessionChange(auth, sessionChanged)
    }
    stopWaiting()
    lastVerdict = null
    atOnce = 0
    refusedInARow = 0
    current = null
    // A code that no browser sends would throw, be swallowed, and leave the socket open beside the next one.
    if (maySend(code, reason)) library.reconnect(code, reason)
    else library.reconnect(1000)
  }

  return {
    opened(which) {
      if (which === current) cancelDeadline()
    },
    failed(which, event) {
      if (which !== current) return
      emit(event)
    },
    closing(which, event) {
      if (which !== current) return
      cancelDeadline()
      const meaning = meaningOfClose(event)
      const { verdict, advice } = meaning ?? {}
      lastVerdict = verdict ?? classify(event.code, event.reason, null)
      atOnce = advice === 'redial' && atOnce < MAX_AT_ONCE ? atOnce + 1 : 0
      if (lastVerdict.kind === 'stop' || lastVerdict.kind === 'done') socket._shouldReconnect = false
      if (!meaning || !mustSignIn(meaning)) return
      socket._shouldReconnect = false
      emit(createErrorEvent(sessionsRefused(refusedInARow, { closeDetails: event }, 'reconnect()')))
    },
  }
}

function maySend(code: number | undefined, reason: string | undefined): boolean {
  try {
    parseClose(code ?? 1000, reason)
    return true
  } catch {
    return false
  }
}

const isAtOnce = (verdict: CloseVerdict | null) => verdict?.kind === 'reconnect' && verdict.pace === 'now'
