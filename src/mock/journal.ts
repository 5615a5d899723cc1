// What the backend received and decided, in order, for assertions and stories. No entry can hold a credential: tickets appear as
// handles, JWTs and message contents not at all.

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
  /** `null`: no answer. */
  status: number | null
  /** The user of its JWT, if it is a user's. */
  userId?: string
}

export interface UpgradeEntry {
  kind: 'upgrade'
  /** The method with which the connection was accepted; `null` if it was refused. */
  method: AuthMethod | null
  /** `accepted`, the close code of a refusal, the HTTP status of a rejection, `hangs`, or `lost` on the network. */
  outcome: 'accepted' | 'hangs' | 'lost' | number
  /** The app's own URL, without the parameters for a credential. */
  url: string
  /** `jwt_in_url` must never happen; `several` is more than one credential at once. */
  offeredCredential: 'ticket' | 'jwt' | 'jwt_in_url' | 'several' | 'none'
  /** The handle of the offered ticket, if it has a ticket's form. */
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
  /** As the backend sees it. Lost frames are not recorded. */
  direction: 'received' | 'sent'
  /** The message's `type`; `(text)` for a text without one, `(binary)`. */
  type: string
}

export interface ClosedEntry {
  kind: 'closed'
  connection: string
  /** 1006: the connection broke. */
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
  /** The number of entries of this kind, or for which the predicate holds; without an argument, of all. */
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

/** Throws a `TypeError` for an unknown kind: no entry would match, and a count of 0 would look right. */
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
