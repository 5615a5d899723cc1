// How a connection ends whose server restarts. WebKitGTK delivers 1012 as 1006 without a reason, so the wait would be lost there.
// Where `ticket-socket.v1` is negotiated the server closes with 4512, which every engine delivers.

import { CLOSE, closeReason } from '../contract/close-codes.ts'
import type { Connection } from './connection.ts'
import { sendControlFrame } from './session.ts'

/** Clients that are closed at the same moment reconnect within this time, each after another wait. */
export const RETURN_WITHIN_MS = 5_000

/** Announces that the connection closes within this time. Without the protocol there is no frame for it. */
export function announceRestart(connection: Connection, withinMs: number): void {
  if (connection.spoken) sendControlFrame(connection, { type: 'ts:going_away', deadline_ms: withinMs })
}

/** Closes a connection to which the restart was announced, and names the wait before it may reconnect. */
export function closeForRestart(connection: Connection, retryAfterMs?: number): void {
  if (connection.spoken) connection.close(CLOSE.restart, closeReason('restart', retryAfterMs ?? 0))
  else connection.close(CLOSE.serviceRestart, closeReason('restart', retryAfterMs))
}

/**
 * Announces the restart and closes in one step. The announced time is not 0: the client would reconnect at once, before it reads the
 * close frame with its wait.
 */
export function restartNow(connection: Connection, retryAfterMs?: number): void {
  announceRestart(connection, RETURN_WITHIN_MS)
  closeForRestart(connection, retryAfterMs)
}
