import type { RecordedMessage } from '../record/recorder.ts'
import { type Dom, setText } from './dom.ts'

export interface MessageDetailDeps {
  copy: (text: string, what: string) => void
  onClose: () => void
}

/** One message in full. */
export function createMessageDetail({ h, button }: Dom, { copy, onClose }: MessageDetailDeps) {
  const title = h('h3')
  const about = h('p', { class: 'soft' })
  const body = h('pre', { class: 'detail__body', tabindex: 0, role: 'group', 'aria-label': 'Content' })
  const element = h(
    'section',
    { class: 'detail', 'aria-label': 'The selected message' },
    h(
      'div',
      { class: 'detail__head' },
      title,
      button('Copy', () => copy(body.textContent ?? '', 'The message'), { class: 'button button--small' }),
      button('Close', onClose, { class: 'button button--small', 'aria-label': 'Close the message' }),
    ),
    about,
    body,
  )
  element.hidden = true
  return {
    element,
    show(message: RecordedMessage | null, time: string) {
      element.hidden = message === null
      // A hidden element still holds its text.
      setText(title, message?.type ?? '')
      setText(
        about,
        message ? `${message.direction === 'in' ? 'received' : (message.receipt ?? 'sent')} at ${time}` : '',
      )
      setText(body, message?.text ?? '')
    },
  }
}
