import { ago } from '../format.ts'
import type { TimelineEntry } from '../record/recorder.ts'
import { createKeyedList, type Dom, setText } from './dom.ts'
import { createPhaseBar } from './phase-bar.ts'
import type { View } from './view.ts'

const MAX_SHOWN = 100

/** The events, newest first; for each attempt the time in each phase. */
export function createTimeline(dom: Dom): View {
  const { h } = dom
  const agoOf = new WeakMap<Element, HTMLElement>()
  const list = h('ol', { class: 'timeline', tabindex: 0, 'aria-label': 'Time line' })
  const empty = h('p', { class: 'empty' }, 'Nothing has happened yet.')
  let wallNow = 0

  const show = createKeyedList<TimelineEntry, HTMLElement>(
    list,
    ({ id }) => id,
    ({ tone, title, detail, phases }) => {
      const when = h('span', { class: 'event__ago' })
      const entry = h(
        'li',
        { class: 'event', 'data-tone': tone },
        h('span', { class: 'event__title' }, title),
        when,
        detail === undefined ? null : h('span', { class: 'event__detail' }, detail),
        phases === undefined ? null : createPhaseBar(dom, phases),
      )
      agoOf.set(entry, when)
      return entry
    },
    (node, { at }) => {
      const when = agoOf.get(node)
      if (when) setText(when, ago(Math.max(0, wallNow - at)))
    },
  )

  return {
    element: h('div', { class: 'pane' }, empty, list),
    render({ timeline }, moment) {
      wallNow = moment.wallNow
      empty.hidden = timeline.length > 0
      list.hidden = timeline.length === 0
      show(timeline.slice(-MAX_SHOWN).reverse())
    },
  }
}
