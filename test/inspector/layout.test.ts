// What only a browser that lays out and paints can tell.

import { describe, expect, onTestFinished, test } from 'vitest'
import { cdp } from 'vitest/browser'
import { mountInspector } from '../../src/inspector/index.ts'
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

describe('several floating panels', () => {
  const launcherOf = (host: Element) => host.shadowRoot?.querySelector('.launcher') as HTMLElement
  const isOnTop = (host: Element, part: Element) => {
    const { left, top, width, height } = part.getBoundingClientRect()
    return document.elementFromPoint(left + width / 2, top + height / 2) === host
  }

  test('stand above each other; the one that is open, or has the focus, covers the others', async () => {
    const { socket, auth, clock } = openInspector({ target: undefined as never })
    const second = mountInspector({ socket, auth, clock, title: 'Prices' })
    onTestFinished(() => second.unmount())
    const [a, b] = [...document.querySelectorAll('ticket-socket-inspector')] as [HTMLElement, HTMLElement]
    expect([isOnTop(a, launcherOf(a)), isOnTop(b, launcherOf(b))]).toEqual([true, true])
    launcherOf(a).click()
    const root = a.shadowRoot as ShadowRoot
    ;(root.activeElement as HTMLElement).blur()
    expect(root.querySelector('.panel')?.getBoundingClientRect().top).toBeGreaterThanOrEqual(0)
    expect(isOnTop(b, launcherOf(b))).toBe(false)
    launcherOf(b).focus()
    expect(isOnTop(b, launcherOf(b))).toBe(true)
    second.unmount()
    const third = mountInspector({ socket, auth, clock })
    onTestFinished(() => third.unmount())
    expect(
      [...document.querySelectorAll<HTMLElement>('ticket-socket-inspector')].map(({ dataset }) => dataset.slot),
    ).toEqual(['0', '1'])
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
