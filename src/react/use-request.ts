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
  /** Whether an answer is being waited for. */
  pending: boolean
  /** The last answer; it stays while the next is waited for. */
  data: Reply | null
  /** Why the last request failed; null once another is sent. */
  error: TicketSocketError | null
}

export interface UseRequestResult<Reply, Outgoing extends MessageLike = MessageLike> extends RequestState<Reply> {
  /**
   * Sends the message, and resolves with the answer, or with null when there is none: `error` says why. Rejects for a
   * mistake in its options only. One at a time: a request that is still pending is cancelled.
   */
  request(message: Outgoing, options?: Pick<RequestOptions, 'timeoutMs'>): Promise<Reply | null>
  /** Stops waiting, without an error. */
  cancel(): void
}

/** What is known in one user's session on one socket, and shown in that one only. */
interface Known<Reply> extends RequestState<Reply> {
  session: object | null
}

/** One for all components, since each listens to every message of the socket. It ends with the socket. */
const requestsOf = (socket: TicketSocket): Requests => partOf(socket, createRequests)

const IDLE = { pending: false, data: null, error: null, session: null }

/**
 * Questions to the server, one at a time: an answer is the frame whose `reply_to` is the `id` of the question. Nothing
 * is sent before `request()` is called.
 *
 * Unmounting cancels what is pending; the server may have handled it all the same. It is sent at most once: nothing here
 * retries. Another user begins without data, and so does another socket. Without `socket` the provider's is used.
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
      /** Unless another one was asked meanwhile. */
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
