import type { SocketStatus } from '../../socket/status.ts'
import type { Dom } from './dom.ts'
import { setAttributes, setText } from './dom.ts'
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

/** The public status in a word, and when the next try begins. */
export function createConnectionStatus({ h }: Dom): View {
  const words = h('span', { part: 'status' })
  const wait = h('span', { class: 'status__wait' })
  const element = h('p', { class: 'status' }, h('span', { class: 'status__dot', 'aria-hidden': 'true' }), words, wait)
  return {
    element,
    render({ socket: { status, retryAt } }, { wallNow }) {
      setAttributes(element, { 'data-status': status })
      setText(words, STATUS_WORDS[status])
      setText(wait, retryAt === null ? '' : `in ${(Math.max(0, retryAt - wallNow) / 1_000).toFixed(1)} s`)
    },
  }
}
