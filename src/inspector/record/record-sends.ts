// A socket has no event for what the app sends. So the app may let `send` be wrapped for as long as a panel is there. One
// wrapper serves all panels of a socket: they can go in any order, and with the last one it is gone.

import type { TicketSocket } from '../../socket/ticket-socket.ts'

type Sender = Pick<TicketSocket, 'send'>
type OnSent = (message: unknown, receipt: string) => void

interface Wrapper {
  /** Objects of their own, so that the same function may listen twice. */
  readonly listeners: Set<{ readonly onSent: OnSent }>
  takeAway(): void
}

const wrappers = new WeakMap<Sender, Wrapper>()

/** Tells of each message that is sent, and what became of it, until the returned function is called. */
export function recordSends(socket: Sender, onSent: OnSent): () => void {
  const wrapper = wrappers.get(socket) ?? wrapSend(socket)
  const listener = { onSent }
  wrapper.listeners.add(listener)
  return () => {
    const isLast = wrapper.listeners.delete(listener) && wrapper.listeners.size === 0
    if (isLast) wrapper.takeAway()
  }
}

function wrapSend(socket: Sender): Wrapper {
  const original = socket.send
  const listeners: Wrapper['listeners'] = new Set()
  const recording: Sender['send'] = (message, options) => {
    const receipt = original(message, options)
    // The app may have taken this function, and hold it for longer than any panel is there: then nobody listens.
    for (const { onSent } of [...listeners]) onSent(message, describe(receipt))
    return receipt
  }
  const wrapper: Wrapper = {
    listeners,
    takeAway() {
      wrappers.delete(socket)
      // Somebody else may have wrapped it since. Theirs goes on calling ours, which only passes on by now.
      if (socket.send === recording) socket.send = original
    },
  }
  socket.send = recording
  wrappers.set(socket, wrapper)
  return wrapper
}

function describe(receipt: unknown): string {
  const { status, reason } = (receipt ?? {}) as { status?: unknown; reason?: unknown }
  if (typeof status !== 'string') return 'sent'
  return typeof reason === 'string' ? `${status}: ${reason}` : status
}
