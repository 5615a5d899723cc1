import { useCallback, useMemo } from 'react'
import type { Message, MessageLike, MessageOf } from '../contract/wire.ts'
import type { TicketSocket } from '../socket/ticket-socket.ts'
import { messageLog } from './message-log.ts'
import { useGivenSocket } from './provider.tsx'
import { useExternalStore } from './use-external-store.ts'

/**
 * The newest message of a type, or what `select` picks from it. Null: there was none yet for this user.
 *
 * Renders only when the picked value changes. An object that `select` builds is a change with every message: pick a field. A new
 * `select` on each render is fine. Without `socket` the hook uses the provider's.
 *
 * @example
 * ```tsx
 * import { useLatestMessage } from 'ticket-socket/react'
 *
 * export function Price() {
 *   const price = useLatestMessage('tick', (message) => Math.round(Number(message.price)))
 *   return <output>{price ?? 'waiting'}</output>
 * }
 * ```
 */
export function useLatestMessage<
  Incoming extends MessageLike = Message,
  Type extends Incoming['type'] = Incoming['type'],
  Outgoing extends object = Message,
  Selected = MessageOf<Incoming, Type>,
>(
  type: Type,
  select?: ((message: MessageOf<Incoming, Type>) => Selected) | undefined,
  socket?: TicketSocket<Incoming, Outgoing>,
): Selected | null {
  const source = useGivenSocket('useLatestMessage', socket)
  const log = useMemo(() => messageLog(source, type), [source, type])
  const subscribe = useCallback((listener: () => void) => log.subscribe(1, listener), [log])
  const pick = useMemo(() => pickOnce(select as ((message: Message) => unknown) | undefined), [select])
  return useExternalStore(subscribe, () => pick(log.latest()), nothing) as Selected | null
}

const nothing = () => null

/** React calls the getter twice and compares: this runs `select` once per message. */
function pickOnce(select: ((message: Message) => unknown) | undefined): (message: Message | null) => unknown {
  if (!select) return (message) => message
  let last: Message | null = null
  let picked: unknown = null
  return (message) => {
    if (message !== last) {
      picked = message && select(message)
      last = message
    }
    return picked
  }
}
