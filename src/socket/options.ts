// The options of `createTicketSocket`: types and what each means, one group per concern. Defaults and checks are in
// `resolve-options.ts`.

import type { CredentialSource } from '../auth/credential.ts'
import type { AnyCodec, Codec } from '../contract/codec.ts'
import type { Message, MessageLike } from '../contract/wire.ts'
import type { Platform } from '../platform/platform.ts'
import type { SocketUrl } from './app-url.ts'
import type { CloseCodes } from './judge-close.ts'
import type { OutboxPolicy } from './queue-options.ts'
import type { RateLimit } from './rate-limit.ts'
import type { OpenMessageGate } from './validator.ts'

export interface ReconnectOptions {
  /** Upper limit of the first wait, in milliseconds. @default 2_000 */
  baseDelayMs?: number
  /**
   * Upper limit of every wait, in milliseconds. The wait is random between zero and the limit. A wait that the server
   * names, that of an open `breaker`, and that of a browser which holds dials back (Firefox) may be longer. @default 10_000
   */
  maxDelayMs?: number
  /** By how much the limit grows with every attempt lost in a row; at least 1, which keeps it. @default 2 */
  multiplier?: number
  /** Attempts lost in a row before giving up. @default Infinity */
  maxRetries?: number
}

export interface BreakerOptions {
  /**
   * Attempts lost in a row after which the next ones wait for `resetMs`; at least 1. Infinity: never. It is no limit:
   * `reconnect.maxRetries` is. @default 20
   */
  failureThreshold?: number
  /**
   * The least wait from then on, in milliseconds, until a connection has been open for five seconds. The wait is random
   * between this and twice as much, or the backoff where that is longer. When the network or the tab is back, the next
   * attempt begins this long after the last one. `connect()` and `reconnect()` do not wait for it. @default 15_000
   */
  resetMs?: number
}

export interface HeartbeatOptions {
  /** Ask after this much silence, in milliseconds. Any traffic counts. @default 25_000 */
  intervalMs?: number
  /** Nothing received this long after the ping: the connection is replaced. @default 10_000 */
  timeoutMs?: number
  /**
   * What to ask a server where `ticket-socket.v1` was not negotiated, such as `() => ({ type: 'ping' })`. An object is encoded as
   * messages are, a string is sent as it is. Whatever the server sends counts as its answer. Left out: such a server is not asked, and a link that dies without a word is noticed late.
   */
  message?: () => object | string
}

export interface OutboxOptions extends Partial<OutboxPolicy> {
  /** The socket is given nothing more while it has so many bytes unsent. @default 262_144 */
  maxBufferedBytes?: number
}

