// What only a browser that lays out and paints can tell.

import { describe, expect, test } from 'vitest'
import { openInspector } from './open-inspector.ts'

describe('a text of the server', () => {
  test('never widens the panel', async () => {
    const { connect, hear, tab, root, inspector } = openInspector()
    await connect()
    const long = 'AbcD.'.repeat(300)
    inspector.note({ title: long, detail: long })
    await hear({ type: long, text: long }, { type: 'short', text: long })
    for (const name of ['Messages', 'Time line']) {
      await tab(name)
      root.querySelector<HTMLElement>('.message')?.click()
      const edge = root.querySelector('.panel')?.getBoundingClientRect().right ?? 0
      const shown = [...root.querySelectorAll('.panel :not(.hidden)')].filter(({ clientWidth }) => clientWidth > 0)
      const wider = shown.filter((part) => part.getBoundingClientRect().right > edge)
      expect(wider.map(({ className }) => className)).toEqual([])
    }
  })
})
