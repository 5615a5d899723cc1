import { useEffect, useMemo } from 'react'
import type { Message, MessageLike } from '../contract/wire.ts'
import type { TicketSocketOptions } from '../socket/options.ts'
import type { SocketSnapshot } from '../socket/socket-state.ts'
import type { SocketStatus } from '../socket/status.ts'
import type { TicketSocket } from '../socket/ticket-socket.ts'
import { useOptionalProvided } from './provider.tsx'
import { sharedSocket } from './shared-socket.ts'
import { retain } from './socket-lease.ts'
import { useSnapshot } from './use-snapshot.ts'

export interface UseTicketSocketResult<Incoming extends MessageLike, Outgoing extends object>
  extends SocketSnapshot,
    Pick<TicketSocket<Incoming, Outgoing>, 'send' | 'connect' | 'close' | 'reconnect'> {
  /** The socket itself, for `on` and `onMessage` outside of React. */
  socket: TicketSocket<Incoming, Outgoing>
}

const all = (snapshot: SocketSnapshot) => snapshot

/**
 * The connection: its snapshot and what can be done with it.
 *
 * Without an argument it takes the provider's socket. With options it makes one, connected while a component uses it;
 * components with the same `auth` and `url` share it. A new `url` or `auth` connects anew; other options count at the
 * first use only. A message never renders; for messages there is `useMessage`.
 *
 * @example
 * ```tsx
 * import type { UnifiedAuthService } from 'ticket-socket'
 * import { useMessage, useTicketSocket } from 'ticket-socket/react'
 *
 * declare const auth: UnifiedAuthService
 *
 * export function Chat() {
 *   const { status, send, socket } = useTicketSocket({ url: 'wss://api.example.com/ws', auth })
 *   useMessage('chat', (message) => console.log(message), socket)
 *   return <button onClick={() => send({ type: 'chat', text: 'hi' })}>{status}</button>
 * }
 * ```
 */
export function useTicketSocket<Incoming extends MessageLike = Message, Outgoing extends object = Message>(
  options?: TicketSocketOptions,
): UseTicketSocketResult<Incoming, Outgoing> {
  const socket = useSocket<Incoming, Outgoing>(options)
  const snapshot = useSnapshot(socket.store, all)
  return useMemo(() => {
    const { send, connect, close, reconnect } = socket
    return { ...snapshot, send, connect, close, reconnect, socket }
  }, [snapshot, socket])
}

/** Only the status: renders when it changes, and not for a round-trip time or a queue. */
export function useSocketStatus(): SocketStatus {
  return useSnapshot(useSocket().store, ({ status }) => status)
}

function useSocket<Incoming extends MessageLike, Outgoing extends object>(options?: TicketSocketOptions) {
  const provided = useOptionalProvided()
  const own = options ? sharedSocket(options) : null
  useEffect(() => (own ? retain(own) : undefined), [own])
  const socket = own ?? provided?.socket
  if (!socket) throw new TypeError('useTicketSocket needs options, or a <TicketSocketProvider> above it')
  // The messages' types are the caller's word, as they are for createTicketSocket.
  return socket as unknown as TicketSocket<Incoming, Outgoing>
}
