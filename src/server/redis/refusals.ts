// What Redis means by an error. Its words are read, never shown: they quote keys and addresses.

import { TicketSocketError } from '../../contract/errors.ts'

const wordsOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

export const isUnknownScript = (error: unknown): boolean => /^NOSCRIPT\b/.test(wordsOf(error))

/** From before the version that brought the command, or renamed by its owner. */
export const isUnknownCommand = (error: unknown): boolean => /^ERR unknown command\b/i.test(wordsOf(error))

const RULES = 'docs/operations.md lists the rules'

/** What is wrong, by the beginning of Redis' words, for the command that failed. */
const REFUSALS: readonly [words: RegExp, explain: (command: string) => string][] = [
  [
    /^NOPERM.*\bkeys?\b|can't access at least one of the keys/i,
    (command) => `Redis refuses ${command} the keys (NOPERM). Allow this user ~auth:*; ${RULES}.`,
  ],
  [
    /^NOPERM|can't run this command/i,
    (command) => `Redis refuses ${command} (NOPERM). Allow this user +${command.toLowerCase()}; ${RULES}.`,
  ],
  [/^OOM\b/, (command) => `Redis is full: it refuses ${command} (OOM). Raise its maxmemory.`],
  [
    /^(?:READONLY|NOREPLICAS)\b/,
    (command) => `Redis is read-only: it refuses ${command} (READONLY). Connect to the primary.`,
  ],
  [/^MISCONF\b/, (command) => `Redis cannot save, and refuses ${command} (MISCONF). Look at its log and its disk.`],
  [
    /unknown (?:redis )?command/i,
    (command) => `Redis does not know ${command}. Use Redis 5 or newer, and rename none of its commands; ${RULES}.`,
  ],
]

/** An error that names the refused command and the remedy; `null` where Redis refused nothing. */
export function refusalOf(command: string, error: unknown): TicketSocketError | null {
  const words = wordsOf(error)
  // Of a script Redis names EVALSHA or EVAL itself, where that is what it refuses.
  const [, named] = /permissions? to run the '([a-z|]+)'/i.exec(words) ?? []
  const explain = REFUSALS.find(([pattern]) => pattern.test(words))?.[1]
  return explain ? new TicketSocketError('store_unavailable', explain((named ?? command).toUpperCase())) : null
}