export interface ConnectionOptions {
  /**
   * Where to connect, such as `wss://api.example.com/ws`. The client dials exactly this, plus `ticket` where it connects with
   * one. `http(s):` stands for `ws(s):`, and a path such as `/ws` is resolved against the page (where there is none,
   * `connect()` throws a `TypeError`). `ws:` only for this machine, unless `allowInsecure`.
   *
   * A function is called for each attempt, before its credential is obtained, and may answer with a promise. When it throws,
   * or its answer cannot be dialled, the attempt fails with `url_callback_failed` and is made again.
   *
   * With tickets on it must hold no credential: see `allowCredentialInUrl`.
   */
  url: SocketUrl
  /** For one call of `url`, where it is a function. A later answer is ignored. @default 10_000 */
  urlTimeoutMs?: number
  /**
   * With tickets on, a `url` that holds a credential is an error: `token`, `access_token`, `auth_token`, `id_token` or `jwt`
   * with 16 characters or more, or a JWT anywhere. `true` allows it, a list of names allows it in these parameters (such as
   * `['apikey']`, for a key that is public and looks like a JWT).
   *
   * It does not allow `ticket`, `auth_ticket` and `ticket_id`: the client puts its own ticket there.
   *
   * @default false
   */
  allowCredentialInUrl?: boolean | readonly string[]
  /** Where credentials come from: a `UnifiedAuthService`. */
  auth: CredentialSource
  reconnect?: ReconnectOptions
  /** Slows attempts down after many were lost in a row. The snapshot's `breaker` shows it. */
  breaker?: BreakerOptions
  heartbeat?: HeartbeatOptions
  /**
   * What cannot be sent at once waits: `maxCount` 1 000, `maxBytes` 1 MiB, `ttlMs` 60 000, `overflow` 'drop-oldest',
   * `maxBufferedBytes` 256 KiB.
   */
  outbox?: OutboxOptions
  /** The most that is sent, by a token bucket; what is more waits in the outbox. @default unlimited */
  rateLimit?: RateLimit
  /** For the socket to open, and again for the server's first frame. @default 10_000 */
  openTimeoutMs?: number
  /**
   * A server where `ticket-socket.v1` was not negotiated counts as having accepted the connection this long after it
   * opened, in milliseconds, or at its first message. Raise it for a server that refuses later than that: until then nothing is
   * sent. An error frame does not count, see PR-02.
   *
   * @default 100
   */
  plainOpenDelayMs?: number
  /**
   * What close codes of your server mean, where the default does not fit: by code, or by a synchronous function. A code
   * that is not named, and any other answer of the function, means the default. So does a function that throws, which is
   * reported as an uncaught error.
   *
   * It is asked for 1008, 1009, 1011, 1013, 3000 to 4399 and 4600 to 4999, and where `ticket-socket.v1` was not negotiated
   * for 4400 to 4599, too. It does not decide about 1006, which browsers report for every lost connection, nor about the
   * protocol's own codes: an object that names such a code is a `TypeError`.
   *
   * `'refused'` before the server accepted the credential is a refused credential: a fresh ticket or a newer JWT is used.
   * After that it ends the session: the client renews the credential and reconnects with backoff. It never counts toward
   * `maxTicketFailures`. Three such sessions in a row that end within 5 s end in `unauthenticated`.
   *
   * @default {}
   * @example
   * ```ts
   * import { createTicketSocket, type UnifiedAuthService } from 'ticket-socket'
   *
   * declare const auth: UnifiedAuthService
   * // Django Channels: 4001 for a session that has expired, 4003 for a user who was removed.
   * const closeCodes = { 4001: 'refused', 4003: 'stop' } as const
   * const socket = createTicketSocket({ url: 'wss://api.example.com/ws', auth, closeCodes })
   * ```
   */
  closeCodes?: CloseCodes
  /** A longer frame is an `invalidMessage` event. Characters, or bytes of a binary one. @default 1_048_576 */
  maxMessageLength?: number
  /** Allows `ws:` beyond this machine. @default false */
  allowInsecure?: boolean
  /** Parts of the environment to hand in: `WebSocket`, `clock`, `random`, `page`, `logger`. */
  platform?: Partial<Platform>
}

/** Schemas type the messages. They see what a codec decodes, and a codec encodes what they pass. */
export interface SchemaOptions<Incoming extends MessageLike, Outgoing extends object> extends ConnectionOptions {
  /** Made by `messageSchemas`. */
  messages: OpenMessageGate<Incoming, Outgoing>
  codec?: AnyCodec
}

/** Without schemas the codec types the messages. */
export interface CodecOptions<Incoming extends MessageLike, Outgoing extends object> extends ConnectionOptions {
  messages?: undefined
  /**
   * Turns frames into messages, and messages into frames: for a wire that is no JSON with a `type`, such as JSON-RPC or
   * MessagePack. Both functions are synchronous.
   *
   * @default JSON with a `type`
   */
  codec?: Codec<Incoming, Outgoing>
}

export type TicketSocketOptions<Incoming extends MessageLike = Message, Outgoing extends object = Message> =
  | CodecOptions<Incoming, Outgoing>
  | SchemaOptions<Incoming, Outgoing>
