// The exported recording as plain data, for an issue or a colleague. It holds what the panel shows, and nothing more.

import type { AuthMetrics } from '../auth/auth-monitor.ts'
import type { TicketSocketErrorCode } from '../contract/errors.ts'
import type { SocketSnapshot } from '../socket/snapshot.ts'
import type { SocketMetrics } from '../socket/socket-monitor.ts'
import { shortHandle } from './format.ts'
import type { PhaseSpan } from './record/phases.ts'
import type { RecordedMessage, Recording, RttSample, TimelineEntry } from './record/recorder.ts'
import type { TicketRow } from './record/ticket-rows.ts'

export interface InspectorJournal {
  readonly format: 'ticket-socket-journal'
  readonly version: 1
  /** Milliseconds since 1970. */
  readonly exportedAt: number
  readonly connection: Pick<SocketSnapshot, 'status' | 'phase' | 'method' | 'failedAttempts' | 'rttMs' | 'queued'> & {
    readonly session: string | null
    readonly error: JournalError | null
  }
  readonly auth: {
    readonly ticketAuth: boolean | null
    readonly signedIn: boolean | null
    readonly ticketFailures: number
    readonly maxTicketFailures: number
    readonly reverted: boolean
    readonly lastError: JournalError | null
  }
  readonly metrics: { readonly connection: SocketMetrics; readonly auth: AuthMetrics }
  /** In milliseconds since the page was loaded. */
  readonly phases: readonly PhaseSpan[]
  readonly roundTrips: readonly RttSample[]
  readonly timeline: readonly TimelineEntry[]
  readonly tickets: readonly TicketRow[]
  readonly messages: readonly RecordedMessage[]
}

interface JournalError {
  readonly code: TicketSocketErrorCode
  readonly message: string
}

export function toJournal(
  { socket, auth, phases, rtt, timeline, tickets, messages }: Recording,
  metrics: InspectorJournal['metrics'],
  exportedAt: number,
): InspectorJournal {
  const { status, phase, method, failedAttempts, rttMs, queued } = socket
  const { ticketAuth, signedIn, ticketFailures, maxTicketFailures, reverted } = auth
  return {
    format: 'ticket-socket-journal',
    version: 1,
    exportedAt,
    connection: {
      status,
      phase,
      method,
      failedAttempts,
      rttMs,
      queued,
      session: socket.session && shortHandle(socket.session.id),
      error: plain(socket.error),
    },
    auth: { ticketAuth, signedIn, ticketFailures, maxTicketFailures, reverted, lastError: plain(auth.lastError) },
    metrics,
    phases: [...phases],
    roundTrips: [...rtt],
    timeline: [...timeline],
    tickets: tickets.map((row) => ({ ...row, handle: shortHandle(row.handle) })),
    messages: [...messages],
  }
}

const plain = (error: JournalError | null): JournalError | null => error && { code: error.code, message: error.message }
