import { type Context, createContext, type ReactNode, useContext, useEffect, useMemo } from 'react'
import type { UnifiedAuthService } from '../auth/unified-auth-service.ts'
import type { MessageLike } from '../contract/wire.ts'
import { sharedState } from '../platform/shared-state.ts'
import type { TicketSocket } from '../socket/ticket-socket.ts'
import { retain } from './socket-lease.ts'
import { useStableProps } from './use-stable-props.ts'

interface Provided {
  socket: TicketSocket
  auth: UnifiedAuthService | null
}

/** One for each React: copies of this package share it, copies of React do not. */
function contextOf(): Context<Provided | null> {
  const contexts = sharedState('contexts', () => new WeakMap<typeof createContext, Context<Provided | null>>())
  const context = contexts.get(createContext) ?? createContext<Provided | null>(null)
  contexts.set(createContext, context)
  return context
}

export interface TicketSocketProviderProps<Incoming extends MessageLike, Outgoing extends object> {
  socket: TicketSocket<Incoming, Outgoing>
  /** Needed for `useTicketAuth()` without an argument. */
  auth?: UnifiedAuthService
  children?: ReactNode
}

/**
 * Provides one socket to all components below, and keeps it connected while mounted. On unmount it leaves a socket open that the
 * app has connected itself.
 *
 * @example
 * ```tsx
 * import { createTicketSocket, type UnifiedAuthService } from 'ticket-socket'
 * import { TicketSocketProvider, useTicketSocket } from 'ticket-socket/react'
 *
 * declare const auth: UnifiedAuthService
 * const socket = createTicketSocket({ url: 'wss://api.example.com/ws', auth })
 *
 * function Status() {
 *   return <p>{useTicketSocket().status}</p>
 * }
 *
 * export const App = () => (
 *   <TicketSocketProvider socket={socket} auth={auth}>
 *     <Status />
 *   </TicketSocketProvider>
 * )
 * ```
 */
export function TicketSocketProvider<Incoming extends MessageLike, Outgoing extends object>({
  socket,
  auth,
  children,
}: TicketSocketProviderProps<Incoming, Outgoing>): ReactNode {
  const provided = useMemo(() => ({ socket: socket as unknown as TicketSocket, auth: auth ?? null }), [socket, auth])
  useStableProps('<TicketSocketProvider>', { socket, auth })
  // Effects of children run first, so they subscribe before the first frame can arrive.
  useEffect(() => retain(provided.socket), [provided.socket])
  const { Provider } = contextOf()
  return <Provider value={provided}>{children}</Provider>
}

/** The value of the nearest provider; null without one. */
export const useOptionalProvided = (): Provided | null => useContext(contextOf())

/** The given socket, or else the provider's. `hook` is the hook's name, for the error. */
export function useGivenSocket<Incoming extends MessageLike, Outgoing extends object>(
  hook: string,
  given?: TicketSocket<Incoming, Outgoing>,
): TicketSocket {
  const provided = useOptionalProvided()
  useStableProps(hook, { socket: given })
  const socket = given ?? provided?.socket
  if (!socket) throw new TypeError(`${hook} needs a socket, or a <TicketSocketProvider> above it`)
  // The hooks handle any message; the socket's own types say what it holds.
  return socket as unknown as TicketSocket
}
