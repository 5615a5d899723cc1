/** 75_000 → `1:15`. Never negative. */
export function clockTime(ms: number): string {
  const seconds = Math.max(0, Math.ceil(ms / 1_000))
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`
}

/** How long ago, as short as it can be said. */
export function ago(ms: number): string {
  const seconds = Math.floor(ms / 1_000)
  if (seconds < 2) return 'now'
  if (seconds < 60) return `${seconds} s`
  return seconds < 3_600 ? `${Math.floor(seconds / 60)} min` : `${Math.floor(seconds / 3_600)} h`
}

export const METHOD_NAME = { ticket: 'Ticket', jwt: 'JWT', none: 'No credential' } as const
