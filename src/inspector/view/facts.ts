import { countdown, shortHandle } from '../format.ts'
import type { Recording } from '../record/recorder.ts'
import { type Dom, setText } from './dom.ts'
import type { Moment, View } from './view.ts'

const FACTS: readonly [term: string, value: (recording: Recording, moment: Moment) => string][] = [
  // An opaque JWT does not name its user; the server's session does.
  ['User', ({ auth, socket }) => auth.userId ?? socket.session?.userId ?? (auth.signedIn === false ? 'nobody' : '–')],
  ['Feature flag', ({ auth }) => (auth.ticketAuth === null ? 'not read yet' : auth.ticketAuth ? 'on' : 'off')],
  ['Session', ({ socket }) => (socket.session ? shortHandle(socket.session.id) : '–')],
  [
    'Session ends in',
    ({ socket: { session } }, { wallNow }) => (session ? countdown(session.expiresAt - wallNow) : '–'),
  ],
  [
    'Round trip',
    ({ socket: { rttMs } }) => (rttMs === null ? '–' : `${rttMs < 10 ? rttMs.toFixed(1) : Math.round(rttMs)} ms`),
  ],
  ['Queue', ({ socket: { queued } }) => (queued === 0 ? 'empty' : `${queued} waiting`)],
]

export function createFacts({ h }: Dom): View {
  const rows = FACTS.map(([term, value]) => ({ term, value, shown: h('dd') }))
  const element = h(
    'dl',
    { class: 'facts' },
    ...rows.map(({ term, shown }) => h('div', { class: 'fact' }, h('dt', {}, term), shown)),
  )
  return {
    element,
    render(recording, moment) {
      for (const { value, shown } of rows) setText(shown, value(recording, moment))
    },
  }
}
