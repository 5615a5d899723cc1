// A socket has no event for what the app sends. So the app may let `send` be wrapped for as long as the panel is there.

import type { TicketSocket } from '../../socket/ticket-socket.ts'

type Sender = Pick<TicketSocket, 'send'>

/** Puts a `send` in place that tells of each message and what became of it. The returned function takes it away. */
export function recordSends(socket: Sender, onSent: (message: unknown, receipt: string) => void): () => void {
  const original = socket.send
  const recording: Sender['send'] = (message, options) => {
    const receipt = original(message, options)
    onSent(message, describe(receipt))
    return receipt
  }
  socket.send = recording
  return () => {
    // Somebody else may have wrapped it since; theirs then goes on calling ours, which does no harm.
    if (socket.send === recording) socket.send = original
  }
}

function describe(receipt: unknown): string {
  const { status, reason } = (receipt ?? {}) as { status?: unknown; reason?: unknown }
  if (typeof status !== 'string') return 'sent'
  return typeof reason === 'string' ? `${status}: ${reason}` : status
}
