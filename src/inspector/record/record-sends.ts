// A socket has no event for the messages that the app sends. With `recordSends` the panel wraps `send` while it is mounted.
// All panels of a socket share one wrapper. They may be unmounted in any order; the last one restores `send`.

import type { TicketSocket } from '../../socket/ticket-socket.ts'

type Sender = Pick<TicketSocket, 'send'>
type OnSent = (message: unknown, receipt: string) => void

interface Wrapper {
  /** One object per listener, so that the same function may be added twice. */
  readonly listeners: Set<{ readonly onSent: OnSent }>
  takeAway(): void
}

const wrappers = new WeakMap<Sender, Wrapper>()

/** Reports each sent message and its receipt until the returned function is called. */
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
    // The app may keep this function for longer than a panel is mounted. Then it has no listeners.
    for (const { onSent } of [...listeners]) onSent(message, describe(receipt))
    return receipt
  }
  const wrapper: Wrapper = {
    listeners,
    takeAway() {
      wrappers.delete(socket)
      // Other code may have wrapped it since. That wrapper still calls this one, which then only passes the call on.
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
