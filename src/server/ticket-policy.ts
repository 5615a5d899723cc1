import { TTL_SECONDS } from '../contract/wire.ts'
import { asGiven, group, or } from '../platform/option-checks.ts'
import { checkBoolean, checkNumber, numberIn } from './options.ts'

export interface TicketPolicy {
  defaultTtlSeconds: number
  maxTtlSeconds: number
  allowReusable: boolean
}

/** The lifetimes of `{ default, max }`. */
export function lifetimes(
  name: string,
  ttl: { default?: number; max?: number } | undefined,
): Omit<TicketPolicy, 'allowReusable'> {
  const { min, max } = TTL_SECONDS
  const given = group<NonNullable<typeof ttl>, { default: number | undefined; max: number }>({
    default: asGiven,
    max: or(max, numberIn({ min, max, integer: true })),
  })(name, ttl)
  const { default: defaultTtl = Math.min(TTL_SECONDS.default, given.max) } = given
  return {
    maxTtlSeconds: given.max,
    defaultTtlSeconds: checkNumber(`${name}.default`, defaultTtl, { min, max: given.max, integer: true }),
  }
}

/** Whether tickets are sold now: decided once, or asked each time. */
export function switchOf(name: string, enabled: boolean | (() => boolean)): () => boolean {
  if (typeof enabled === 'function') return () => checkBoolean(`${name}()`, enabled())
  checkBoolean(name, enabled)
  return () => enabled
}
