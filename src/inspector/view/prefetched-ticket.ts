import type { AuthSnapshot } from '../../auth/auth-state.ts'
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
      const spare = auth.spare && auth.spare.expiresAt > wallNow ? auth.spare : null
      stub.hidden = spare === null
      none.hidden = spare !== null
      if (!spare) {
        shown = null
        return setText(none, whyNone(auth))
      }
      if (shown?.handle !== spare.handle) shown = { handle: spare.handle, since: wallNow }
      const whole = Math.max(1, spare.refreshAt - shown.since)
      fill.style.transform = `scaleX(${Math.min(1, Math.max(0, (spare.refreshAt - wallNow) / whole)).toFixed(3)})`
      setText(handle, shortHandle(spare.handle))
      setText(refresh, countdown(spare.refreshAt - wallNow))
      setText(expiry, countdown(spare.expiresAt - wallNow))
    },
  }
}

function whyNone({ reverted, ticketAuth, spare }: AuthSnapshot): string {
  if (reverted) return 'None: tickets are given up.'
  if (ticketAuth === false) return 'None: the feature flag is off.'
  return spare ? 'None: the last one has expired.' : 'None at the moment.'
}
