// The defaults and checks of a socket's options; `options.ts` says what they mean.

import { sourceWith } from '../auth/credential.ts'
import type { AnyCodec } from '../contract/codec.ts'
import type { MessageLike } from '../contract/wire.ts'
import { guardedPlatform } from '../platform/guarded-platform.ts'
import {
  asGiven,
  bool,
  type Check,
  callback,
  countingNumber,
  countingOrInfinite,
  factor,
  group,
  oneOf,
  optional,
  or,
  positiveNumber,
  record,
  resolve,
  wholeNumber,
} from '../platform/option-checks.ts'
import { systemPlatform } from '../platform/system-platform.ts'
import { warnOnce } from '../platform/warn-once.ts'
import { SETTLE_MS } from './after-close.ts'
import { isResolvable, parseAppUrl } from './app-url.ts'
import { closeCodesOf } from './close-codes-option.ts'
import type { BreakerPolicy, Policy } from './connection.ts'
import { allowedCredentials } from './credential-in-url.ts'
import { createDestination, URL_TIMEOUT_MS } from './destination.ts'
import type {
  BreakerOptions,
  HeartbeatOptions,
  OutboxOptions,
  ReconnectOptions,
  TicketSocketOptions,
} from './options.ts'
import { OVERFLOW_POLICIES, type QueuePolicy } from './queue-options.ts'
import type { RateLimit } from './rate-limit.ts'
import { NO_SCHEMAS, type OpenMessageGate } from './validator.ts'

export interface ResolvedHeartbeat {
  intervalMs: number
  timeoutMs: number
  message: (() => object | string) | undefined
}

const threshold: Check<number> = (name, value) =>
  value === Number.POSITIVE_INFINITY ? value : wholeNumber(name, value)

const codecOf: Check<AnyCodec> = (name, value) => {
  record(name, value)
  for (const method of ['decode', 'encode'] as const) callback(`${name}.${method}`, value[method])
  return value
}

const rateLimitOf = (name: string, given: RateLimit): Required<RateLimit> => {
  const { perSecond, burst } = group<RateLimit, { perSecond: number; burst: number | undefined }>({
    perSecond: positiveNumber,
    burst: optional(positiveNumber),
  })(name, given)
  // Less than one could never be sent.
  const atOnce = burst ?? Math.max(1, perSecond)
  if (atOnce < 1) throw new TypeError(`${name}.burst must be at least 1, got ${atOnce}`)
  return { perSecond, burst: atOnce }
}

export function resolveSocketOptions<Incoming extends MessageLike, Outgoing extends object>(
  options: TicketSocketOptions<Incoming, Outgoing>,
) {
  const {
    url,
    urlTimeoutMs,
    allowCredentialInUrl,
    allowInsecure,
    reconnect,
    breaker,
    outbox,
    rateLimit,
    messages,
    openTimeoutMs,
    plainOpenDelayMs,
    ...resolved
  } = resolve('createTicketSocket', options as unknown as TicketSocketOptions, {
    url: asGiven,
    urlTimeoutMs: or(URL_TIMEOUT_MS, positiveNumber),
    allowCredentialInUrl: or(false, allowedCredentials),
    auth: sourceWith('acquire', 'keepPrefetched', 'onSessionChange', 'onReverted'),
    reconnect: group<ReconnectOptions>({
      baseDelayMs: or(2_000, positiveNumber),
      maxDelayMs: or(10_000, positiveNumber),
      multiplier: or(2, factor),
      maxRetries: or(Number.POSITIVE_INFINITY, countingOrInfinite),
    }),
    breaker: group<BreakerOptions, BreakerPolicy>({
      failureThreshold: or(20, threshold),
      resetMs: or(15_000, positiveNumber),
    }),
    heartbeat: group<HeartbeatOptions, ResolvedHeartbeat>({
      intervalMs: or(25_000, positiveNumber),
      timeoutMs: or(10_000, positiveNumber),
      message: optional(callback),
    }),
    outbox: group<OutboxOptions>({
      maxCount: or(1_000, countingNumber),
      maxBytes: or(1024 * 1024, positiveNumber),
      ttlMs: or(60_000, positiveNumber),
      overflow: or('drop-oldest', oneOf(OVERFLOW_POLICIES)),
      maxBufferedBytes: or(256 * 1024, countingNumber),
    }),
    rateLimit: optional(rateLimitOf),
    messages: optional(callback),
    codec: optional(codecOf),
    openTimeoutMs: or(10_000, positiveNumber),
    plainOpenDelayMs: or(100, positiveNumber),
    closeCodes: closeCodesOf,
    maxMessageLength: or(1024 * 1024, positiveNumber),
    allowInsecure: or(false, bool),
    platform: (_, parts) => guardedPlatform(systemPlatform(parts)),
  })
  const policy: Policy = { reconnect, breaker, openTimeoutMs, plainOpenDelayMs, settleMs: SETTLE_MS }
  const { auth, platform } = resolved
  const destination = createDestination({
    url,
    parse: (given) => parseAppUrl(given, allowInsecure),
    auth,
    allowed: allowCredentialInUrl,
    clock: platform.clock,
    warn: warnOnce(platform.logger),
    urlTimeoutMs,
  })
  // A module that makes a socket is loaded by servers, too, where nothing is dialled.
  if (typeof url === 'function' || isResolvable(url)) destination.fixedUrl()
  const queue: QueuePolicy = { ...outbox, rateLimit: rateLimit ?? null }
  return {
    ...resolved,
    destination,
    policy,
    queue,
    openValidators: (messages ?? (() => NO_SCHEMAS)) as OpenMessageGate<unknown, object>,
  }
}

export type ResolvedOptions = ReturnType<typeof resolveSocketOptions>
