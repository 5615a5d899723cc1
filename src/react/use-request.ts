import { useCallback, useEffect, useRef, useState } from 'react'
import { isTicketSocketError, type TicketSocketError } from '../contract/errors.ts'
import type { Message, MessageLike } from '../contract/wire.ts'
import { asGiven, resolve } from '../platform/option-checks.ts'
import { createRequests, type RequestOptions, type Requests } from '../socket/requests.ts'
import type { TicketSocket } from '../socket/ticket-socket.ts'
import { useGivenSocket } from './provider.tsx'
import { partOf } from './socket-record.ts'
import { useExternalStore } from './use-external-store.ts'
import { userSession } from './user-session.ts'

interface RequestState<Reply> {
  /** Whether a request is pending. */
  pending: boolean
  /** The last answer; it stays while the next request is pending. */
  data: Reply | null
  /** Why the last request failed; null after the next request. */
  error: TicketSocketError | null
}

export interface UseRequestResult<Reply, Outgoing extends MessageLike = MessageLike> extends RequestState<Reply> {
  /**
   * Sends the message, and resolves with the answer, or with null without one: `error` says why. Rejects only for wrong
   * options. A new request cancels a pending one.
   */
  request(message: Outgoing, options?: Pick<RequestOptions, 'timeoutMs'>): Promise<Reply | null>
  /** Stops waiting, without an error. */
  cancel(): void
}

/** The state of one user's session on one socket, shown in that session only. */
interface Known<Reply> extends RequestState<Reply> {
  session: object | null
}

/** One instance for all components, since each instance listens to every message. It ends with the socket. */
const requestsOf = (socket: TicketSocket): Requests => partOf(socket, 'requests', createRequests)

const IDLE = { pending: false, data: null, error: null, session: null }

/**
 * Requests to the server, one at a time: the answer is the frame whose `reply_to` is the `id` of the request. The hook sends nothing
 * before `request()` is called.
 *
 * Unmounting cancels a pending request; the server may still have handled it. A request is sent at most once, without retries. Data
 * and error are empty for another user or another socket. Without `socket` the hook uses the provider's.
 *
 * @example
 * ```tsx
 * import { useRequest } from 'ticket-socket/react'
 *
 * export function Profile() {
 *   const { request, data, error, pending } = useRequest<{ type: 'user'; name: string }>()
 *   if (error) return <p role="alert">{error.message}</p>
 *   return (
 *     <button disabled={pending} onClick={() => request({ type: 'get_user' }, { timeoutMs: 5_000 })}>
 *       {data?.name ?? 'Who am I?'}
 *     </button>
 *   )
 * }
 * ```
 */
export function useRequest<
  Reply = Message,
  Incoming extends MessageLike = Message,
  Outgoing extends object = MessageLike,
>(socket?: TicketSocket<Incoming, Outgoing>): UseRequestResult<Reply, Outgoing & MessageLike> {
  const source = useGivenSocket('useRequest', socket)
  const { current: currentSession, subscribe } = userSession(source)
  const session = useExternalStore(subscribe, currentSession, currentSession)
  const [known, setKnown] = useState<Known<Reply>>(IDLE)
  const current = useRef<AbortController | null>(null)

  const cancel = useCallback(() => {
    const controller = current.current
    current.current = null
    controller?.abort()
    setKnown((before) => (before.pending ? { ...before, pending: false } : before))
  }, [])

  const request = useCallback(
    async (message: Outgoing & MessageLike, options: Pick<RequestOptions, 'timeoutMs'> = {}) => {
      resolve('request', options, { timeoutMs: asGiven })
      cancel()
      const controller = new AbortController()
      current.current = controller
      const session = currentSession()
      /** Unless another request was made meanwhile. */
      const learn = (news: Partial<RequestState<Reply>>) => {
        if (current.current !== controller) return
        setKnown((before) => ({ ...(before.session === session ? before : IDLE), ...news, session }))
      }
      learn({ pending: true, error: null })
      try {
        const { signal } = controller
        const data = await requestsOf(source).request<Reply>(message, { ...options, signal })
        learn({ pending: false, data })
        return data
      } catch (error) {
        const isTold = isTicketSocketError(error)
        learn({ pending: false, error: isTold ? error : null })
        if (!isTold) throw error
        return null
      }
    },
    [source, cancel, currentSession],
  )

  useEffect(() => {
    const forget = subscribe(cancel)
    return () => {
      forget()
      cancel()
    }
  }, [subscribe, cancel])

  const { pending, data, error } = known.session === session ? known : IDLE
  return { pending, data, error, request, cancel }
}
