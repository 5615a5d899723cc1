import { resolve } from '../platform/option-checks.ts'
import { numberIn } from './options.ts'

/** A token bucket: `burst` at once, refilled by `perMinute`. `false` where one is expected means no limit. */
export interface RateLimit {
  burst: number
  perMinute: number
}

/** The limit itself, or a `TypeError` that names what is wrong with it. */
export function checkRateLimit(name: string, limit: RateLimit | false): RateLimit | false {
  if (limit === false) return false
  return resolve(name, limit, { burst: numberIn({ min: 1 }), perMinute: numberIn({ min: 0.001 }) }, `${name}.`)
}

/** A limit that is so many times as large. */
export const times = ({ burst, perMinute }: RateLimit, factor: number): RateLimit => ({
  burst: burst * factor,
  perMinute: perMinute * factor,
})
