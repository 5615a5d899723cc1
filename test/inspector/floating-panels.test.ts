// Several inspectors on one page. The window has to have the focus.

import { describe, expect, onTestFinished, test } from 'vitest'
import { mountInspector } from '../../src/inspector/index.ts'
import { openInspector } from './open-inspector.ts'

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
