import type { ReactNode } from 'react'
import type { AuthSnapshot } from '../auth/auth-snapshot.ts'
import type { UnifiedAuthService } from '../auth/unified-auth-service.ts'
import type { MessageLike, MessageOf } from '../contract/wire.ts'
import type { SocketStatus } from '../socket/snapshot.ts'
import type { TicketSocket } from '../socket/ticket-socket.ts'
import { earlyMessages } from './early-messages.ts'
import { TicketSocketProvider, type TicketSocketProviderProps } from './provider.tsx'
import type { AnySocket } from './socket-record.ts'
import { useLatestMessage } from './use-latest-message.ts'
import { useMessage } from './use-message.ts'
import { type UseMessagesOptions, useMessages } from './use-messages.ts'
import { type UseRequestResult, useRequest } from './use-request.ts'
import { useSocketStatus } from './use-socket-status.ts'
import { useTicketAuth } from './use-ticket-auth.ts'
import { type UseTicketSocketResult, useTicketSocket } from './use-ticket-socket.ts'

/** The provider and its hooks, with the messages of one socket. */
export interface TicketSocketHooks<Incoming extends MessageLike, Outgoing extends object> {
  TicketSocketProvider(props: TicketSocketProviderProps<Incoming, Outgoing>): ReactNode
  useTicketSocket(): UseTicketSocketResult<Incoming, Outgoing>
  useMessage<Type extends Incoming['type']>(type: Type, handler: (message: MessageOf<Incoming, Type>) => void): void
  useLatestMessage<Type extends Incoming['type'], Selected = MessageOf<Incoming, Type>>(
    type: Type,
    select?: (message: MessageOf<Incoming, Type>) => Selected,
  ): Selected | null
  useMessages<Type extends Incoming['type']>(
    type: Type,
    options?: UseMessagesOptions,
  ): readonly MessageOf<Incoming, Type>[]
  useRequest<Reply extends Incoming = Incoming>(): UseRequestResult<Reply, Outgoing & MessageLike>
  useSocketStatus(): SocketStatus
  useTicketAuth(auth?: UnifiedAuthService): AuthSnapshot
}

const hooks = {
  TicketSocketProvider,
  useLatestMessage,
  useMessage,
  useMessages,
  useRequest,
  useSocketStatus,
  useTicketAuth,
  useTicketSocket,
}

type HooksOf<Socket> =
  Socket extends TicketSocket<infer Incoming, infer Outgoing> ? TicketSocketHooks<Incoming, Outgoing> : never

/**
 * The provider and the hooks with the types of your socket's messages, so that no component names them again. They are the
 * same functions at run time: pass the socket to this provider, so that the types are true.
 *
 * From this call on, messages without a listener are kept for the first component that listens, as below a provider. So an app
 * that connects its socket before React renders loses no early message.
 * `createTicketSocketHooks<typeof socket>()` gives the types alone.
 *
 * @example
 * ```tsx
 * import { createTicketSocket, type UnifiedAuthService } from 'ticket-socket'
 * import { createTicketSocketHooks } from 'ticket-socket/react'
 *
 * type Incoming = { type: 'tick'; price: number } | { type: 'news'; text: string }
 * type Outgoing = { type: 'subscribe'; symbol: string }
 * declare const auth: UnifiedAuthService
 *
 * export const socket = createTicketSocket<Incoming, Outgoing>({ url: 'wss://api.example.com/ws', auth })
 * export const { TicketSocketProvider, useLatestMessage } = createTicketSocketHooks(socket)
 *
 * export const Price = () => <output>{useLatestMessage('tick', (tick) => tick.price.toFixed(2))}</output>
 * ```
 */
export function createTicketSocketHooks<Socket>(socket?: Socket): HooksOf<Socket> {
  if (socket) earlyMessages(socket as unknown as AnySocket)
  return hooks as unknown as HooksOf<Socket>
}
