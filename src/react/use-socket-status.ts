import type { MessageLike } from '../contract/wire.ts'
import type { SocketSnapshot, SocketStatus } from '../socket/snapshot.ts'
import type { TicketSocket } from '../socket/ticket-socket.ts'
import { useGivenSocket } from './provider.tsx'
import { useSnapshot } from './use-snapshot.ts'

const onlyStatus = ({ status }: SocketSnapshot) => status

/**
 * Only the status: renders when it changes, and not for a round-trip time or a queued message. Without `socket` the hook uses the
 * provider's.
 *
 * @example
 * ```tsx
 * import { useSocketStatus } from 'ticket-socket/react'
 *
 * export const Lamp = () => <i className={useSocketStatus()} />
 * ```
 */
export function useSocketStatus<Incoming extends MessageLike, Outgoing extends object>(
  socket?: TicketSocket<Incoming, Outgoing>,
): SocketStatus {
  return useSnapshot(useGivenSocket('useSocketStatus', socket).store, onlyStatus)
}
