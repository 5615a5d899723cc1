// Messages held to a schema, both ways. A separate import: an app without schemas carries nothing of it.

import { noAnswer, within } from '../auth/deadline.ts'
import type { Message, MessageLike } from '../contract/wire.ts'
import { callback, resolve } from '../platform/option-checks.ts'
import type { Clock } from '../platform/platform.ts'
import type { DropReason, MessageIssue, OpenMessageGate, Passing, Validator } from './validator.ts'

/** The part of a Standard Schema (standardschema.dev, version 1) that is used: zod, valibot, arktype and others have it. */
export interface StandardSchema<Input, Output> {
  readonly '~standard': {
    readonly version: 1
    readonly vendor: string
    readonly validate: (value: unknown) => SchemaResult<Output> | Promise<SchemaResult<Output>>
    readonly types?: { readonly input: Input; readonly output: Output } | undefined
  }
}

type SchemaResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly SchemaIssue[] }

interface SchemaIssue {
  readonly message: string
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined
}

export interface MessageSchemas<Incoming extends MessageLike, Outgoing extends object> {
  /** What the server sends. Left out: any JSON with a `type`. */
  incoming?: StandardSchema<unknown, Incoming>
  /** What the app sends. Left out: any object with a `type`. */
  outgoing?: StandardSchema<Outgoing, unknown>
}

type Verdict = { message: unknown } | { issues: readonly MessageIssue[] }
type Check = (message: unknown) => Verdict | Promise<Verdict>

/** A schema that asks elsewhere and gets no answer must not hold up what comes after it for ever. */
const TIMEOUT_MS = 10_000
/** More than that are not looked at side by side: a slow schema must not fill the memory. */
const MAX_WAITING = 1_000
const LATER_MS = 1

/**
 * Holds messages to schemas, and types both directions by them.
 *
 * An incoming message that does not fit is an `invalidMessage` event with the schema's `issues`, and is not delivered.
 * An outgoing one is dropped as `invalid`: in the receipt, or, where the schema answers later, by a `dropped` event. What a
 * schema transforms arrives, and leaves, transformed; `id` and `reply_to` stay, also where it keeps only what it names (a
 * strict schema has to name them). Order is kept also where a schema is asynchronous; it has ten
 * seconds, and 1 000 messages may wait for it in each direction. It is given a plain message as it was at `send()`. Binary
 * frames have no schema and keep their place. The protocol's own frames are not the app's to check.
 *
 * Throws a `TypeError` for something that is no Standard Schema.
 *
 * @example
 * ```ts
 * import { createTicketSocket, messageSchemas, type UnifiedAuthService } from 'ticket-socket'
 * import * as z from 'zod/mini'
 *
 * declare const auth: UnifiedAuthService
 * const socket = createTicketSocket({
 *   url: 'wss://api.example.com/ws',
 *   auth,
 *   messages: messageSchemas({
 *     incoming: z.object({ type: z.literal('chat'), text: z.string() }),
 *     outgoing: z.object({ type: z.literal('ask'), text: z.string() }),
 *   }),
 * })
 * socket.onMessage('chat', ({ text }) => console.log(text.length))
 * socket.on('invalidMessage', ({ issues }) => console.warn(issues))
 * ```
 */
export function messageSchemas<Incoming extends MessageLike = MessageLike, Outgoing extends object = Message>(
  schemas: MessageSchemas<Incoming, Outgoing>,
): OpenMessageGate<Incoming, Outgoing> {
  const checks = resolve('messageSchemas', schemas, { incoming: checkOf, outgoing: checkOf })

  return ({ clock }) => {
    const leaving = createLine(clock, (message) => checks.outgoing(copyOf(message)))
    return {
      arriving: createLine(clock, checks.incoming) as Validator<unknown, Incoming>,
      leaving: leaving as Validator<Outgoing, object>,
    }
  }
}

function checkOf(name: string, schema: StandardSchema<unknown, unknown> | undefined): Check {
  if (schema === undefined) return (message) => ({ message })
  // Some schemas, such as arktype's, are functions.
  const standard = (schema as Partial<StandardSchema<unknown, unknown>> | null)?.['~standard']
  if (!standard) throw new TypeError(`${name} must be a Standard Schema, such as one of zod, valibot or arktype`)
  callback(`${name}["~standard"].validate`, standard.validate)
  return (message) => {
    try {
      const result = standard.validate(message)
      return 'then' in result ? Promise.resolve(result).then(verdictOf, failed) : verdictOf(result)
    } catch {
      return failed()
    }
  }
}

