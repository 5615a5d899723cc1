import { useEffect, useInsertionEffect, useRef } from 'react'
import type { Message, MessageLike, MessageOf } from '../contract/wire.ts'
import type { TicketSocket } from '../socket/ticket-socket.ts'
import { listen } from './early-messages.ts'
import { useGivenSocket } from './provider.tsx'

/**
 * Calls `handler` for each message of a type while mounted. A new handler on each render is fine: the hook does not subscribe
 * again, and misses no message. It never renders. Without `socket` the hook uses the provider's.
 *
 * Messages before the first listener for the type wait for it, up to five seconds.
 *
 * @example
 * ```tsx
 * import { useMessage } from 'ticket-socket/react'
 *
 * export function Bell({ ring }: { ring: (text: unknown) => void }) {
 *   useMessage('notification', (message) => ring(message.text))
 *   return null
 * }
 * ```
 */
export function useMessage<
  Incoming extends MessageLike = Message,
  Type extends Incoming['type'] = Incoming['type'],
  Outgoing extends object = Message,
>(type: Type, handler: (message: MessageOf<Incoming, Type>) => void, socket?: TicketSocket<Incoming, Outgoing>): void {
  const source = useGivenSocket('useMessage', socket)
  const latest = useRef(handler as unknown as (message: Message) => void)
  // Before every other effect: a message after a commit reaches the handler of that commit.
  useInsertionEffect(() => {
    latest.current = handler as unknown as (message: Message) => void
  })
  useEffect(() => listen(source, type, (message) => latest.current(message)), [source, type])
}
