import { useEffect, useRef } from 'react'
import type { Message, MessageLike, MessageOf } from '../contract/wire.ts'
import type { TicketSocket } from '../socket/ticket-socket.ts'
import { useOptionalProvided } from './provider.tsx'

/**
 * Calls `handler` for each message of a type while mounted. A new handler on each render is fine: it neither subscribes
 * anew nor misses a message. Without `socket` the provider's is used.
 */
export function useMessage<
  Incoming extends MessageLike = Message,
  Type extends Incoming['type'] = Incoming['type'],
  Outgoing extends object = Message,
>(type: Type, handler: (message: MessageOf<Incoming, Type>) => void, socket?: TicketSocket<Incoming, Outgoing>): void {
  const provided = useOptionalProvided()
  const source = (socket ?? provided?.socket) as TicketSocket<Incoming, Outgoing> | undefined
  if (!source) throw new TypeError('useMessage needs a socket, or a <TicketSocketProvider> above it')
  const latest = useRef(handler)
  useEffect(() => {
    latest.current = handler
  })
  useEffect(() => source.onMessage(type, (message) => latest.current(message)), [source, type])
}
