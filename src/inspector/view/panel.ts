// The whole panel: a head, the connection on the left (or above), and the tabs.

import type { InspectorJournal } from '../journal.ts'
import type { ResolvedInspectorOptions } from '../options.ts'
import type { Recorder, Recording } from '../record/recorder.ts'
import { createAnnouncer } from './announcer.ts'
import { createConnectionCard } from './connection-card.ts'
import { createDom, isInField } from './dom.ts'
import { createExport } from './export-buttons.ts'
import { ICONS } from './icons.ts'
import { createLauncher } from './launcher.ts'
import { createMessages } from './messages.ts'
import { createMetrics, type MetricsSource } from './metrics.ts'
import { createScenarios } from './scenarios.ts'
import { createTabs } from './tabs.ts'
import { createTickets } from './tickets.ts'
import { createTimeline } from './timeline.ts'
import type { Moment } from './view.ts'

export interface PanelDeps {
  options: ResolvedInspectorOptions
  recorder: Recorder
  metrics: MetricsSource
  journal: () => InspectorJournal
  /** Requests a `render`. */
  refresh: () => void
}

export interface Panel {
  readonly elements: readonly HTMLElement[]
  /** A folded panel shows only the status, which needs no clock. */
  isFolded(): boolean
  render(recording: Recording, moment: Moment): void
  stop(): void
}

export function createPanel({ options, recorder, metrics, journal, refresh }: PanelDeps): Panel {
  const { socket, auth, backend, scenarios, document, target, title } = options
  const dom = createDom(document)
  const { h, button, icon } = dom
  const announcer = createAnnouncer(dom)
  const { copy, buttons } = createExport(dom, { document, journal, say: announcer.say })
  const onCommand = (title: string) => recorder.note({ tone: 'you', title })

  const connection = createConnectionCard(dom, {
    socket,
    onCommand,
    onTryTicketsAgain() {
      onCommand('You enabled tickets again')
      auth.resetTicketFailures()
    },
  })
  const broken = backend && createScenarios(dom, { backend, scenarios, onCommand })
  const tabs = createTabs(
    dom,
    [
      { name: 'timeline', title: 'Time line', view: createTimeline(dom) },
      {
        name: 'messages',
        title: 'Messages',
        view: createMessages(dom, { copy, onClear: recorder.clearMessages, refresh }),
      },
      { name: 'tickets', title: 'Tickets', view: createTickets(dom, () => auth.clearTicketCache()) },
      { name: 'metrics', title: 'Metrics', view: createMetrics(dom, metrics) },
      ...(broken ? [{ name: 'scenarios', title: 'Scenarios', view: broken }] : []),
    ],
    refresh,
  )

  const isFloating = target === null
  const fold = button('', () => setFolded(true), { class: 'icon-button', 'aria-label': 'Fold the inspector' })
  fold.append(icon(ICONS.fold))
  const panel = h(
    'section',
    {
      class: 'panel',
      id: 'panel',
      'aria-label': title ? `ticket-socket inspector: ${title}` : 'ticket-socket inspector',
    },
    h(
      'header',
      { class: 'head' },
      h('span', { class: 'head__mark' }, icon(ICONS.ticket)),
      h('span', { class: 'head__name' }, title ? `Inspector: ${title}` : 'Inspector'),
      announcer.elements[1] ?? null,
      h('span', { class: 'head__buttons' }, ...buttons, isFloating ? fold : null),
    ),
    h('div', { class: 'body' }, connection.element, tabs.element),
  )
  const launcher = createLauncher(dom, title, () => setFolded(false))
  panel.addEventListener('keydown', (event) => {
    // Fields handle Escape themselves.
    if (event.key === 'Escape' && isFloating && !isInField(event)) setFolded(true)
  })

  function setFolded(isFolded: boolean) {
    panel.hidden = isFolded
    launcher.element.hidden = !isFolded
    if (isFolded) launcher.element.focus()
    else fold.focus()
    refresh()
  }
  let user: number | null = null
  panel.hidden = isFloating
  launcher.element.hidden = !isFloating

  return {
    elements: [panel, launcher.element, ...announcer.elements.slice(0, 1)],
    isFolded: () => panel.hidden !== false,
    render(recording, moment) {
      announcer.render(recording)
      if (panel.hidden) launcher.render(recording)
      // A folded panel is not kept up to date, but nothing of the previous user stays in it.
      if (panel.hidden && recording.user === user) return
      user = recording.user
      connection.render(recording, moment)
      tabs.render(recording, moment)
    },
    stop: () => broken?.stop(),
  }
}
