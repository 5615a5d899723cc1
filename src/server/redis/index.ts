// `ticket-socket/server/redis`: tickets that several servers share. Imports no Redis client; it is handed in.

export type { IoredisClient, NodeRedisClient, RedisClient } from './redis-commands.ts'
export { createRedisTicketStore, type RedisTicketStoreOptions } from './redis-ticket-store.ts'
