import { useEffect, useMemo, useReducer, useState, useSyncExternalStore } from 'react'
import type { Message, MessageLike } from '../contract/wire.ts'
import { hasDocument } from '../platform/system-platform.ts'
import type { SocketUrl, UrlCallback } from '../socket/app-url.ts'
import type { CodecOptions, SchemaOptions, TicketSocketOptions } from '../socket/options.ts'
import type { SocketSnapshot } from '../socket/snapshot.ts'
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
 * The connection: its snapshot and its methods.
 *
 * Without an argument the hook uses the provider's socket. With options it creates a socket that is connected while a component
 * uses it. Components with the same `auth` and `url` share the socket; it is disposed of with the last of them. A new `url` or
 * `auth` opens another connection; the other options count only at the first use. A `url` function may be written in the
 * component: the next attempt calls the newest one, without a reconnect. Create `auth` outside of the component. A message never
 * renders; for messages use `useMessage`, `useLatestMessage` and `useMessages`.
 *
 * @example
 * ```tsx
 * import { type UnifiedAuthService } from 'ticket-socket'
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
// Last, so that a compiler error about the options names this overload.
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
  // The caller or the schemas in the options declare the types of the messages.
  const socket = used as unknown as TicketSocket<Incoming, Outgoing>
  const snapshot = useSnapshot(socket.store, all)
  return useMemo(() => {
    const { send, clearQueue, connect, close, reconnect } = socket
    return { ...snapshot, send, clearQueue, connect, close, reconnect, socket }
  }, [snapshot, socket])
}

/** React calls the last function on a server, and during hydration, where there is a document. */
const useIsOnServer = () =>
  useSyncExternalStore(
    () => () => {},
    () => false,
    () => !hasDocument(),
  )

/** A function in a component changes with each render. The first one identifies all of them. */
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
    // Disposed of while no component had a lease, as in a hidden <Activity>.
    askAgain()
  }, [own])
  return own
}
