import { useCallback, useMemo } from 'react'
import type { Message, MessageLike, MessageOf } from '../contract/wire.ts'
import { or, resolve, wholeFrom } from '../platform/option-checks.ts'
import type { TicketSocket } from '../socket/ticket-socket.ts'
import { messageLog, NO_MESSAGES } from './message-log.ts'
import { useGivenSocket } from './provider.tsx'
import { useExternalStore } from './use-external-store.ts'

export interface UseMessagesOptions {
  /** How many of the newest messages to keep. 1 to 10,000. @default 100 */
  limit?: number
}

const MAX_LIMIT = 10_000

/**
 * The newest messages of a type, oldest first, since a component first used this hook. Another user begins with an empty
 * list. The list belongs to the socket: unmounting and mounting again keeps it.
 *
 * It renders for new messages. For a value that is computed from messages use `useLatestMessage`. Without
 * `socket` the hook uses the provider's. A wrong `limit` is a `TypeError`.
 *
 * @example
 * ```tsx
 * import { useMessages } from 'ticket-socket/react'
 *
 * export function Log() {
 *   const lines = useMessages('log', { limit: 50 })
 *   return <ol>{lines.map((line) => <li key={String(line.id)}>{String(line.text)}</li>)}</ol>
 * }
 * ```
 */
export function useMessages<
  Incoming extends MessageLike = Message,
  Type extends Incoming['type'] = Incoming['type'],
  Outgoing extends object = Message,
>(
  type: Type,
  options: UseMessagesOptions = {},
  socket?: TicketSocket<Incoming, Outgoing>,
): readonly MessageOf<Incoming, Type>[] {
  const { limit } = resolve('useMessages', options, { limit: or(100, wholeFrom(1, MAX_LIMIT)) })
  const source = useGivenSocket('useMessages', socket)
  const log = useMemo(() => messageLog(source, type), [source, type])
  const subscribe = useCallback((listener: () => void) => log.subscribe(limit, listener), [log, limit])
  const messages = useExternalStore(
    subscribe,
    () => log.last(limit),
    () => NO_MESSAGES,
  )
  return messages as readonly unknown[] as readonly MessageOf<Incoming, Type>[]
}
