import { createAuthMonitor } from '../auth/auth-monitor.ts'
import type { UnifiedAuthService } from '../auth/unified-auth-service.ts'
import type { Message, MessageLike } from '../contract/wire.ts'
import { createSocketMonitor } from '../socket/socket-monitor.ts'
import { type InspectorJournal, toJournal } from './journal.ts'
import { type InspectorOptions, type InspectorTheme, resolveInspectorOptions } from './options.ts'
import type { Happening } from './record/describe-events.ts'
import { createRecorder } from './record/recorder.ts'
import { adoptStyles } from './styles/adopt-styles.ts'
import { createPanel } from './view/panel.ts'

/** A custom element's name, so that no style of the page matches it; no element is registered under it. */
const TAG = 'ticket-socket-inspector'
/** The panel renders within this time after a change, so that it renders a burst of messages once. */
const SOON_MS = 60
/** Countdowns and the chart change without an event. */
const TICK_MS = 250
/** How often a hidden page is looked at again. */
const HIDDEN_MS = 1_000

export interface Inspector {
  /** Adds an entry of the app to the time line. Text in it that looks like a credential is hidden. */
  note(happening: Happening): void
  /** The data that the export buttons copy and download. */
  journal(): InspectorJournal
  setTheme(theme: InspectorTheme): void
  /** Removes the panel with its elements, timers and listeners, and ends the scenarios that it began. */
  unmount(): void
}

/**
 * Shows what a socket and its auth service do: phases, tickets, the fallback chain, messages, round trips, counts. For
 * development: the page carries it only where it imports it.
 *
 * It reads the public events and snapshots, and changes nothing by itself. Tickets appear by handle. In messages it hides
 * text that looks like a credential, and values below a name such as `password`. It keeps the newest 500 messages and 300
 * events, and nothing of one user when another signs in.
 *
 * @example
 * ```ts
 * import type { TicketSocket, UnifiedAuthService } from 'ticket-socket'
 *
 * declare const socket: TicketSocket
 * declare const auth: UnifiedAuthService
 *
 * // With Vite: import.meta.env.DEV.
 * if (process.env.NODE_ENV === 'development') {
 *   const { mountInspector } = await import('ticket-socket/inspector')
 *   mountInspector({ socket, auth })
 * }
 * ```
 */
export function mountInspector<Incoming extends MessageLike = Message, Outgoing extends object = Message>(
  given: InspectorOptions<Incoming, Outgoing>,
): Inspector {
  const options = resolveInspectorOptions(given)
  const { socket, auth, clock, document, target } = options
  const recorder = createRecorder(options)
  const authMonitor = createAuthMonitor(auth as UnifiedAuthService, { clock })
  const socketMonitor = createSocketMonitor(socket, { clock })
  const metrics = { auth: authMonitor.metrics, socket: socketMonitor.metrics }
  const journal = () =>
    toJournal(recorder.recording(), { connection: metrics.socket(), auth: metrics.auth() }, clock.wallNow())

  let cancelTimer = () => {}
  let dueAt = Number.POSITIVE_INFINITY

  function refreshWithin(ms: number) {
    const at = clock.now() + ms
    if (at >= dueAt) return
    cancelTimer()
    dueAt = at
    cancelTimer = clock.setTimer(render, ms)
  }
  const refresh = () => refreshWithin(SOON_MS)

  const panel = createPanel({ options, recorder, metrics, journal, refresh: () => render() })

  const show = () => panel.render(recorder.recording(), { now: clock.now(), wallNow: clock.wallNow() })

  function render() {
    cancelTimer()
    dueAt = Number.POSITIVE_INFINITY
    // A hidden page is rendered when it is shown again.
    if (document.hidden) return refreshWithin(HIDDEN_MS)
    show()
    host.toggleAttribute('data-open', !panel.isFolded())
    if (!panel.isFolded()) refreshWithin(TICK_MS)
  }

  const host = document.createElement(TAG)
  const root = host.attachShadow({ mode: 'open' })
  adoptStyles(root, document)
  root.append(...panel.elements)
  host.dataset.place = target ? 'inline' : 'floating'
  if (!target) standIn(freeSlot(document), host)
  host.dataset.theme = options.theme
  ;(target ?? document.body).append(host)
  // At once, also on a hidden page: the next person to look at it is another user.
  const stops = [recorder.onChange(refresh), recorder.onForget(show)]
  render()

  return {
    note: recorder.note,
    journal,
    setTheme(theme) {
      host.dataset.theme = theme
    },
    unmount() {
      panel.stop()
      for (const stop of stops) stop()
      recorder.stop()
      authMonitor.stop()
      socketMonitor.stop()
      cancelTimer()
      dueAt = Number.NEGATIVE_INFINITY
      host.remove()
    },
  }
}

/** The lowest place in the corner that no other panel of this page takes. */
function freeSlot(document: Document): number {
  const taken = new Set([...document.querySelectorAll<HTMLElement>(TAG)].map(({ dataset }) => dataset.slot))
  let slot = 0
  while (taken.has(String(slot))) slot++
  return slot
}

function standIn(slot: number, host: HTMLElement) {
  host.dataset.slot = String(slot)
  // Not by an attribute: a page's Content-Security-Policy may forbid inline styles.
  host.style.setProperty('--slot', String(slot))
}
