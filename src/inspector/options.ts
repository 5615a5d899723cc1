import type { UnifiedAuthService } from '../auth/unified-auth-service.ts'
import type { Message, MessageLike } from '../contract/wire.ts'
import { bool, type Check, oneOf, optional, or, record, resolve } from '../platform/option-checks.ts'
import type { Clock } from '../platform/platform.ts'
import { clockOf, systemClock, systemDocument } from '../platform/system-platform.ts'
import type { TicketSocket } from '../socket/ticket-socket.ts'
import type { ObservedAuth, ObservedSocket } from './record/recorder.ts'

export type InspectorTheme = 'auto' | 'light' | 'dark' | 'page'

/** A behaviour of a mock backend. `scenarios` of `ticket-socket/mock` are examples. */
export interface InspectedScenario {
  readonly name: string
}

/** The part of a mock backend that the panel's buttons use. `createMockBackend()` of `ticket-socket/mock` is one. */
export interface InspectedBackend {
  /** Returns the function that ends the scenarios. */
  use(...scenarios: InspectedScenario[]): () => void
  dropConnections(): void
  restart(): void
}

export interface InspectorOptions<Incoming extends MessageLike = Message, Outgoing extends object = Message> {
  socket: TicketSocket<Incoming, Outgoing>
  auth: UnifiedAuthService
  /** A mock backend: the panel then has buttons that break it. */
  backend?: InspectedBackend
  /**
   * The scenarios behind the buttons, by name: pass `scenarios` of `ticket-socket/mock`. A scenario that needs an argument
   * is left out; call it first.
   *
   * @default {}
   */
  scenarios?: Readonly<Record<string, InspectedScenario | ((...args: never[]) => InspectedScenario)>>
  /** The element that holds the panel. Without it the panel floats in the page's corner, folded to a button. */
  target?: Element
  /** Distinguishes several panels: shown in the head, and part of each panel's accessible name. */
  title?: string
  /** `auto` follows the system, `page` the page's own `color-scheme`. @default 'auto' */
  theme?: InspectorTheme
  /**
   * Whether the panel also shows the messages that the app sends. A socket has no event for them, so the panel wraps `send`
   * until `unmount()`. It does not see calls of a `send` that the app took from the socket earlier. A `send` that the app took
   * meanwhile still works after `unmount()`.
   *
   * @default false
   */
  recordSends?: boolean
  clock?: Clock
}

export interface ResolvedInspectorOptions {
  socket: ObservedSocket
  auth: ObservedAuth
  backend: InspectedBackend | null
  scenarios: readonly { title: string; scenario: InspectedScenario }[]
  target: Element | null
  document: Document
  title: string | null
  theme: InspectorTheme
  recordSends: boolean
  clock: Clock
}

const THEMES: readonly InspectorTheme[] = ['auto', 'light', 'dark', 'page']

const shaped =
  <T>(what: string, isOne: (value: T | null) => boolean): Check<T> =>
  (name, value) => {
    if (isOne(value)) return value
    throw new TypeError(`${name} must be ${what}`)
  }

/** Fills in the defaults; a wrong option is a `TypeError` that names it. */
export function resolveInspectorOptions<Incoming extends MessageLike, Outgoing extends object>(
  options: InspectorOptions<Incoming, Outgoing>,
): ResolvedInspectorOptions {
  const { socket, auth, backend, scenarios, target, title, theme, recordSends, clock } = resolve(
    'mountInspector',
    options as unknown as InspectorOptions,
    {
      socket: shaped('what createTicketSocket() made', (value) => typeof value?.store?.getState === 'function'),
      auth: shaped('a UnifiedAuthService', (value) => typeof value?.store?.getState === 'function'),
      backend: optional(shaped('what createMockBackend() made', (value) => typeof value?.use === 'function')),
      scenarios: or({}, record),
      target: optional(
        shaped('an element; is it in the page already?', (value) => typeof value?.attachShadow === 'function'),
      ),
      title: optional(shaped('a string', (value) => typeof value === 'string')),
      theme: or('auto', oneOf(THEMES)),
      recordSends: or(false, bool),
      clock: or(systemClock, clockOf),
    },
  )
  const document = target?.ownerDocument ?? systemDocument()
  if (!document) throw new TypeError('mountInspector() needs a page: call it in a browser, not on the server')
  return {
    // The panel reads messages of any type as unknown values.
    socket: socket as unknown as ObservedSocket,
    auth,
    backend: backend ?? null,
    scenarios: Object.entries(scenarios).flatMap(([title, scenario]) => {
      if (typeof scenario !== 'function') return [{ title, scenario }]
      return scenario.length === 0 ? [{ title, scenario: (scenario as () => InspectedScenario)() }] : []
    }),
    target: target ?? null,
    document,
    title: title || null,
    theme,
    recordSends,
    clock,
  }
}
