import { useEffect, useRef } from 'react'
import { useTicketAuth } from 'ticket-socket/react'
import { useStore } from 'zustand'
import type { DemoUser } from '../users.ts'
import { Composer } from './composer.tsx'
import type { ConversationStore } from './conversation-store.ts'
import { EmptyConversation } from './empty-conversation.tsx'
import { ExchangeCard } from './exchange-card.tsx'
import { RevertedBanner } from './reverted-banner.tsx'

export interface ConversationProps {
  conversation: ConversationStore
  user: DemoUser
  onRetryTickets: () => void
}

export function Conversation({ conversation, user, onRetryTickets }: ConversationProps) {
  const exchanges = useStore(conversation.store, (state) => state.exchanges)
  const { reverted, maxTicketFailures } = useTicketAuth()
  const log = useRef<HTMLDivElement>(null)

  // Follows the answer as it grows, unless the reader has scrolled away from its end.
  const followsEnd = useRef(true)
  useEffect(() => {
    if (exchanges.length > 0 && followsEnd.current && log.current) log.current.scrollTop = log.current.scrollHeight
  }, [exchanges])
  function noteScroll() {
    const { scrollHeight = 0, scrollTop = 0, clientHeight = 0 } = log.current ?? {}
    followsEnd.current = scrollHeight - scrollTop - clientHeight < 48
  }

  return (
    <section className="card conversation" aria-labelledby="conversation-title">
      <h2 id="conversation-title" className="visually-hidden">
        Conversation
      </h2>
      {reverted && <RevertedBanner maxTicketFailures={maxTicketFailures} onRetryTickets={onRetryTickets} />}
      <div
        className="conversation__log"
        role="log"
        aria-label="Questions and answers"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, and has to scroll by keyboard as well
        tabIndex={0}
        ref={log}
        onScroll={noteScroll}
      >
        {exchanges.length === 0 && <EmptyConversation user={user} onAsk={conversation.ask} />}
        {exchanges.map((exchange) => (
          <ExchangeCard key={exchange.key} exchange={exchange} onAskAgain={conversation.askAgain} />
        ))}
      </div>
      <Composer onAsk={conversation.ask} />
    </section>
  )
}
