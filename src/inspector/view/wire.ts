import { METHOD_NAME } from '../format.ts'
import type { Dom } from './dom.ts'
import { setAttributes, setText } from './dom.ts'
import { ICONS } from './icons.ts'
import type { View } from './view.ts'

/** The page, the server, and the connection between them. */
export function createWire({ h, icon }: Dom): View {
  const method = h('span', { part: 'method' })
  const pill = h('span', { class: 'wire__method' }, h('span', { class: 'hidden' }, 'Authentication method: '), method)
  const line = () => h('span', { class: 'wire__line', 'aria-hidden': 'true' })
  const element = h(
    'div',
    { class: 'wire' },
    h('span', { class: 'wire__end' }, icon(ICONS.browser), 'This page'),
    line(),
    pill,
    line(),
    h('span', { class: 'wire__end' }, icon(ICONS.server), 'Server'),
  )
  return {
    element,
    render({ socket }) {
      setAttributes(element, { 'data-status': socket.status })
      setAttributes(pill, { 'data-method': socket.method })
      setText(method, socket.method ? METHOD_NAME[socket.method] : 'None yet')
    },
  }
}
