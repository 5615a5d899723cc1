// `ticket-socket/server/redis`: tickets, and limits, that several servers share. Imports no Redis client; it is handed in.

export type { IoredisClient, NodeRedisClient, RedisClient } from './redis-commands.ts'
export { createRedisRateLimiter, type RedisRateLimiterOptions } from './redis-rate-limiter.ts'
export { createRedisRevocationChannel, type RedisRevocationChannelOptions } from './redis-revocation-channel.ts'
export type { IoredisPublisher, NodeRedisPublisher, PubSubClient } from './redis-subscriber.ts'
export { createRedisTicketStore, type RedisTicketStoreOptions } from './redis-ticket-store.ts'
