// The messages in both directions, newest first. A paused list does not change; new messages are recorded and
// counted. The list is one tab stop: arrows move and select, Escape closes the detail.

import type { RecordedMessage } from '../record/recorder.ts'
import { createKeyedList, type Dom, isInField, setAttributes, setText } from './dom.ts'
import { createMessageDetail } from './message-detail.ts'
import { EVERYTHING, matching, typesOf } from './message-filter.ts'
import { createMessageToolbar } from './message-toolbar.ts'
import type { View } from './view.ts'

const MAX_SHOWN = 200

/** The messages at one moment, and their total number so far. */
interface Messages {
  readonly messages: readonly RecordedMessage[]
  readonly count: number
}

export interface MessagesDeps {
  copy: (text: string, what: string) => void
  onClear: () => void
  /** Called when this view needs another render. */
  refresh: () => void
}

export function createMessages(dom: Dom, { copy, onClear, refresh }: MessagesDeps): View {
  const { h } = dom
  const clockTime = new Intl.DateTimeFormat('en-GB', { timeStyle: 'medium' })
  let user: number | null = null
  let filter = EVERYTHING
  let selectedId: number | null = null
  /** The messages shown while paused. */
  let frozen: Messages | null = null
  let latest: Messages = { messages: [], count: 0 }
  let shown: readonly RecordedMessage[] = []

  const list = h('ol', { class: 'messages', role: 'listbox', 'aria-label': 'Messages, newest first' })
  const empty = h('p', { class: 'empty' })
  const missed = h('p', { class: 'soft missed', role: 'status' })
  const toolbar = createMessageToolbar(dom, {
    onFilter(changed) {
      filter = changed
      refresh()
    },
    onPause(isPaused) {
      frozen = isPaused ? latest : null
      refresh()
    },
    onClear() {
      selectedId = null
      shown = []
      if (frozen) frozen = { messages: [], count: latest.count }
      onClear()
    },
  })
  const detail = createMessageDetail(dom, { copy, onClose: () => select(null, true) })

  const showRows = createKeyedList<RecordedMessage, HTMLElement>(
    list,
    ({ id }) => id,
    ({ id, at, direction, type, text }) => {
      const row = h(
        'li',
        { class: 'message', role: 'option', id: `message-${id}`, 'data-direction': direction, 'data-id': id },
        h('span', { class: 'message__arrow', 'aria-hidden': 'true' }, direction === 'in' ? '↓' : '↑'),
        h('span', { class: 'hidden' }, direction === 'in' ? 'received ' : 'sent '),
        h('span', { class: 'message__type' }, type),
        h('span', { class: 'message__preview' }, preview(text)),
        h('span', { class: 'message__time' }, clockTime.format(at)),
      )
      row.addEventListener('click', () => select(id, true))
      return row
    },
    (row, { id }) => {
      const isSelected = id === selectedId
      setAttributes(row, { 'aria-selected': isSelected ? 'true' : 'false', tabindex: id === tabStop() ? 0 : -1 })
    },
  )

  const focusedId = () => {
    const { activeElement } = list.getRootNode() as ShadowRoot
    return activeElement && list.contains(activeElement) ? Number((activeElement as HTMLElement).dataset.id) : null
  }
  /** The row with the focus, or else the selected one. */
  const tabStop = () => [focusedId(), selectedId].find((id) => shown.some((row) => row.id === id)) ?? shown[0]?.id
  const rowOf = (id: number | null | undefined) => list.querySelector<HTMLElement>(`[data-id="${id}"]`)

  function select(id: number | null, withFocus: boolean) {
    const before = selectedId
    selectedId = id
    refresh()
    if (withFocus) rowOf(id ?? before)?.focus()
  }

  /** The newest rows that fit, the focused row and the selected row: neither may disappear while it is in use. */
  function rowsOf(source: readonly RecordedMessage[]): readonly RecordedMessage[] {
    const newest = matching(source, filter).slice(-MAX_SHOWN).reverse()
    const at = new Set([selectedId, focusedId()])
    const older = shown.filter((row) => at.has(row.id) && newest.every(({ id }) => id !== row.id))
    return [...newest, ...matching(older, filter)]
  }

  function forgetUser(next: number) {
    user = next
    filter = EVERYTHING
    toolbar.reset()
    selectedId = null
    frozen = null
    shown = []
  }

  list.addEventListener('keydown', (event) => {
    const next =
      shown[
        afterKey(
          event.key,
          shown.findIndex(({ id }) => id === tabStop()),
          shown.length,
        )
      ]
    if (!next) return
    event.preventDefault()
    select(next.id, true)
  })
  const element = h('div', { class: 'pane' }, toolbar.element, missed, empty, list, detail.element)
  element.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape' || selectedId === null || isInField(event)) return
    // A floating panel folds at Escape; here it has only closed the detail.
    event.stopPropagation()
    select(null, true)
  })

  return {
    element,
    render(recording) {
      if (recording.user !== user) forgetUser(recording.user)
      const { messages, messageCount: count, recordsSends } = recording
      latest = { messages: [...messages], count }
      const source = frozen?.messages ?? messages
      shown = rowsOf(source)
      toolbar.showTypes(typesOf(source))
      showRows(shown)
      list.hidden = shown.length === 0
      empty.hidden = shown.length > 0
      setText(empty, emptyWords(source.length, recordsSends))
      setText(missed, frozen ? `Paused. ${count - frozen.count} more since.` : '')
      const selected = [...source, ...shown].find(({ id }) => id === selectedId) ?? null
      detail.show(selected, selected ? clockTime.format(selected.at) : '')
    },
  }
}

/** -1: the key does not move. */
function afterKey(key: string, at: number, count: number): number {
  switch (key) {
    case 'ArrowDown':
      return Math.min(at + 1, count - 1)
    case 'ArrowUp':
      return Math.max(at - 1, 0)
    case 'Home':
      return 0
    case 'End':
      return count - 1
    case 'Enter':
    case ' ':
      return at
    default:
      return -1
  }
}

/** On one line, without the type, which stands before it. */
const preview = (text: string) =>
  text
    .slice(0, 400)
    .replace(/^\{\s*"type": "[^"]*",?\s*/, '{ ')
    .replaceAll(/\s+/g, ' ')

function emptyWords(recorded: number, recordsSends: boolean): string {
  if (recorded > 0) return 'No message fits the filter.'
  return recordsSends ? 'No message yet.' : 'No message yet. Sent messages are shown with the option recordSends.'
}
