import type { ObservedSocket } from '../record/recorder.ts'
import { createConnectionStatus } from './connection-status.ts'
import { type Dom, setText } from './dom.ts'
import { createFacts } from './facts.ts'
import { createFallbackChain } from './fallback-chain.ts'
import { createFlightChart } from './flight-chart.ts'
import { createPrefetchedTicket } from './prefetched-ticket.ts'
import type { View } from './view.ts'
import { createWire } from './wire.ts'

export interface ConnectionCardDeps {
  socket: ObservedSocket
  onTryTicketsAgain: () => void
  /** A command of the person at the panel, for the time line. */
  onCommand: (title: string) => void
}

/** How the page is connected, with which credential, and how many failures are left before it gives tickets up. */
export function createConnectionCard(dom: Dom, { socket, onTryTicketsAgain, onCommand }: ConnectionCardDeps): View {
  const { h, button } = dom
  const status = createConnectionStatus(dom)
  const parts = [
    createWire(dom),
    createPrefetchedTicket(dom),
    createFallbackChain(dom, onTryTicketsAgain),
    createFlightChart(dom),
    createFacts(dom),
  ]
  const error = h('p', { class: 'error' })
  const command = (words: string, title: string, run: () => void) =>
    button(
      words,
      () => {
        onCommand(title)
        run()
      },
      { class: 'button button--small' },
    )
  const connect = command('Connect', 'You connected', () => socket.connect())
  const reconnect = command('Reconnect', 'You reconnected', () => socket.reconnect())
  const close = command('Close', 'You closed the connection', () => socket.close())

  const element = h(
    'section',
    { class: 'connection', 'aria-labelledby': 'connection-title' },
    h('h2', { class: 'hidden', id: 'connection-title' }, 'Connection'),
    h('div', { class: 'connection__head' }, status.element, h('p', { class: 'commands' }, connect, reconnect, close)),
    error,
    ...parts.map((part) => part.element),
  )
  return {
    element,
    render(recording, moment) {
      for (const part of [status, ...parts]) part.render(recording, moment)
      const { status: now, error: cause } = recording.socket
      error.hidden = cause === null
      if (cause) setText(error, cause.message)
      const isEnded = now === 'idle' || now === 'closed' || now === 'failed'
      connect.hidden = !isEnded
      reconnect.hidden = isEnded
      close.hidden = isEnded
    },
  }
}
