// The inspector beside a signed-in page, on a clock that the test moves.

import { within } from '@testing-library/dom'
import { onTestFinished } from 'vitest'
import { type InspectorOptions, mountInspector } from '../../src/inspector/index.ts'
import { type ArrangeOptions, arrange } from '../support/arrange.ts'

export function openInspector(options: Partial<InspectorOptions> & { page?: ArrangeOptions } = {}) {
  const { page: arrangement, ...given } = options
  const page = arrange(arrangement)
  const target = document.createElement('div')
  document.body.append(target)
  const inspector = mountInspector({ socket: page.socket, auth: page.auth, clock: page.clock, target, ...given })
  const host = document.querySelector('ticket-socket-inspector') as HTMLElement
  const root = host.shadowRoot as ShadowRoot
  onTestFinished(() => {
    inspector.unmount()
    target.remove()
    page.socket.dispose()
    page.auth.dispose()
    page.backend.dispose()
  })
  const panel = within(root.querySelector('.panel') as HTMLElement)
  return {
    ...page,
    inspector,
    host,
    root,
    panel,
    part: (name: string) => root.querySelector(`[part=${name}]`)?.textContent,
    /** Lets what has changed be shown. */
    shown: () => page.clock.advance(250),
    tab: async (name: string) => {
      panel.getByRole('tab', { name }).click()
      await page.clock.advance(250)
    },
    events: () => [...root.querySelectorAll('.event__title')].map(({ textContent }) => textContent),
    messages: () => [...root.querySelectorAll('.message__type')].map(({ textContent }) => textContent),
    /** The server says something, and the panel has shown it. */
    async hear(...messages: { type: string; [field: string]: unknown }[]) {
      for (const message of messages) page.backend.broadcast(message)
      await page.clock.advance(250)
    },
  }
}

export function press(element: Element | null, key: string) {
  element?.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true, composed: true }))
}

export function type(element: HTMLElement, value: string) {
  ;(element as HTMLInputElement).value = value
  element.dispatchEvent(new Event('input', { bubbles: true }))
  element.dispatchEvent(new Event('change', { bubbles: true }))
}
