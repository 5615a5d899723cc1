import type { SocketPhase, SocketStatus } from '../../socket/snapshot.ts'
import { type Dom, setAttributes, setText } from './dom.ts'
import type { View } from './view.ts'

export const STATUS_WORDS: Readonly<Record<SocketStatus, string>> = {
  idle: 'Not connected yet',
  connecting: 'Connecting',
  open: 'Open',
  reconnecting: 'Reconnecting',
  offline: 'Offline',
  closed: 'Closed',
  failed: 'Gave up',
}

/** What an attempt is waiting for. */
const DIALLING_WORDS: Readonly<Partial<Record<SocketPhase, string>>> = {
  authenticating: 'getting a credential',
  opening: 'opening the socket',
  confirming: 'waiting for the server’s word',
}

/** The public status as text, and what it is waiting for. */
export function createConnectionStatus({ h }: Dom): View {
  const words = h('span', { part: 'status' })
  const wait = h('span', { class: 'status__wait' })
  const element = h('p', { class: 'status' }, h('span', { class: 'status__dot', 'aria-hidden': 'true' }), words, wait)
  return {
    element,
    render({ socket: { status, phase, retryAt } }, { wallNow }) {
      setAttributes(element, { 'data-status': status })
      setText(words, STATUS_WORDS[status])
      const dialling = DIALLING_WORDS[phase] ?? ''
      setText(wait, retryAt === null ? dialling : `in ${(Math.max(0, retryAt - wallNow) / 1_000).toFixed(1)} s`)
    },
  }
}
