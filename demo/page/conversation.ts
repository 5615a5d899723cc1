// Questions and their answers, as a plain function of what happened. Nothing here touches the socket.

import type { AuthMethod } from 'ticket-socket'
import type { AgentMessage, AgentRefusal } from '../messages.ts'

export type ExchangeState =
  /** In the socket's queue, for when it is open. */
  | 'queued'
  /** Sent; nothing has come back yet. */
  | 'asked'
  | 'answering'
  | 'answered'
  /** The connection was lost before the answer was complete. It is not asked again by itself. */
  | 'interrupted'
  /** Never left this page. */
  | 'not_sent'
  | 'refused'

export interface TraceStep {
  kind: 'thinking' | 'tool'
  text: string
  detail?: string
  done: boolean
}

export interface Exchange {
  /** Stays the same when the question is asked again. */
  key: string
  /** Of this asking; what answers an earlier one is ignored. */
  id: string
  question: string
  state: ExchangeState
  /** The id under which it waits in the queue. */
  receipt: number | null
  /** By what the connection that answers was opened. */
  via: AuthMethod | null
  trace: readonly TraceStep[]
  answer: string
  refusal: AgentRefusal | null
}

export type ConversationEvent =
  | {
      type: 'asked'
      key: string
      id: string
      question: string
      sent: 'sent' | 'queued' | 'dropped'
      receipt: number | null
    }
  | { type: 'opened' }
  | { type: 'lost' }
  | { type: 'dropped'; receipt: number }
  | { type: 'received'; message: AgentMessage; via: AuthMethod | null }

const STATE_AFTER = { sent: 'asked', queued: 'queued', dropped: 'not_sent' } as const

export function afterEvent(exchanges: readonly Exchange[], event: ConversationEvent): readonly Exchange[] {
  switch (event.type) {
    case 'asked':
      return asked(exchanges, event)
    case 'opened': {
      // A new connection does not know the questions of an older one. A deliberate reconnect has no other event.
      const interrupted = replace(exchanges, isPending, (exchange) => ({ ...exchange, state: 'interrupted' }))
      const isQueued = ({ state }: Exchange) => state === 'queued'
      return replace(interrupted, isQueued, (exchange) => ({ ...exchange, state: 'asked', receipt: null }))
    }
    case 'lost':
      return replace(exchanges, isPending, (exchange) => ({ ...exchange, state: 'interrupted' }))
    case 'dropped':
      return replace(
        exchanges,
        ({ receipt }) => receipt === event.receipt,
        (exchange) => ({ ...exchange, state: 'not_sent', receipt: null }),
      )
    case 'received': {
      const { message, via } = event
      const isMeant = (exchange: Exchange) => exchange.id === message.reply_to && isPending(exchange)
      return replace(exchanges, isMeant, (exchange) => received(exchange, message, via))
    }
    default:
      return event satisfies never
  }
}

const isPending = ({ state }: Exchange) => state === 'asked' || state === 'answering'

function asked(
  exchanges: readonly Exchange[],
  { key, id, question, sent, receipt }: Extract<ConversationEvent, { type: 'asked' }>,
) {
  const exchange: Exchange = {
    key,
    id,
    question,
    state: STATE_AFTER[sent],
    receipt,
    via: null,
    trace: [],
    answer: '',
    refusal: null,
  }
  const isKnown = exchanges.some((known) => known.key === key)
  return isKnown
    ? replace(
        exchanges,
        (known) => known.key === key,
        () => exchange,
      )
    : [...exchanges, exchange]
}

function received(exchange: Exchange, message: AgentMessage, via: AuthMethod | null): Exchange {
  switch (message.type) {
    case 'agent_started':
      return { ...exchange, state: 'answering', via }
    case 'agent_thinking':
      return { ...exchange, trace: [...exchange.trace, { kind: 'thinking', text: message.text, done: true }] }
    case 'tool_executing': {
      const step: TraceStep = { kind: 'tool', text: message.tool, detail: message.input, done: false }
      return { ...exchange, trace: [...exchange.trace, step] }
    }
    case 'tool_completed':
      return { ...exchange, trace: exchange.trace.map((step) => completed(step, message)) }
    case 'agent_completed':
      if ('error' in message) return { ...exchange, state: 'refused', refusal: message.error }
      return { ...exchange, state: message.done ? 'answered' : 'answering', answer: exchange.answer + message.delta }
    default:
      return message satisfies never
  }
}

function completed(step: TraceStep, { tool, result }: Extract<AgentMessage, { type: 'tool_completed' }>): TraceStep {
  return step.kind === 'tool' && step.text === tool && !step.done
    ? { ...step, detail: `${step.detail}: ${result}`, done: true }
    : step
}

function replace(
  exchanges: readonly Exchange[],
  isMeant: (exchange: Exchange) => boolean,
  change: (exchange: Exchange) => Exchange,
) {
  return exchanges.some(isMeant)
    ? exchanges.map((exchange) => (isMeant(exchange) ? change(exchange) : exchange))
    : exchanges
}
