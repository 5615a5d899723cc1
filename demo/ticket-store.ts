import { redact } from '../src/platform/redact.ts'
import { createMemoryTicketStore, type TicketStore } from '../src/server/index.ts'
import { createRedisTicketStore } from '../src/server/redis/index.ts'

export interface DemoStore {
  store: TicketStore
  /** For the line that is printed at the start. Holds no password. */
  description: string
  close(): void
}

/** Tickets in Redis when there is a URL of one, else in this process. */
export async function openTicketStore(redisUrl: string | undefined, log: (line: string) => void): Promise<DemoStore> {
  if (!redisUrl) return { store: createMemoryTicketStore(), description: 'in memory', close() {} }
  const { Redis } = await import('ioredis')
  const redis = new Redis(redisUrl, { maxRetriesPerRequest: 1 })
  let lastWords = ''
  // Unheard, the error would be printed with its stack at every attempt.
  redis.on('error', ({ message }: Error) => {
    if (message !== lastWords) log(`Redis: ${redact(message)}`)
    lastWords = message
  })
  const host = URL.canParse(redisUrl) ? new URL(redisUrl).host : 'a socket'
  return {
    store: createRedisTicketStore(redis),
    description: `in Redis at ${host || 'localhost'}`,
    close: () => redis.disconnect(),
  }
}
