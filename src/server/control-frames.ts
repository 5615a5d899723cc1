// The protocol's own frames that a client sends, and their answers. Frames that only a server sends, or that a newer client
// sends, are ignored: an answer could start a duel.

import { type ControlFrame, isAuthRefresh, isPing, type Message } from '../contract/wire.ts'
import type { ConsumedTicket } from './consumed-ticket.ts'
import type { Identity } from './identity.ts'

export interface ControlFramesDeps {
  /** Whether one more refresh may ask the store now. */
  mayRefresh(): boolean
  consume(ticket: string): Promise<ConsumedTicket | null>
  isOpen(): boolean
  identity(): Identity | null
  /** The session goes on with what the ticket says; answers with its new end. */
  extend(refreshed: ConsumedTicket): { expires_at: number; expires_in: number }
  say(frame: AnsweringFrame): void
}

/** `reply_to`: the `id` of the frame that it answers. */
export type AnsweringFrame = ControlFrame & { reply_to?: unknown }

/** Returns the function that is given each reserved frame of a client. */
export function createControlFrames({ mayRefresh, consume, isOpen, identity, extend, say }: ControlFramesDeps) {
  let isRefreshing = false

  async function refresh(message: Message, ticket: string) {
    // One at a time, or a client could have the store searched as fast as it can write.
    if (isRefreshing) return refuse('too_many', 'A refresh is under way.', message)
    if (!mayRefresh()) return refuse('too_many', 'Too many refreshes. Try again in a few seconds.', message)
    isRefreshing = true
    try {
      const consumed = await consume(ticket)
      if (!isOpen()) return
      if (!consumed || consumed.userId !== identity()?.userId) {
        return refuse('ticket_invalid', 'The ticket was not accepted. The session goes on until its end.', message)
      }
      say({ type: 'ts:auth_refreshed', ...extend(consumed), ...replyTo(message) })
    } catch {
      refuse('unavailable', 'Tickets cannot be checked now. Try again before the session ends.', message)
    } finally {
      isRefreshing = false
    }
  }

  function refuse(code: string, words: string, message: Message) {
    say({ type: 'ts:error', code, message: words, ...replyTo(message) })
  }

  return function answer(message: Message): void {
    switch (message.type) {
      case 'ts:ping':
        if (isPing(message)) return say({ type: 'ts:pong', timestamp: message.timestamp })
        return refuse('invalid_message', 'ts:ping needs a "timestamp".', message)
      case 'ts:auth_refresh':
        if (isAuthRefresh(message)) return void refresh(message, message.ticket)
        return refuse('invalid_message', 'ts:auth_refresh needs a "ticket".', message)
    }
  }
}

const replyTo = ({ id }: Message) => (typeof id === 'string' || typeof id === 'number' ? { reply_to: id } : {})
