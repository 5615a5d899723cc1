import type { ReactNode } from 'react'
import type { Session } from 'ticket-socket'
import { clockTime } from '../format.ts'
import { shortHandle } from '../timeline.ts'
import { useNow } from '../use-now.ts'

export interface FactListProps {
  session: Session | null
  rttMs: number | null
  queued: number
}

export function FactList({ session, rttMs, queued }: FactListProps) {
  return (
    <dl className="facts">
      <Fact term="Session" value={session ? shortHandle(session.id) : '–'} isCode={session !== null} />
      <Fact term="Session ends in" value={session ? <Until at={session.expiresAt} /> : '–'} />
      <Fact
        term="Round trip"
        value={rttMs === null ? '–' : `${rttMs < 10 ? rttMs.toFixed(1) : Math.round(rttMs)} ms`}
      />
      <Fact term="Queue" value={queued === 0 ? 'empty' : `${queued} waiting`} />
    </dl>
  )
}

const Until = ({ at }: { at: number }) => <>{clockTime(at - useNow(1_000))}</>

const Fact = ({ term, value, isCode = false }: { term: string; value: ReactNode; isCode?: boolean }) => (
  <div className="fact">
    <dt>{term}</dt>
    <dd>{isCode ? <code>{value}</code> : value}</dd>
  </div>
)
