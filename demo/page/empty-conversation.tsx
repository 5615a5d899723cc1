import type { DemoUser } from '../users.ts'

const SUGGESTIONS = [
  'What is a ticket, and why only once?',
  'What happens when the connection drops?',
  'When does it fall back to the JWT?',
  'Where would a JWT in the URL end up?',
]

export interface EmptyConversationProps {
  user: DemoUser
  onAsk: (question: string) => void
}

export const EmptyConversation = ({ user, onAsk }: EmptyConversationProps) => (
  <div className="empty">
    <p className="empty__title">Hello {user.name.split(' ')[0]}. Ask about the connection you are on.</p>
    <p className="empty__text">The answers were written beforehand. The way they reach you is real.</p>
    <ul className="suggestions">
      {SUGGESTIONS.map((question) => (
        <li key={question}>
          <button type="button" className="suggestion" onClick={() => onAsk(question)}>
            {question}
          </button>
        </li>
      ))}
    </ul>
  </div>
)
