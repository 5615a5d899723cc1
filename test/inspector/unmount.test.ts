import { expect, test, vi } from 'vitest'
import { mountInspector } from '../../src/inspector/index.ts'
import { arrange } from '../support/arrange.ts'

/** Counts what is subscribed to and not left again. */
function counting<Source extends object>(source: Source, method: keyof Source) {
  const count = { now: 0 }
  const original = (source[method] as (...args: unknown[]) => () => void).bind(source)
  Object.assign(source, {
    [method]: (...args: unknown[]) => {
      count.now++
      const stop = original(...args)
      return () => {
        count.now--
        stop()
      }
    },
  })
  return count
}

test('unmount leaves nothing: no element, no timer, no listener', async () => {
  const { socket, auth, clock, connect } = arrange()
  await connect()
  socket.close()
  await clock.advance(10_000)
  const before = { timers: clock.pending(), html: document.documentElement.outerHTML, send: socket.send }
  const counts = [
    counting(socket, 'on'),
    counting(auth, 'on'),
    counting(socket.store, 'subscribe'),
    counting(auth.store, 'subscribe'),
  ]
  const onPage = [document, window, document.body].map((target) => vi.spyOn(target, 'addEventListener'))

  const inspector = mountInspector({ socket, auth, clock, recordSends: true })
  document.querySelector('ticket-socket-inspector')?.shadowRoot?.querySelector<HTMLElement>('.launcher')?.click()
  await clock.advance(1_000)
  expect(counts.every(({ now }) => now > 0)).toBe(true)
  expect(clock.pending()).toBeGreaterThan(before.timers)

  inspector.unmount()
  expect(counts.map(({ now }) => now)).toEqual([0, 0, 0, 0])
  expect(clock.pending()).toBe(before.timers)
  expect(document.documentElement.outerHTML).toBe(before.html)
  expect(socket.send).toBe(before.send)
  for (const spy of onPage) expect(spy).not.toHaveBeenCalled()
})

test('a second unmount does nothing, and later events bring nothing back', async () => {
  const { socket, auth, clock, connect } = arrange()
  const inspector = mountInspector({ socket, auth, clock })
  inspector.unmount()
  inspector.unmount()
  inspector.note({ title: 'late' })
  await connect()
  expect(document.querySelector('ticket-socket-inspector')).toBeNull()
  socket.close()
})

test('a folded panel sets no timer', async () => {
  const { socket, auth, clock, connect } = arrange()
  await connect()
  await clock.advance(10_000)
  socket.close()
  await clock.advance(1_000)
  const before = clock.pending()
  const inspector = mountInspector({ socket, auth, clock })
  await clock.advance(1_000)
  expect(clock.pending()).toBe(before)
  inspector.unmount()
})

test('styles of the page do not reach the panel, and styles of the panel do not reach the page', () => {
  const { socket, auth, clock } = arrange()
  const styles = () => document.querySelectorAll('style, link[rel=stylesheet]').length
  const before = styles()
  const inspector = mountInspector({ socket, auth, clock })
  const root = document.querySelector('ticket-socket-inspector')?.shadowRoot
  expect(styles()).toBe(before)
  expect(document.adoptedStyleSheets).toHaveLength(0)
  expect(root?.adoptedStyleSheets).toHaveLength(1)
  inspector.unmount()
})
