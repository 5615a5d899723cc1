// Bugs of the inspector, for `mutations.ts`.

import type { Mutation } from './mutations.ts'

const INSPECTOR = ['test/inspector', 'test/unit/inspector']

export const INSPECTOR_MUTATIONS: readonly Mutation[] = [
  {
    name: 'the inspector’s pause outlives its user',
    file: 'src/inspector/view/messages.ts',
    search: '    selectedId = null\n    frozen = null\n',
    replace: '    selectedId = null\n',
    tests: INSPECTOR,
  },
  {
    name: 'a tab of the inspector that nobody sees keeps what was the last user’s',
    file: 'src/inspector/view/tabs.ts',
    search: 'recording.user === user ? tabs.slice(selected, selected + 1) : tabs',
    replace: 'tabs.slice(selected, selected + 1)',
    tests: INSPECTOR,
  },
  {
    name: 'the inspector shows what stands deeper below a secret name',
    file: 'src/inspector/record/safe-text.ts',
    search: 'safe(item, depth, stricter(shown, below))',
    replace: 'safe(item, depth, below)',
    tests: INSPECTOR,
  },
  {
    name: 'the inspector does not read the JSON in a text',
    file: 'src/inspector/record/safe-text.ts',
    search: 'const value = valueIn(text)',
    replace: 'const value = valueIn(text) && undefined',
    tests: INSPECTOR,
  },
  {
    name: 'an inspector that has gone goes on recording what is sent',
    file: 'src/inspector/record/record-sends.ts',
    search: 'wrapper.listeners.delete(listener) && wrapper.listeners.size === 0',
    replace: 'wrapper.listeners.size === 1',
    tests: INSPECTOR,
  },
]
