import { ago, countdown, shortHandle } from '../format.ts'
import type { TicketFate, TicketRow } from '../record/ticket-rows.ts'
import { createKeyedList, type Dom, setAttributes, setText } from './dom.ts'
import type { View } from './view.ts'

const FATE_WORDS: Readonly<Record<TicketFate, string>> = {
  bought: 'issued',
  spare: 'prefetched',
  taken: 'taken',
  opened: 'opened',
  refused: 'refused',
  replaced: 'replaced in time',
  expired: 'expired',
  dropped: 'dropped unused',
}

/** Every issued ticket, by handle, and what became of it. */
export function createTickets({ h, button }: Dom, onDropPrefetched: () => void): View {
  const body = h('tbody')
  const table = h(
    'table',
    { class: 'table' },
    h('caption', { class: 'hidden' }, 'Tickets, newest first'),
    h(
      'thead',
      {},
      h('tr', {}, ...['Handle', 'Issued', 'State', 'Time left'].map((title) => h('th', { scope: 'col' }, title))),
    ),
    body,
  )
  const empty = h('p', { class: 'empty' })
  const drop = button('Drop the prefetched ticket', onDropPrefetched, { class: 'button button--small' })
  const cells = new WeakMap<Element, { age: HTMLElement; fate: HTMLElement; left: HTMLElement }>()
  let wallNow = 0

  const show = createKeyedList<TicketRow, HTMLElement>(
    body,
    ({ handle }) => handle,
    ({ handle, ahead }) => {
      const [age, fate, left] = [h('span'), h('span', { class: 'fate' }), h('td', { class: 'number' })]
      const row = h(
        'tr',
        {},
        h('th', { scope: 'row' }, h('code', {}, shortHandle(handle))),
        h('td', {}, age, ahead ? h('span', { class: 'tag' }, 'prefetched') : null),
        h('td', {}, fate),
        left,
      )
      cells.set(row, { age, fate, left })
      return row
    },
    (row, ticket) => {
      const cell = cells.get(row)
      if (!cell) return
      const isUnused = ticket.fate === 'spare' || ticket.fate === 'bought'
      setText(cell.age, ago(Math.max(0, wallNow - ticket.boughtAt)))
      setText(cell.fate, FATE_WORDS[ticket.fate])
      setAttributes(cell.fate, { 'data-fate': ticket.fate })
      setText(cell.left, isUnused ? countdown(ticket.expiresAt - wallNow) : '–')
    },
  )

  return {
    element: h(
      'div',
      { class: 'pane' },
      empty,
      h('div', { class: 'scroll', tabindex: 0, role: 'group', 'aria-label': 'Tickets' }, table),
      h('p', { class: 'commands' }, drop),
    ),
    render({ tickets, auth }, moment) {
      wallNow = moment.wallNow
      empty.hidden = tickets.length > 0
      table.hidden = tickets.length === 0
      drop.hidden = auth.prefetched === null
      setText(
        empty,
        auth.ticketAuth === false ? 'No ticket was issued: the feature flag is off.' : 'No ticket was issued yet.',
      )
      show(tickets)
    },
  }
}
