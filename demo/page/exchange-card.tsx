import type { Exchange } from './conversation.ts'
import { ThoughtIcon, ToolIcon } from './icons.tsx'

export interface ExchangeCardProps {
  exchange: Exchange
  onAskAgain: (key: string) => void
}

const REFUSALS = {
  not_permitted: 'Your permissions do not allow asking.',
  too_many_questions: 'Too many questions at once. Wait for an answer first.',
} as const

const OPENED_WITH = { ticket: 'a ticket', jwt: 'a JWT', none: 'no credential' } as const

/** One question, what the agent did about it, and its answer. */
export function ExchangeCard({ exchange, onAskAgain }: ExchangeCardProps) {
  const { key, question, state, trace, answer, via } = exchange
  const isBusy = state === 'asked' || state === 'answering'
  return (
    <article className={`exchange exchange--${state}`} aria-busy={isBusy}>
      <p className="exchange__question">{question}</p>
      {trace.length > 0 && (
        <ul className="trace">
          {trace.map((step) => (
            <li
              key={`${step.kind}:${step.text}`}
              className={step.done ? 'trace__step' : 'trace__step trace__step--running'}
            >
              {step.kind === 'tool' ? <ToolIcon /> : <ThoughtIcon />}
              <span>
                {step.kind === 'tool' ? <code>{step.text}</code> : step.text}
                {step.detail && <span className="trace__detail"> {step.detail}</span>}
              </span>
            </li>
          ))}
        </ul>
      )}
      {answer !== '' && <p className="exchange__answer">{answer}</p>}
      <Footnote exchange={exchange} onAskAgain={() => onAskAgain(key)} />
      {state === 'answered' && via && <p className="exchange__via">over a socket opened with {OPENED_WITH[via]}</p>}
    </article>
  )
}

function Footnote({
  exchange: { state, answer, refusal },
  onAskAgain,
}: {
  exchange: Exchange
  onAskAgain: () => void
}) {
  switch (state) {
    case 'queued':
      return (
        <p className="footnote footnote--wait">Not connected. It waits here and is sent when the connection is back.</p>
      )
    case 'interrupted':
      return (
        <p className="footnote footnote--bad">
          The connection was lost {answer === '' ? 'before the answer' : 'in mid-answer'}.
          <AskAgain onClick={onAskAgain} />
        </p>
      )
    case 'not_sent':
      return (
        <p className="footnote footnote--bad">
          It was not sent.
          <AskAgain onClick={onAskAgain} />
        </p>
      )
    case 'refused':
      return (
        <p className="footnote footnote--bad">
          {refusal && REFUSALS[refusal]}
          <AskAgain onClick={onAskAgain} />
        </p>
      )
    case 'asked':
      return <p className="footnote">Sent.</p>
    default:
      return null
  }
}

const AskAgain = ({ onClick }: { onClick: () => void }) => (
  <button type="button" className="link-button" onClick={onClick}>
    Ask again
  </button>
)
