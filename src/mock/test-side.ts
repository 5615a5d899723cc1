// The test's side of the connections: it answers, receives and waits.

import type { Message } from '../contract/wire.ts'
import { createEmitter } from '../platform/emitter.ts'
import { asGiven, resolve } from '../platform/option-checks.ts'
import type { Clock } from '../platform/platform.ts'
import { reportUncaught } from '../platform/system-platform.ts'
import type { Connection } from '../server/sessions.ts'
import { createInbox } from './inbox.ts'
import { type Journal, type JournalEntry, type JournalKind, matcherOf } from './journal.ts'
import { lineOf } from './journal-line.ts'
import { createWaits, type WaitOptions } from './waits.ts'

export type MessageHandler<Incoming extends Message> = (
  message: Incoming,
  connection: Connection,
) => void | Promise<void>

type EntryOf<Kind> = Extract<JournalEntry, { kind: Kind }>

/**
 * An event may have happened before the wait for it. A wait that times out rejects with an error named `TimeoutError` that lists
 * what happened instead.
 */
export interface TestSide {
  /** The live connections, oldest first. */
  connections(): readonly Connection[]
  /** Sends to every live connection, and returns their number. */
  broadcast(message: Message): number
  /** Calls back for every message of this type, on connections now and later. Returns the function that stops it. */
  onMessage<Incoming extends Message>(type: Incoming['type'], handler: MessageHandler<Incoming>): () => void

  /** Waits for a live connection, of this user if given: returns the newest one, or else the next one. */
  connected(options?: WaitOptions & { userId?: string }): Promise<Connection>
  /** Waits until no connection is alive. */
  disconnected(options?: WaitOptions): Promise<void>
  /**
   * Waits for a message of this type, or for which the predicate holds. Each message is returned once: two calls return two
   * messages, in the order of arrival. The newest 1,000 are kept.
   */
  received<Incoming extends Message = Message>(
    what: Incoming['type'] | ((message: Message) => boolean),
    options?: WaitOptions,
  ): Promise<Incoming>
  /** Waits for an entry of the journal: the first one of this kind, or for which the predicate holds. */
  recorded<Kind extends JournalKind>(
    what: Kind | ((entry: JournalEntry) => boolean),
    options?: WaitOptions,
  ): Promise<EntryOf<Kind>>
}

export interface TestSideHandle {
  readonly side: TestSide
  /** Adds a connection when it is ready. */
  watch(connection: Connection): void
  /** Removes all handlers, messages and waits. */
  forget(): void
}

export interface TestSideDeps {
  clock: Clock
  journal: Journal
  connections(): readonly Connection[]
}

/** How many lines of the journal the error of a wait shows. */
const MAX_LINES = 12

export function createTestSide({ clock, journal, connections }: TestSideDeps): TestSideHandle {
  const handlers = createEmitter<Record<string, { message: Message; connection: Connection }>>(reportUncaught)
  const inbox = createInbox()
  const waits = createWaits({ clock, lately: () => journal.entries.slice(-MAX_LINES).map(lineOf) })
  journal.subscribe(waits.changed)

  const side: TestSide = {
    connections,
    broadcast(message) {
      const all = connections()
      for (const connection of all) connection.send(message)
      return all.length
    },
    onMessage<Incoming extends Message>(type: Incoming['type'], handler: MessageHandler<Incoming>) {
      return handlers.on(type, ({ message, connection }) => {
        // The caller declares the type of the client's message.
        const outcome = handler(message as Incoming, connection)
        if (outcome) outcome.catch(reportUncaught)
      })
    },
    connected(given = {}) {
      const table = { userId: asGiven<string | undefined>, timeoutMs: asGiven<number | undefined> }
      const { userId, timeoutMs } = resolve('connected', given, table)
      const isMeant = ({ identity }: Connection) => userId === undefined || identity?.userId === userId
      const what = userId === undefined ? 'No connection was accepted' : `No connection of ${userId} was accepted`
      return waits.until(what, () => connections().findLast(isMeant), { timeoutMs })
    },
    async disconnected(options) {
      const none = () => (connections().length === 0 ? true : undefined)
      await waits.until('The last connection did not end', none, options)
    },
    received<Incoming extends Message>(what: string | ((message: Message) => boolean), options?: WaitOptions) {
      const fits = typeof what === 'function' ? what : ({ type }: Message) => type === what
      const name = typeof what === 'function' ? 'No message that fits' : `No message of the type ${what}`
      return waits.until(`${name} arrived`, () => inbox.take(fits) as Incoming | undefined, options)
    },
    recorded<Kind extends JournalKind>(what: Kind | ((entry: JournalEntry) => boolean), options?: WaitOptions) {
      const fits = matcherOf(what)
      const name = typeof what === 'function' ? 'Nothing that fits' : `Nothing of the kind ${what}`
      const look = () => journal.entries.find(fits) as EntryOf<Kind> | undefined
      return waits.until(`${name} was recorded`, look, options)
    },
  }

  return {
    side,
    watch(connection) {
      connection.onMessage((message) => {
        inbox.put(message)
        handlers.emit(message.type, { message, connection })
        waits.changed()
      })
      connection.onClose(waits.changed)
      waits.changed()
    },
    forget() {
      handlers.clear()
      inbox.clear()
      waits.forget()
    },
  }
}