function verdictOf(result: SchemaResult<unknown>): Verdict {
  if (!result.issues) return { message: result.value }
  // Plain lists, also where a library has its own list classes.
  return { issues: Array.from(result.issues, ({ message, path = [] }) => ({ message, path: Array.from(path, keyOf) })) }
}

function keyOf(part: PropertyKey | { key: PropertyKey }): string | number {
  const key = typeof part === 'object' ? part.key : part
  return typeof key === 'number' ? key : String(key)
}

/** Its words may hold the message, so they are not passed on. */
const failed = (): Verdict => ({ issues: [{ message: 'The schema itself failed.', path: [] }] })

/** A question and its answer name each other by these (PR-75). A schema that keeps only what it names must not part them. */
const CORRELATION = ['id', 'reply_to'] as const

function isPlain(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

/**
 * As it is now: the app may change its message while a schema takes its time. What is neither a plain object nor an array, such as a
 * large number of a codec's library, stays the same object.
 */
function deepCopyOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(deepCopyOf)
  return isPlain(value)
    ? Object.fromEntries(Object.entries(value).map(([key, part]) => [key, deepCopyOf(part)]))
    : value
}

function copyOf(message: unknown): unknown {
  try {
    return deepCopyOf(message)
  } catch {
    // A circle; such a message is not sent, most likely.
    return message
  }
}

function correlating(message: unknown, { pass, refuse }: Passing<unknown>): Passing<unknown> {
  return {
    refuse,
    pass(checked) {
      // What a schema has made of it, such as bytes, or an object with methods, is its own affair.
      if (!isPlain(message) || !isPlain(checked)) return pass(checked)
      const lost = CORRELATION.filter((name) => name in message && !(name in checked))
      pass(
        lost.length === 0 ? checked : { ...checked, ...Object.fromEntries(lost.map((name) => [name, message[name]])) },
      )
    },
  }
}

interface Waiting {
  /** Null while it is being looked at. */
  settle: (() => void) | null
  refuse: (reason: DropReason) => void
}

/** Handles messages in the order of their arrival, though checking some of them takes time. */
function createLine(clock: Clock, check: Check) {
  let waiting: Waiting[] = []
  let looking = new AbortController()
  let isAdvancing = false

  /** The codec that is called for a message may send others, or take some back: their turn is after it. */
  function advance() {
    if (isAdvancing) return
    isAdvancing = true
    let count = 0
    try {
      for (let first = waiting[0]; first?.settle; first = waiting[0]) {
        // More than ever wait at once: a codec that sends for each message must not hang the page.
        if (++count > MAX_WAITING) return void clock.setTimer(advance, LATER_MS)
        waiting.shift()
        first.settle()
      }
    } finally {
      // A getter of the app's message may throw.
      isAdvancing = false
    }
  }

  const settlerOf =
    (verdict: Verdict, { pass, refuse }: Passing<unknown>) =>
    () =>
      'message' in verdict ? pass(verdict.message) : refuse('invalid', verdict.issues)

  /** Returns the function that gives the place up. */
  function add(judge: () => Verdict | Promise<Verdict>, passing: Passing<unknown>): () => void {
    const place: Waiting = { settle: null, refuse: (reason) => passing.refuse(reason, []) }
    if (waiting.length >= MAX_WAITING) {
      place.refuse('overflow')
      return () => {}
    }
    const { signal } = looking
    const verdict = judge()
    if (signal.aborted) {
      // The schema itself has ended the session. The message holds up none of the next one.
      place.refuse(signal.reason as DropReason)
      return () => {}
    }
    waiting.push(place)
    if (verdict instanceof Promise) {
      const late = () => noAnswer('The schema', TIMEOUT_MS, 'Make it settle sooner.')
      const settled = within({ clock, ms: TIMEOUT_MS, signals: [signal], late }, () => verdict).catch(
        (error: Error): Verdict => ({ issues: [{ message: error.message, path: [] }] }),
      )
      void settled.then((known) => {
        place.settle = settlerOf(known, passing)
        // No caller waits for a message that was given up.
        if (waiting.includes(place)) advance()
      })
    } else {
      place.settle = settlerOf(verdict, passing)
      advance()
    }
    return () => {
      if (!waiting.includes(place)) return
      waiting = waiting.filter((other) => other !== place)
      advance()
    }
  }

  return {
    check: (message: unknown, passing: Passing<unknown>) => add(() => check(message), correlating(message, passing)),

    keepPlace: (passing: Passing<never>, frame: unknown) =>
      add(() => ({ message: frame }), passing as Passing<unknown>),

    dropAll(reason: DropReason) {
      const taken = waiting
      waiting = []
      looking.abort(reason)
      looking = new AbortController()
      for (const { refuse } of taken) refuse(reason)
      return taken.length
    },
  }
}
