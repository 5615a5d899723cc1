import { type FormEvent, useEffect, useRef, useState } from 'react'
import { useSocketStatus } from 'ticket-socket/react'
import { MAX_QUESTION_LENGTH } from '../messages.ts'
import { SendIcon } from './icons.tsx'

export function Composer({ onAsk }: { onAsk: (question: string) => void }) {
  const [question, setQuestion] = useState('')
  const status = useSocketStatus()
  const field = useRef<HTMLInputElement>(null)
  // A user who has just signed in wants to ask.
  useEffect(() => field.current?.focus(), [])

  function submit(event: FormEvent) {
    event.preventDefault()
    if (question.trim() === '') return
    onAsk(question.trim())
    setQuestion('')
  }

  return (
    <form className="composer" onSubmit={submit}>
      <label htmlFor="question" className="visually-hidden">
        Your question
      </label>
      <input
        id="question"
        ref={field}
        value={question}
        maxLength={MAX_QUESTION_LENGTH}
        autoComplete="off"
        placeholder={status === 'open' ? 'Ask something' : 'Ask something; it waits for the connection'}
        onChange={(event) => setQuestion(event.target.value)}
      />
      <button type="submit" className="send-button" aria-label="Ask">
        <SendIcon />
      </button>
    </form>
  )
}
