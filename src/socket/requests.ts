// Questions and their answers: a frame with an `id`, and the frame whose `reply_to` is that id. A separate import, so
// that an app which asks nothing carries nothing.

import type { TicketSocketError } from '../contract/errors.ts'
import type { Message, MessageLike } from '../contract/wire.ts'
import { abortSignal, optional, or, positiveNumber, resolve } from '../platform/option-checks.ts'
import type { Clock } from '../platform/platform.ts'
import { sharedState } from '../platform/shared-state.ts'
import { clockOf, systemClock } from '../platform/system-platform.ts'
import { isBinary } from './outgoing-frame.ts'
import { BYTES, CANCELLED, cutOff, failure, NO_OBJECT, notSent, PERHAPS_HANDLED, tooLarge } from './request-errors.ts'
import type { TicketSocket } from './ticket-socket.ts'

export interface RequestOptions {
  /** From asking to the answer, waiting for the connection included, in milliseconds. @default 10_000 */
  timeoutMs?: number
  signal?: AbortSignal
}

export interface Requests<Outgoing extends object = MessageLike> {
  /**
   * Sends the message with an `id` and resolves with the frame that answers it.
   *
   * Rejects with a `TicketSocketError`: `timeout`, `aborted`, `connection_lost` (the answer cannot come any more),
   * `signed_out`, `message_too_large` (it was not sent, or the server closed with 1009 and it was the largest of those that
   * waited for an answer), `invalid_message` (the server refused the frame, or it cannot be sent; then `cause` is the list of
   * issues, as in a receipt). It is sent at most once; one that still waits for the connection when it is cancelled, or out of
   * time, is not sent at all.
   *
   * With schemas, strict ones have to name `id` and `reply_to`.
   */
  request<Reply = Message>(message: Outgoing, options?: RequestOptions): Promise<Reply>
  /** Rejects what is pending, and asks nothing more. */
  stop(): void
}

interface Pending {
  /** As JSON. */
  size: number
  resolve: (reply: Message) => void
  reject: (error: TicketSocketError) => void
}

/** By socket, and not by `createRequests`: two of them on one socket must not take each other's answers. */
const lastIdsOf = () => sharedState('request ids', () => new WeakMap<object, number>())

/**
 * Requests over a socket.
 *
 * @example
 * ```ts
 * import { createRequests, type TicketSocket } from 'ticket-socket'
 *
 * declare const socket: TicketSocket
 * const { request } = createRequests(socket)
 * const reply = await request({ type: 'get_user' }, { timeoutMs: 5_000 })
 * ```
 */
export function createRequests<Incoming extends MessageLike, Outgoing extends object>(
  typed: TicketSocket<Incoming, Outgoing>,
  options: { clock?: Clock } = {},
): Requests<Outgoing> {
  const { clock } = resolve('createRequests', options, { clock: or(systemClock, clockOf) })
  // A reply is whatever names the request, of any type.
  const socket = typed as unknown as TicketSocket
  const pending = new Map<string, Pending>()
  /** Those that wait in the outbox, by the `id` of their receipt. */
  const queued = new Map<number, Pending>()
  const stopped = new AbortController()

  const stops = [
    socket.on('message', (message) => settle(message.reply_to, ({ resolve }) => resolve(message))),
    socket.on('refused', ({ code, message, replyTo }) =>
      settle(replyTo, ({ reject }) =>
        reject(failure('invalid_message', `The server refused it (${code}): ${message}`)),
      ),
    ),
    socket.on('invalidMessage', ({ reason, replyTo }) =>
      settle(replyTo, ({ reject }) =>
        reject(failure('invalid_message', `The answer is no message (${reason}). Check what the server sends.`)),
      ),
    ),
    socket.on('sent', ({ id }) => queued.delete(id)),
    socket.on('dropped', ({ id, ...dropped }) => queued.get(id)?.reject(notSent(dropped, socket))),
    socket.on('lost', ({ error }) => {
      const waiting = new Set(queued.values())
      const sent = [...pending.values()].filter((request) => !waiting.has(request))
      if (error.code === 'message_too_large') largestOf(sent)?.reject(tooLarge(error))
      // A request that is rejected already stays as it is.
      rejectAll(sent, cutOff(error))
    }),
    socket.on('closed', () => rejectAll(pending.values(), cutOff())),
    socket.on('failed', ({ error }) => rejectAll(pending.values(), error)),
  ]

  function settle(id: unknown, how: (request: Pending) => void) {
    const request = typeof id === 'string' ? pending.get(id) : undefined
    if (request) how(request)
  }

  function rejectAll(requests: Iterable<Pending>, error: TicketSocketError) {
    for (const request of [...requests]) request.reject(error)
  }

  function request(message: object, options: RequestOptions = {}): Promise<Message> {
    const { timeoutMs, signal } = resolve('request', options, {
      timeoutMs: or(10_000, positiveNumber),
      signal: optional(abortSignal),
    })
    if (signal?.aborted || stopped.signal.aborted) return Promise.reject(failure('aborted', CANCELLED))
    if (isBinary(message)) return Promise.reject(failure('invalid_message', BYTES))
    if (typeof message !== 'object' || message === null) return Promise.reject(failure('invalid_message', NO_OBJECT))
    const lastIds = lastIdsOf()
    const number = (lastIds.get(socket) ?? 0) + 1
    lastIds.set(socket, number)
    const id = `request-${number}`
    /** Takes it back while it waits. */
    const waiting = new AbortController()
    return new Promise<Message>((resolve, reject) => {
      const cancelTimer = clock.setTimer(() => {
        entry.reject(failure('timeout', `No answer within ${timeoutMs} ms. ${PERHAPS_HANDLED}`))
      }, timeoutMs)
      const onAbort = () => entry.reject(failure('aborted', CANCELLED))
      let queueId = 0
      const leave = () => {
        pending.delete(id)
        queued.delete(queueId)
        cancelTimer()
        signal?.removeEventListener('abort', onAbort)
      }
      const entry: Pending = {
        size: sizeOf(message),
        resolve(reply) {
          leave()
          resolve(reply)
        },
        reject(error) {
          leave()
          waiting.abort()
          reject(error)
        },
      }
      pending.set(id, entry)
      signal?.addEventListener('abort', onAbort)
      const receipt = socket.send({ ...message, id } as object as Message, { signal: waiting.signal })
      if (receipt.status === 'queued') {
        queueId = receipt.id
        queued.set(queueId, entry)
      }
      if (receipt.status === 'dropped') entry.reject(notSent(receipt, socket))
    })
  }

  return {
    request: request as Requests<Outgoing>['request'],
    stop() {
      for (const stop of stops) stop()
      stopped.abort()
      rejectAll(pending.values(), failure('aborted', 'Requests were stopped. Nothing needs to be done.'))
    },
  }
}

/** Zero for what cannot be sent. */
function sizeOf(message: object): number {
  try {
    return JSON.stringify(message).length
  } catch {
    return 0
  }
}

const largestOf = (requests: readonly Pending[]): Pending | undefined =>
  [...requests].sort((a, b) => b.size - a.size)[0]
