import { useCallback, useMemo } from 'react'
import type { Message, MessageLike, MessageOf } from '../contract/wire.ts'
import { or, resolve, wholeFrom } from '../platform/option-checks.ts'
import type { TicketSocket } from '../socket/ticket-socket.ts'
import { messageLog, NO_MESSAGES } from './message-log.ts'
import { useGivenSocket } from './provider.tsx'
import { useExternalStore } from './use-external-store.ts'

export interface UseMessagesOptions {
  /** How many to keep, the newest. 1 to 10 000. @default 100 */
  limit?: number
}

const MAX_LIMIT = 10_000

/**
 * The newest messages of a type, oldest first, since a component first asked for them. Another user begins with an empty
 * list. The list belongs to the socket: unmounting and mounting again loses nothing of it.
 *
 * It renders for the messages that come: for a value that is computed from them there is `useLatestMessage`. Without
 * `socket` the provider's is used. A wrong `limit` is a `TypeError`.
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
