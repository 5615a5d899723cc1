import { createKeyedList, type Dom, setAttributes, setText } from './dom.ts'
import { EVERYTHING, type MessageFilter } from './message-filter.ts'

export interface MessageToolbarDeps {
  onFilter: (filter: MessageFilter) => void
  onPause: (isPaused: boolean) => void
  onClear: () => void
}

/** Search, direction, type, pause and clear. */
export function createMessageToolbar({ h, button }: Dom, { onFilter, onPause, onClear }: MessageToolbarDeps) {
  let filter = EVERYTHING
  let isPaused = false

  const change = (patch: Partial<MessageFilter>) => {
    filter = { ...filter, ...patch }
    onFilter(filter)
  }
  const search = h('input', {
    type: 'search',
    class: 'field field--search',
    placeholder: 'Search',
    'aria-label': 'Search messages',
  })
  search.addEventListener('input', () => change({ search: search.value }))

  const direction = h(
    'select',
    { class: 'field', 'aria-label': 'Direction' },
    h('option', { value: 'all' }, 'All'),
    h('option', { value: 'in' }, 'Received'),
    h('option', { value: 'out' }, 'Sent'),
  )
  direction.addEventListener('change', () => change({ direction: direction.value as MessageFilter['direction'] }))

  const everyType = h('option', { value: '' }, 'All types')
  const options = h('optgroup', { label: 'Types' })
  const type = h('select', { class: 'field', 'aria-label': 'Type' }, everyType, options)
  type.addEventListener('change', () => change({ type: type.value === '' ? null : type.value }))
  const showOptions = createKeyedList<readonly [type: string, count: number], HTMLOptionElement>(
    options,
    ([name]) => name,
    ([name]) => h('option', { value: name }),
    (option, [name, count]) => setText(option, `${name} (${count})`),
  )

  const pause = button(
    'Pause',
    () => {
      showPaused(!isPaused)
      onPause(isPaused)
    },
    { class: 'button button--small' },
  )
  const clear = button('Clear', onClear, { class: 'button button--small' })

  function showPaused(now: boolean) {
    isPaused = now
    setAttributes(pause, { 'aria-pressed': isPaused ? 'true' : 'false' })
    setText(pause, isPaused ? 'Resume' : 'Pause')
  }
  showPaused(false)

  return {
    element: h(
      'div',
      { class: 'toolbar', role: 'group', 'aria-label': 'Which messages' },
      search,
      direction,
      type,
      pause,
      clear,
    ),
    /** The types and their counts. The selected type stays in the list when no message has it. */
    showTypes(types: readonly (readonly [type: string, count: number])[]) {
      const { type: asked } = filter
      const isMissing = asked !== null && !types.some(([name]) => name === asked)
      showOptions(isMissing ? [...types, [asked, 0]] : types)
      // Browsers deselect an option that is moved.
      if (type.value !== (asked ?? '')) type.value = asked ?? ''
    },
    /** Resets the fields without calling back. */
    reset() {
      filter = EVERYTHING
      search.value = ''
      direction.value = filter.direction
      showPaused(false)
    },
  }
}
