// Tabs as WAI-ARIA describes them: one tab stop, arrows move and select, Home and End go to the ends.

import { type Dom, setAttributes } from './dom.ts'
import type { View } from './view.ts'

export interface Tab {
  readonly name: string
  readonly title: string
  readonly view: View
}

export function createTabs({ h }: Dom, tabs: readonly Tab[], onSelect: () => void): View {
  let selected = 0
  let user: number | null = null
  const buttons = tabs.map(({ name, title }) =>
    h(
      'button',
      { type: 'button', role: 'tab', class: 'tab', id: `tab-${name}`, 'aria-controls': `panel-${name}` },
      title,
    ),
  )
  const panels = tabs.map(({ name, view }) =>
    h(
      'div',
      { role: 'tabpanel', class: 'tabpanel', id: `panel-${name}`, 'aria-labelledby': `tab-${name}` },
      view.element,
    ),
  )
  const list = h('div', { role: 'tablist', class: 'tablist', 'aria-label': 'What happened' }, ...buttons)

  function show(index: number) {
    selected = index
    buttons.forEach((button, at) => {
      setAttributes(button, { 'aria-selected': at === index ? 'true' : 'false', tabindex: at === index ? 0 : -1 })
    })
    panels.forEach((panel, at) => {
      panel.hidden = at !== index
    })
  }

  function select(index: number, withFocus: boolean) {
    show(index)
    if (withFocus) buttons[index]?.focus()
    onSelect()
  }

  buttons.forEach((button, index) => {
    button.addEventListener('click', () => select(index, false))
    button.addEventListener('keydown', (event) => {
      const next = afterKey(event.key, selected, tabs.length)
      if (next === null) return
      event.preventDefault()
      select(next, true)
    })
  })
  const element = h('section', { class: 'tabs', 'aria-label': 'Details' }, list, ...panels)
  show(0)
  return {
    element,
    render(recording, moment) {
      // A hidden tab is not kept up to date, but nothing of the previous user stays in it.
      const due = recording.user === user ? tabs.slice(selected, selected + 1) : tabs
      user = recording.user
      for (const { view } of due) view.render(recording, moment)
    },
  }
}

function afterKey(key: string, at: number, count: number): number | null {
  switch (key) {
    case 'ArrowRight':
      return (at + 1) % count
    case 'ArrowLeft':
      return (at + count - 1) % count
    case 'Home':
      return 0
    case 'End':
      return count - 1
    default:
      return null
  }
}
