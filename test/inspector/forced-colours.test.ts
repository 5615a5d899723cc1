// Colours that the system forces upon a page. Only Chromium can be told to.

import { describe, expect, onTestFinished, test } from 'vitest'
import { cdp } from 'vitest/browser'
import { openInspector } from './open-inspector.ts'

const styleOf = (root: ShadowRoot, selector: string, pseudo?: string) =>
  getComputedStyle(root.querySelector(selector) as Element, pseudo)

describe('forced colours', () => {
  test('show by more than a background: on and off, the selected tab, the selected message', async () => {
    const force = async (value: string) => {
      await cdp().send('Emulation.setEmulatedMedia', { features: [{ name: 'forced-colors', value }] })
    }
    await force('active')
    onTestFinished(() => force('none'))
    const { connect, hear, tab, root, panel } = openInspector({
      backend: { use: () => () => {}, dropConnections() {}, restart() {} },
      scenarios: { one: { name: 'one' }, two: { name: 'two' } },
    })
    expect(matchMedia('(forced-colors: active)').matches).toBe(true)
    await connect()
    await tab('Messages')
    await hear({ type: 'a' }, { type: 'b' })
    root.querySelector<HTMLElement>('.message')?.click()
    expect(styleOf(root, '.message[aria-selected=true]').outlineStyle).not.toBe('none')
    expect(styleOf(root, '.message[aria-selected=false]').outlineStyle).toBe('none')
    expect(styleOf(root, '.tab[aria-selected=true]').borderBottomColor).not.toBe(
      styleOf(root, '.tab[aria-selected=false]').borderBottomColor,
    )
    expect(styleOf(root, '.tab[aria-selected=false]').borderBottomColor).toBe(systemColour('Canvas'))
    expect(styleOf(root, '.stub__bar span').backgroundColor).toBe(systemColour('Highlight'))

    await tab('Scenarios')
    panel.getByRole('switch', { name: 'Two' }).click()
    const knob = (state: string) => styleOf(root, `.switch[aria-checked=${state}]`, '::after').backgroundColor
    expect([knob('false'), knob('true')]).toEqual([systemColour('ButtonText'), systemColour('HighlightText')])
    await expect.poll(() => styleOf(root, '.switch[aria-checked=true]').backgroundColor).toBe(systemColour('Highlight'))
  })
})

/** What the system's colour is as a number. */
function systemColour(name: string): string {
  const probe = document.createElement('i')
  probe.style.color = name
  probe.style.setProperty('forced-color-adjust', 'none')
  document.body.append(probe)
  const { color } = getComputedStyle(probe)
  probe.remove()
  return color
}
