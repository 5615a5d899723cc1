// What the backend saw, in order: what tests assert on and stories show. Nothing that is written here can be a
// credential: tickets appear as handles, JWTs and message contents not at all.

import type { AuthMethod } from '../contract/wire.ts'
import { createEmitter } from '../platform/emitter.ts'
import { knownEvent } from '../platform/known-names.ts'
import type { Clock } from '../platform/platform.ts'
import { reportUncaught } from '../platform/system-platform.ts'

export interface HttpEntry {
  kind: 'http'
  method: string
  /** Without the query. A ticket in it is replaced by its handle, another secret by `[redacted]`. */
  path: string
  /** `null`: never answered. */
  status: number | null
  /** Whose JWT came with it, when it was one of the users'. */
  userId?: string
}

export interface UpgradeEntry {
  kind: 'upgrade'
  /** By what the connection was accepted; `null` when it was not. */
  method: AuthMethod | null
  /** `accepted`, the close code of a refusal, the HTTP status of a rejection, `hangs`, or `lost` on the network. */
  outcome: 'accepted' | 'hangs' | 'lost' | number
  /** Where it arrived: the app's own URL, without the parameters that hold a credential. */
  url: string
  /** `jwt_in_url` is what a client must never do; `several` is more than one credential at once. */
  offeredCredential: 'ticket' | 'jwt' | 'jwt_in_url' | 'several' | 'none'
  /** Of the offered ticket, when it has a ticket's form. */
  handle?: string
  /** The selected one. */
  subprotocol?: string
  userId?: string
  /** The same in this connection's frames and its end. */
  connection?: string
}

export interface FrameEntry {
  kind: 'frame'
  connection: string
  /** As the backend sees it. A frame that was swallowed is not here. */
  direction: 'received' | 'sent'
  /** The message's `type`; `(text)` for a text without one, `(binary)`. */
  type: string
}

export interface ClosedEntry {
  kind: 'closed'
  connection: string
  /** 1006: it broke. */
  code: number
  reason: string
}

export interface ScenarioEntry {
  kind: 'scenario'
  name: string
  on: boolean
}

type Entry = HttpEntry | UpgradeEntry | FrameEntry | ClosedEntry | ScenarioEntry
/** `atMs` is the backend's clock (`clock.now()`). */
export type JournalEntry = Entry & { atMs: number }
export type JournalKind = Entry['kind']

export interface Journal {
  /** Everything since the start or the last `clear()`, oldest first; the newest 10,000. A copy. */
  readonly entries: readonly JournalEntry[]
  /** How many entries there are of this kind, or for which the predicate holds; without an argument, of all. */
  count(what?: JournalKind | ((entry: JournalEntry) => boolean)): number
  /** Entries of one kind, with its fields. */
  of<Kind extends JournalKind>(kind: Kind): readonly Extract<JournalEntry, { kind: Kind }>[]
  /** Calls back for every new entry; returns the function that stops it. */
  subscribe(listener: (entry: JournalEntry) => void): () => void
  clear(): void
}

export interface JournalWriter extends Journal {
  write(entry: Entry): void
}

const MAX_ENTRIES = 10_000

const KINDS: Readonly<Record<JournalKind, true>> = {
  http: true,
  upgrade: true,
  frame: true,
  closed: true,
  scenario: true,
}

/** Throws a `TypeError` for a kind that does not exist: nothing would ever be of it, and a count of 0 would look right. */
export function matcherOf(what: JournalKind | ((entry: JournalEntry) => boolean)): (entry: JournalEntry) => boolean {
  if (typeof what === 'function') return what
  knownEvent('the journal', KINDS, what)
  return ({ kind }) => kind === what
}

/** An empty journal. */
export function createJournal(clock: Clock): JournalWriter {
  let entries: JournalEntry[] = []
  const emitter = createEmitter<{ entry: JournalEntry }>(reportUncaught)

  return {
    get entries() {
      return [...entries]
    },
    count(what = () => true) {
      return entries.filter(matcherOf(what)).length
    },
    of<Kind extends JournalKind>(kind: Kind) {
      knownEvent('the journal', KINDS, kind)
      return entries.filter((entry): entry is Extract<JournalEntry, { kind: Kind }> => entry.kind === kind)
    },
    subscribe: (listener) => emitter.on('entry', listener),
    clear() {
      entries = []
    },
    write(entry) {
      const stamped = { ...entry, atMs: clock.now() }
      entries.push(stamped)
      if (entries.length > MAX_ENTRIES) entries.shift()
      emitter.emit('entry', stamped)
    },
  }
}
