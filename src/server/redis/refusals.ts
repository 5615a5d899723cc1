// What Redis means by an error. Its words are read, never shown: they quote keys and addresses.

const wordsOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

export const isUnknownScript = (error: unknown): boolean => /^NOSCRIPT\b/.test(wordsOf(error))

/** From before the version that brought the command, or renamed by its owner. */
export const isUnknownCommand = (error: unknown): boolean => /^ERR unknown command\b/i.test(wordsOf(error))
