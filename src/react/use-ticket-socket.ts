import { useEffect, useMemo, useReducer, useState, useSyncExternalStore } from 'react'
import type { Message, MessageLike } from '../contract/wire.ts'
import { hasDocument } from '../platform/system-platform.ts'
import type { SocketUrl, UrlCallback } from '../socket/app-url.ts'
import type { CodecOptions, SchemaOptions, TicketSocketOptions } from '../socket/options.ts'
import type { SocketSnapshot } from '../socket/socket-state.ts'
import type { TicketSocket } from '../socket/ticket-socket.ts'
import { useOptionalProvided } from './provider.tsx'
import { checkOptions, holdShared, renewUrl, sharedSocket, socketOnServer, type UrlKey } from './shared-socket.ts'
import { useSnapshot } from './use-snapshot.ts'
import { useStableProps } from './use-stable-props.ts'

export interface UseTicketSocketResult<Incoming extends MessageLike, Outgoing extends object>
  extends SocketSnapshot,
    Pick<TicketSocket<Incoming, Outgoing>, 'send' | 'clearQueue' | 'connect' | 'close' | 'reconnect'> {
  /** The socket itself: for the other hooks, for a provider, and for `on` and `onMessage` outside of React. */
  socket: TicketSocket<Incoming, Outgoing>
}

const all = (snapshot: SocketSnapshot) => snapshot

/**
 * The connection: its snapshot and what can be done with it.
 *
 * Without an argument it takes the provider's socket. With options it makes one, connected while a component uses it;
 * components with the same `auth` and `url` share it, and with the last of them it is disposed of. A new `url` or `auth`
 * connects anew; other options count at the first use only. A `url` function may be written in the component: a new one is
 * called from the next attempt on, and does not reconnect. Make `auth` outside of the component. A message never
 * renders; for messages there are `useMessage`, `useLatestMessage` and `useMessages`.
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
export function useTicketSocket<Incoming extends MessageLike, Outgoing extends object>(
  options: SchemaOptions<Incoming, Outgoing>,
): UseTicketSocketResult<Incoming, Outgoing>
export function useTicketSocket<Incoming extends MessageLike = Message, Outgoing extends object = Message>(
  options?: TicketSocketOptions<Incoming, Outgoing>,
): UseTicketSocketResult<Incoming, Outgoing>
// Last, so that a compiler which refuses the options speaks of these.
export function useTicketSocket<Incoming extends MessageLike = Message, Outgoing extends object = Message>(
  options: CodecOptions<Incoming, Outgoing>,
): UseTicketSocketResult<Incoming, Outgoing>
export function useTicketSocket<Incoming extends MessageLike, Outgoing extends object>(
  options?: TicketSocketOptions<Incoming, Outgoing>,
): UseTicketSocketResult<Incoming, Outgoing> {
  const provided = useOptionalProvided()
  const own = useOwnSocket(options as unknown as TicketSocketOptions | undefined)
  const used = own ?? provided?.socket
  if (!used) throw new TypeError('useTicketSocket needs options, or a <TicketSocketProvider> above it')
  // The messages' types are the caller's word, or those of the schemas in the options.
  const socket = used as unknown as TicketSocket<Incoming, Outgoing>
  const snapshot = useSnapshot(socket.store, all)
  return useMemo(() => {
    const { send, clearQueue, connect, close, reconnect } = socket
    return { ...snapshot, send, clearQueue, connect, close, reconnect, socket }
  }, [snapshot, socket])
}

/** React asks for the last of these on a server; and where it hydrates, but there is a document. */
const useIsOnServer = () =>
  useSyncExternalStore(
    () => () => {},
    () => false,
    () => !hasDocument(),
  )

/** A function in a component is another one at each render. The first one stands for all of them. */
function useUrlKey(url: SocketUrl | undefined): UrlKey {
  const [first, setFirst] = useState<UrlCallback | null>(null)
  if (typeof url !== 'function') return String(url)
  if (first === null) setFirst(() => url)
  return first ?? url
}

function useOwnSocket(options: TicketSocketOptions | undefined): TicketSocket | null {
  const [, askAgain] = useReducer((times: number) => times + 1, 0)
  const isOnServer = useIsOnServer()
  const openSocket = isOnServer ? socketOnServer : sharedSocket
  const key = useUrlKey(options?.url)
  const own = options ? openSocket(options, key) : null
  useEffect(() => {
    if (options) renewUrl(options, key)
  })
  // biome-ignore lint/correctness/useExhaustiveDependencies: apps write new options in every render; once is enough
  useMemo(() => options && !isOnServer && checkOptions(options), [own])
  useStableProps('useTicketSocket', { auth: options?.auth, url: key })
  // biome-ignore lint/correctness/useExhaustiveDependencies: there is one socket for `auth` and `url`, and nothing else of the options is used
  useEffect(() => {
    if (!options || !own) return
    const release = holdShared(options.auth, key, own)
    if (release) return release
    // Given up while nobody held it, as in a hidden <Activity>.
    askAgain()
  }, [own])
  return own
}
