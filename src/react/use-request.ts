import { useCallback, useEffect, useRef, useState } from 'react'
import { isTicketSocketError, type TicketSocketError } from '../contract/errors.ts'
import type { Message, MessageLike } from '../contract/wire.ts'
import type { RequestOptions } from '../socket/requests.ts'
import type { TicketSocket } from '../socket/ticket-socket.ts'
import { useGivenSocket } from './provider.tsx'
import { sharedRequests } from './shared-requests.ts'

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
   * Sends the message, and resolves with the answer, or with null when there is none: `error` says why. Never rejects.
   * One at a time: a request that is still pending is cancelled.
   */
  request(message: Outgoing, options?: Pick<RequestOptions, 'timeoutMs'>): Promise<Reply | null>
  /** Stops waiting, without an error. */
  cancel(): void
}

const IDLE = { pending: false, data: null, error: null }

/**
 * Questions to the server, one at a time: an answer is the frame whose `reply_to` is the `id` of the question. Nothing
 * is sent before `request()` is called.
 *
 * Unmounting cancels what is pending; the server may have handled it all the same. It is sent at most once: nothing here
 * retries. Another user begins without data. Without `socket` the provider's is used.
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
  const [state, setState] = useState<RequestState<Reply>>(IDLE)
  const current = useRef<AbortController | null>(null)

  const stop = useCallback(() => {
    const controller = current.current
    current.current = null
    controller?.abort()
  }, [])

  const cancel = useCallback(() => {
    stop()
    setState((before) => ({ ...before, pending: false }))
  }, [stop])

  const request = useCallback(
    async (message: Outgoing & MessageLike, options: Pick<RequestOptions, 'timeoutMs'> = {}) => {
      stop()
      const controller = new AbortController()
      current.current = controller
      const isCurrent = () => current.current === controller
      setState(({ data }) => ({ pending: true, data, error: null }))
      try {
        const { signal } = controller
        const data = await sharedRequests(source).request<Reply>(message, { ...options, signal })
        if (isCurrent()) setState({ pending: false, data, error: null })
        return data
      } catch (error) {
        if (!isTicketSocketError(error)) throw error
        if (isCurrent()) setState(({ data }) => ({ pending: false, data, error }))
        return null
      }
    },
    [source, stop],
  )

  useEffect(() => {
    const forget = source.on('userChanged', () => {
      stop()
      setState(IDLE)
    })
    return () => {
      forget()
      cancel()
    }
  }, [source, stop, cancel])

  return { ...state, request, cancel }
}
