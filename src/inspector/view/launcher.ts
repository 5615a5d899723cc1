import type { Recording } from '../record/recorder.ts'
import { STATUS_WORDS } from './connection-status.ts'
import { type Dom, setAttributes, setText } from './dom.ts'
import { ICONS } from './icons.ts'

/** A folded floating panel: a button that shows the status. */
export function createLauncher({ h, icon }: Dom, title: string | null, onOpen: () => void) {
  const words = h('span', { class: 'launcher__status' })
  const element = h(
    'button',
    { type: 'button', class: 'launcher', 'aria-expanded': 'false', 'aria-controls': 'panel' },
    icon(ICONS.ticket),
    h('span', { class: 'hidden' }, 'ticket-socket inspector: '),
    h('span', { class: 'status__dot', 'aria-hidden': 'true' }),
    title ? h('span', { class: 'launcher__title' }, `${title}: `) : null,
    words,
  )
  element.addEventListener('click', onOpen)
  return {
    element,
    render({ socket: { status }, auth: { reverted } }: Recording) {
      setAttributes(element, { 'data-status': status })
      setText(words, reverted ? `${STATUS_WORDS[status]}, reverted` : STATUS_WORDS[status])
    },
  }
}
