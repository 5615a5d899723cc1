import type { JournalEntry } from './journal.ts'

/** An entry for people: `POST /websocket/ticket 503`. */
export function lineOf(entry: JournalEntry): string {
  switch (entry.kind) {
    case 'http':
      return `${entry.method} ${entry.path} ${entry.status ?? '(no answer)'}`
    case 'upgrade': {
      const by = entry.offeredCredential === 'none' ? 'no credential' : entry.offeredCredential
      return `upgrade by ${by}: ${entry.outcome}${entry.userId === undefined ? '' : ` (${entry.userId})`}`
    }
    case 'frame':
      return `${entry.direction} ${entry.type}`
    case 'closed':
      return `closed ${entry.code}${entry.reason && ` ${entry.reason}`}`
    case 'scenario':
      return `scenario ${entry.name} ${entry.on ? 'on' : 'off'}`
    default:
      return entry satisfies never
  }
}
