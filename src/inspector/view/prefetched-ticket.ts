import type { AuthSnapshot } from '../../auth/auth-snapshot.ts'
import { countdown, shortHandle } from '../format.ts'
import type { Dom } from './dom.ts'
import { setText } from './dom.ts'
import type { View } from './view.ts'

/** The prefetched ticket, drawn as a ticket; or why there is none. */
export function createPrefetchedTicket({ h }: Dom): View {
  const handle = h('code', { class: 'stub__handle' })
  const fill = h('span')
  const refresh = h('dd')
  const expiry = h('dd')
  const stub = h(
    'div',
    { class: 'stub' },
    h(
      'div',
      { class: 'stub__body' },
      h('span', { class: 'stub__label' }, 'handle'),
      handle,
      h('span', { class: 'stub__bar', 'aria-hidden': 'true' }, fill),
    ),
    h(
      'dl',
      { class: 'stub__times' },
      h('div', {}, h('dt', {}, 'refreshed in'), refresh),
      h('div', {}, h('dt', {}, 'expires in'), expiry),
    ),
  )
  const none = h('p', { class: 'stub stub--none' })
  const element = h('section', { class: 'block' }, h('h3', {}, 'Prefetched ticket'), stub, none)
  let shown: { handle: string; since: number } | null = null

  return {
    element,
    render({ auth }, { wallNow }) {
      // An expired ticket is handed to nobody.
      const ticket = auth.prefetched && auth.prefetched.expiresAt > wallNow ? auth.prefetched : null
      stub.hidden = ticket === null
      none.hidden = ticket !== null
      if (!ticket) {
        shown = null
        return setText(none, whyNone(auth))
      }
      if (shown?.handle !== ticket.handle) shown = { handle: ticket.handle, since: wallNow }
      const whole = Math.max(1, ticket.refreshAt - shown.since)
      fill.style.transform = `scaleX(${Math.min(1, Math.max(0, (ticket.refreshAt - wallNow) / whole)).toFixed(3)})`
      setText(handle, shortHandle(ticket.handle))
      setText(refresh, countdown(ticket.refreshAt - wallNow))
      setText(expiry, countdown(ticket.expiresAt - wallNow))
    },
  }
}

function whyNone({ reverted, ticketAuth, prefetched }: AuthSnapshot): string {
  if (reverted) return 'None: tickets are given up.'
  if (ticketAuth === false) return 'None: the feature flag is off.'
  return prefetched ? 'None: the last one has expired.' : 'None at the moment.'
}
