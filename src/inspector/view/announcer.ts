import { METHOD_WORDS } from '../format.ts'
import type { Recording } from '../record/recorder.ts'
import { STATUS_WORDS } from './connection-status.ts'
import { type Dom, setText } from './dom.ts'

/** Status messages for screen readers: the connection, and whether tickets are given up. Anything more would be too much. */
export function createAnnouncer({ h }: Dom) {
  const status = h('p', { class: 'hidden', role: 'status' })
  /** The panel's answers to commands. */
  const said = h('p', { class: 'said', role: 'status' })
  return {
    elements: [status, said],
    render: (recording: Recording) => setText(status, wordsFor(recording)),
    say: (words: string) => setText(said, words),
  }
}

function wordsFor({ socket: { status, method }, auth: { reverted } }: Recording): string {
  const by = status === 'open' && method ? ` ${METHOD_WORDS[method]}` : ''
  return `Connection: ${STATUS_WORDS[status]}${by}.${reverted ? ' Tickets are given up; this page uses the JWT.' : ''}`
}
