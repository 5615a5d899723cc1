import { TTL_SECONDS } from '../contract/wire.ts'
import { checkBoolean, checkNumber } from './options.ts'
import type { AuthTicketManagerOptions } from './ticket-manager.ts'

export interface TicketPolicy {
  defaultTtlSeconds: number
  maxTtlSeconds: number
  allowReusable: boolean
}

export function policyOf({ ttl, allowReusable }: AuthTicketManagerOptions): TicketPolicy {
  const { min, max } = TTL_SECONDS
  const maxTtlSeconds = checkNumber('ttl.max', ttl?.max ?? max, { min, max, integer: true })
  const defaultTtl = ttl?.default ?? Math.min(TTL_SECONDS.default, maxTtlSeconds)
  return {
    maxTtlSeconds,
    defaultTtlSeconds: checkNumber('ttl.default', defaultTtl, { min, max: maxTtlSeconds, integer: true }),
    allowReusable: checkBoolean('allowReusable', allowReusable ?? false),
  }
}

/** Whether tickets are sold now: decided once, or asked each time. */
export function switchOf(enabled: boolean | (() => boolean)): () => boolean {
  if (typeof enabled === 'function') return () => checkBoolean('enabled()', enabled())
  checkBoolean('enabled', enabled)
  return () => enabled
}
