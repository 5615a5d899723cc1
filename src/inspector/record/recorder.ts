// Everything that the panel shows, collected from the public events and snapshots alone. It is bounded, read-only, and
// holds no credential.

import type { AuthEvents } from '../../auth/auth-events.ts'
import type { AuthSnapshot } from '../../auth/auth-snapshot.ts'
import type { UnifiedAuthService } from '../../auth/unified-auth-service.ts'
import { isBlob } from '../../platform/binary.ts'
import { createEmitter } from '../../platform/emitter.ts'
import type { Clock } from '../../platform/platform.ts'
import { reportUncaught } from '../../platform/system-platform.ts'
import type { SocketSnapshot } from '../../socket/snapshot.ts'
import type { SocketEvents } from '../../socket/socket-events.ts'
import type { TicketSocket } from '../../socket/ticket-socket.ts'
import { AUTH_WORDS, type Happening, SOCKET_WORDS, type Tone } from './describe-events.ts'
import { type PhaseSpan, type PhaseTime, phasesBefore } from './phases.ts'
import { recordSends } from './record-sends.ts'
import { createRing } from './ring.ts'
import { safeMessage, safeString } from './safe-text.ts'
import { type TicketHappening, type TicketRow, ticketsAfter } from './ticket-rows.ts'

/** A socket with messages of any type. */
export type ObservedSocket = TicketSocket
export type ObservedAuth = Pick<UnifiedAuthService, 'store' | 'on' | 'resetTicketFailures' | 'clearTicketCache'>

export interface TimelineEntry {
  readonly id: number
  /** Milliseconds since 1970, for display. */
  readonly at: number
  readonly tone: Tone
  readonly title: string
  readonly detail?: string
  /** For the end of an attempt or a connection: its time in each phase. */
  readonly phases?: readonly PhaseTime[]
}

export interface RecordedMessage {
  readonly id: number
  readonly at: number
  readonly direction: 'in' | 'out'
  readonly type: string
  /** Indented JSON, credentials hidden, cut where it is long. */
  readonly text: string
  /** For a sent message: the status in the receipt of `send()`. */
  readonly receipt?: string
}

export interface RttSample {
  /** On the clock that never goes back. */
  readonly now: number
  readonly rttMs: number
}

export interface Recording {
  /** Changes with the user. A view then drops everything that it keeps of the previous user. */
  readonly user: number
  readonly socket: SocketSnapshot
  readonly auth: AuthSnapshot
  readonly phases: readonly PhaseSpan[]
  readonly rtt: readonly RttSample[]
  /** When an open connection was lost, on the same clock as `phases`. */
  readonly losses: readonly number[]
  /** Oldest first, like everything here but the tickets. */
  readonly timeline: readonly TimelineEntry[]
  readonly messages: readonly RecordedMessage[]
  /** The number of all messages; the list drops the oldest. */
  readonly messageCount: number
  readonly tickets: readonly TicketRow[]
  /** Whether sent messages are recorded as well. */
  readonly recordsSends: boolean
}

export interface Recorder {
  recording(): Recording
  /** Calls back after every change; often. */
  onChange(listener: () => void): () => void
  /** Calls back when the user changes or signs out. Nothing of the previous user is left in the recording. */
  onForget(listener: () => void): () => void
  /** Adds an entry of the app to the time line. */
  note(happening: Happening): void
  clearMessages(): void
  stop(): void
}

/** A type is a short name. The message's text shows a longer one in full. */
const MAX_TYPE = 80
const short = (type: string) => (type.length > MAX_TYPE ? `${type.slice(0, MAX_TYPE)}…` : type)

/** Events that end an attempt or a connection. */
const ENDINGS: ReadonlySet<keyof SocketEvents> = new Set(['open', 'lost', 'closed', 'failed'])

const CAPACITY = { phases: 500, rtt: 300, losses: 100, timeline: 300, messages: 500 } as const

export interface RecorderDeps {
  socket: ObservedSocket
  auth: ObservedAuth
  clock: Clock
  recordSends: boolean
}

