import type { TicketSocket } from 'ticket-socket'
import { createStore, type StoreApi } from 'zustand/vanilla'
import { AGENT_MESSAGE_TYPES, type AgentMessage, type Ask } from '../messages.ts'
import { afterEvent, type ConversationEvent, type Exchange } from './conversation.ts'

export interface ConversationStore {
  readonly store: StoreApi<{ exchanges: readonly Exchange[] }>
  ask(question: string): void
  /** Asks the same question again, in the same place. */
  askAgain(key: string): void
  clear(): void
}

/** The conversation over one socket. */
export function createConversation(socket: TicketSocket<AgentMessage, Ask>): ConversationStore {
  const store = createStore<{ exchanges: readonly Exchange[] }>(() => ({ exchanges: [] }))
  let lastId = 0
  const note = (event: ConversationEvent) =>
    store.setState(({ exchanges }) => ({ exchanges: afterEvent(exchanges, event) }))

  function send(key: string, question: string) {
    const id = `q${++lastId}`
    const receipt = socket.send({ type: 'ask', id, text: question })
    note({
      type: 'asked',
      key,
      id,
      question,
      sent: receipt.status,
      receipt: receipt.status === 'queued' ? receipt.id : null,
    })
  }

  for (const type of AGENT_MESSAGE_TYPES) {
    socket.onMessage(type, (message) => note({ type: 'received', message, via: socket.store.getState().method }))
  }
  // By then the socket has sent what had waited.
  socket.on('open', () => note({ type: 'opened' }))
  socket.on('lost', () => note({ type: 'lost' }))
  socket.on('closed', () => note({ type: 'lost' }))
  socket.on('failed', () => note({ type: 'lost' }))
  socket.on('dropped', ({ id }) => note({ type: 'dropped', receipt: id }))

  return {
    store,
    ask: (question) => send(`e${lastId + 1}`, question),
    askAgain(key) {
      const known = store.getState().exchanges.find((exchange) => exchange.key === key)
      if (known) send(key, known.question)
    },
    clear: () => store.setState({ exchanges: [] }),
  }
}
