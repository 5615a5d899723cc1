import type { AuthMethod } from '../../contract/wire.ts'
import { METHOD_NAME } from '../format.ts'
import { createKeyedList, type Dom, setAttributes, setText } from './dom.ts'
import type { View } from './view.ts'

const CHAIN: readonly AuthMethod[] = ['ticket', 'jwt', 'none']

/** The methods of the chain, the one in use, and the failures left before the page gives tickets up. */
export function createFallbackChain({ h, button }: Dom, onTryAgain: () => void): View {
  const links = CHAIN.map((method) => ({ method, link: h('li', { class: 'chain__link' }, METHOD_NAME[method]) }))
  const pips = h('span', { class: 'pips__row', 'aria-hidden': 'true' })
  const showPips = createKeyedList<{ key: number; lit: boolean }, HTMLElement>(
    pips,
    ({ key }) => key,
    () => h('span', { class: 'pip' }),
    (pip, { lit }) => setAttributes(pip, { 'data-lit': lit }),
  )
  const count = h('span', { part: 'failures' })
  const reverted = h(
    'div',
    { class: 'reverted' },
    h('p', {}, h('strong', {}, 'Reverted to JWT.'), ' Tickets are given up for the life of this page.'),
    button('Try tickets again', onTryAgain, { class: 'button button--small' }),
  )
  const cause = h('p', { class: 'soft' })
  const element = h(
    'section',
    { class: 'block' },
    h('h3', {}, 'Fallback chain'),
    h('ol', { class: 'chain' }, ...links.map(({ link }) => link)),
    h('p', { class: 'pips' }, pips, count),
    cause,
    reverted,
  )

  return {
    element,
    render({ socket, auth }) {
      const isSkipped = auth.reverted || auth.ticketAuth === false
      for (const { method, link } of links) {
        const isCurrent = socket.status === 'open' && socket.method === method
        setAttributes(link, {
          'aria-current': isCurrent ? 'step' : null,
          'data-method': method,
          'data-skipped': method === 'ticket' && isSkipped,
        })
      }
      const { ticketFailures, maxTicketFailures } = auth
      showPips(Array.from({ length: maxTicketFailures }, (_, key) => ({ key, lit: key < ticketFailures })))
      setText(count, `${ticketFailures} of ${maxTicketFailures} ticket failures`)
      cause.hidden = auth.lastError === null
      if (auth.lastError) setText(cause, `The last reason: ${auth.lastError.code}. ${auth.lastError.message}`)
      reverted.hidden = !auth.reverted
    },
  }
}