export function createRecorder({ socket, auth, clock, recordSends: recordsSends }: RecorderDeps): Recorder {
  const changes = createEmitter<{ changed: undefined; forgotten: undefined }>(reportUncaught)
  const phases = createRing<PhaseSpan>(CAPACITY.phases)
  const rtt = createRing<RttSample>(CAPACITY.rtt)
  const losses = createRing<number>(CAPACITY.losses)
  const timeline = createRing<TimelineEntry>(CAPACITY.timeline)
  const messages = createRing<RecordedMessage>(CAPACITY.messages)
  let tickets: readonly TicketRow[] = []
  let lastId = 0
  let messageCount = 0
  let user = 0

  const changed = () => changes.emit('changed', undefined)

  function note({ tone = 'you', title, detail }: Happening, led: readonly PhaseTime[] = []) {
    const id = ++lastId
    const words = { title: safeString(title), ...(detail !== undefined && { detail: safeString(detail) }) }
    timeline.push({ id, at: clock.wallNow(), tone, ...words, ...(led.length > 0 && { phases: led }) })
    changed()
  }

  function noteMessage(direction: 'in' | 'out', message: unknown, receipt?: string) {
    // A Blob has a type, too: its media type.
    const isMessage = message !== null && typeof message === 'object' && 'type' in message && !isBlob(message)
    const type = isMessage ? message.type : null
    messageCount++
    messages.push({
      id: ++lastId,
      at: clock.wallNow(),
      direction,
      type: typeof type === 'string' ? short(safeString(type)) : '(binary)',
      text: safeMessage(message),
      ...(receipt !== undefined && { receipt }),
    })
    changed()
  }

  function noteTicket(happening: TicketHappening) {
    tickets = ticketsAfter(tickets, happening, clock.wallNow())
    changed()
  }

  function notePhase({ phase }: SocketSnapshot) {
    if (phases.newest()?.phase !== phase) phases.push({ phase, from: clock.now() })
    changed()
  }

  /** Nothing of one user is shown to the next. */
  function forgetUser() {
    timeline.clear()
    messages.clear()
    tickets = []
    user++
    changes.emit('forgotten', undefined)
  }

  notePhase(socket.store.getState())
  const stops = [
    auth.on('userChanged', forgetUser),
    ...(Object.keys(AUTH_WORDS) as (keyof AuthEvents)[]).map((name) =>
      auth.on(name, (event) => note(AUTH_WORDS[name]?.(event as never) as Happening)),
    ),
    auth.on('ticketIssued', (event) => noteTicket({ type: 'issued', ...event })),
    auth.on('ticketTaken', ({ handle }) => noteTicket({ type: 'taken', handle })),
    auth.store.subscribe((now, before) => {
      if (now.prefetched?.handle === before.prefetched?.handle) return changed()
      noteTicket({ type: 'spare', handle: now.prefetched?.handle ?? null })
    }),
    ...(Object.keys(SOCKET_WORDS) as (keyof SocketEvents)[]).map((name) =>
      socket.on(name, (event) => {
        // The phase has changed before this event.
        const led = ENDINGS.has(name) ? phasesBefore(phases.items()) : []
        note(SOCKET_WORDS[name]?.(event as never) as Happening, led)
      }),
    ),
    socket.on('open', ({ method }) => method === 'ticket' && noteTicket({ type: 'opened' })),
    socket.on('lost', ({ error }) => error.code === 'ticket_rejected' && noteTicket({ type: 'refused' })),
    socket.on('lost', () => phases.items().at(-2)?.phase === 'open' && losses.push(clock.now())),
    socket.on('message', (message) => noteMessage('in', message)),
    socket.on('binary', (data) => noteMessage('in', data)),
    socket.store.subscribe((now, before) => {
      if (now.rttMs !== null && now.rttMs !== before.rttMs) rtt.push({ now: clock.now(), rttMs: now.rttMs })
      notePhase(now)
    }),
    recordsSends ? recordSends(socket, (message, receipt) => noteMessage('out', message, receipt)) : () => {},
  ]

  return {
    recording: () => ({
      user,
      socket: socket.store.getState(),
      auth: auth.store.getState(),
      phases: phases.items(),
      rtt: rtt.items(),
      losses: losses.items(),
      timeline: timeline.items(),
      messages: messages.items(),
      messageCount,
      tickets,
      recordsSends,
    }),
    onChange: (listener) => changes.on('changed', listener),
    onForget: (listener) => changes.on('forgotten', listener),
    note,
    clearMessages() {
      messages.clear()
      changed()
    },
    stop() {
      for (const stop of stops) stop()
      changes.clear()
    },
  }
}
