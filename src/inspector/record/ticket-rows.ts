// What became of each ticket, as the public events show it. A plain function; tickets appear by their handles.

export type TicketFate =
  /** Issued, and not yet handed to its caller. */
  | 'bought'
  /** Prefetched: kept for the next connection. */
  | 'spare'
  /** Handed to an attempt that has not ended yet, or to the app. */
  | 'taken'
  /** The server accepted it. */
  | 'opened'
  | 'refused'
  /** A newer prefetched ticket took its place before it expired. */
  | 'replaced'
  | 'expired'
  /** Dropped unused: after a sign-out, a reversion, or `clearTicketCache()`. */
  | 'dropped'

export interface TicketRow {
  readonly handle: string
  readonly fate: TicketFate
  /** Whether it was prefetched: requested before a connection needed it. */
  readonly ahead: boolean
  /** Milliseconds since 1970, for display. */
  readonly boughtAt: number
  readonly expiresAt: number
}

export type TicketHappening =
  | { type: 'issued'; handle: string; ttlMs: number; ahead: boolean }
  | { type: 'spare'; handle: string | null }
  | { type: 'taken'; handle: string }
  | { type: 'opened' }
  | { type: 'refused' }

export const MAX_TICKETS = 50

/** Newest first. */
export function ticketsAfter(
  rows: readonly TicketRow[],
  happening: TicketHappening,
  wallNow: number,
): readonly TicketRow[] {
  switch (happening.type) {
    case 'issued': {
      const { handle, ttlMs, ahead } = happening
      const row: TicketRow = { handle, fate: 'bought', ahead, boughtAt: wallNow, expiresAt: wallNow + ttlMs }
      return [row, ...rows.filter((known) => known.handle !== handle)].slice(0, MAX_TICKETS)
    }
    case 'spare':
      return rows.map((row) => {
        if (row.handle === happening.handle) return { ...row, fate: 'spare' }
        if (row.fate !== 'spare') return row
        return {
          ...row,
          fate: happening.handle !== null ? 'replaced' : row.expiresAt <= wallNow ? 'expired' : 'dropped',
        }
      })
    case 'taken':
      return rows.map((row) => (row.handle === happening.handle ? { ...row, fate: 'taken' } : row))
    case 'opened':
    case 'refused': {
      const newest = rows.find(({ fate }) => fate === 'taken')
      return rows.map((row) => (row === newest ? { ...row, fate: happening.type } : row))
    }
    default:
      return happening satisfies never
  }
}
