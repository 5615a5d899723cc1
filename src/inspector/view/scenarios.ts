import { inWords } from '../format.ts'
import type { ResolvedInspectorOptions } from '../options.ts'
import { type Dom, setAttributes } from './dom.ts'
import type { View } from './view.ts'

type Deps = Pick<ResolvedInspectorOptions, 'scenarios'> & {
  backend: NonNullable<ResolvedInspectorOptions['backend']>
  onCommand: (title: string) => void
}

/** Buttons that break the mock backend. `stop` ends the scenarios that still run. */
export function createScenarios({ h, button }: Dom, { backend, scenarios, onCommand }: Deps): View & { stop(): void } {
  const running = new Map<string, () => void>()

  const rows = scenarios.map(({ title, scenario }, index) => {
    // Not the title: in a list of ids, a space begins the next one.
    const id = `scenario-${index}`
    const toggle = h('button', {
      type: 'button',
      role: 'switch',
      class: 'switch',
      'aria-checked': 'false',
      'aria-labelledby': id,
    })
    toggle.addEventListener('click', () => {
      const end = running.get(title)
      end?.()
      if (end) running.delete(title)
      else running.set(title, backend.use(scenario))
      setAttributes(toggle, { 'aria-checked': end ? 'false' : 'true' })
      onCommand(`${inWords(title)}: ${end ? 'off' : 'on'}`)
    })
    return h('li', { class: 'row' }, h('span', { id }, inWords(title)), toggle)
  })

  const once = (words: string, run: () => void) =>
    button(words, () => {
      onCommand(words)
      run()
    })

  return {
    element: h(
      'div',
      { class: 'pane pane--scroll', tabindex: 0, role: 'group', 'aria-label': 'Scenarios of the mock backend' },
      h(
        'p',
        { class: 'commands' },
        once('Drop the connections', () => backend.dropConnections()),
        once('Restart the server', () => backend.restart()),
      ),
      h('ul', { class: 'rows' }, ...rows),
    ),
    render() {},
    stop() {
      for (const end of running.values()) end()
      running.clear()
    },
  }
}
