import { Readable } from 'node:stream'
import { HttpProblem } from '../http-problem.ts'
import { LostBody } from '../lost-body.ts'
import type { NodeRequest } from './node-headers.ts'

/** `isResult`: nothing but a parser writes there, so that an empty object is what it has parsed. */
export interface ParsedBody {
  value: unknown
  isResult: boolean
}

export interface NodeBody {
  body: BodyInit | null
  /** The headers that describe the body's bytes (its length, its compression) no longer hold. */
  isParsed: boolean
}

const lost = () =>
  new LostBody(
    500,
    'The request body is lost (500): a middleware read it and did not leave all of it in request.body. ' +
      'Mount toNodeHandler before that middleware.',
  )

const lostOrBlank = () =>
  new LostBody(
    500,
    'The request body is lost (500): a middleware read it and left an empty object, and Content-Length says that more was sent. ' +
      'Mount toNodeHandler before that middleware, or send an empty object as {}, without blanks.',
  )

const unknown = () =>
  new LostBody(
    400,
    'The request body cannot be told from an empty one (400): a middleware read it and left an empty object or text, and no ' +
      'Content-Length of the plain body says how much was sent. Send Content-Length and no Content-Encoding, or no body, or mount ' +
      'toNodeHandler before that middleware.',
  )

/**
 * The request's body, or what a middleware left of it in `request.body`. Where that may be less than was sent, reading the body
 * fails.
 *
 * A stream that was not read decides, whatever stands in `request.body`: some parsers leave an empty object there for a body
 * of another type. An empty stream counts as one that was not read, so from here on something was sent.
 */
export function bodyOf(incoming: NodeRequest, parsed: ParsedBody): NodeBody {
  if (incoming.readableAborted) return { body: failing(new Error('aborted')), isParsed: false }
  if (!Readable.isDisturbed(incoming)) {
    const body = incoming.readable ? (Readable.toWeb(incoming) as ReadableStream<Uint8Array>) : null
    return { body, isParsed: false }
  }
  const left = textOrBytes(parsed.value) ?? lost()
  const body = left instanceof HttpProblem ? left : (doubtAbout(left, parsed.isResult, incoming.headers) ?? left)
  return { body: body instanceof HttpProblem ? failing(body) : body, isParsed: true }
}

/** Also for a stream that has ended too early: Node's own conversion makes an empty one of it. */
const failing = (error: Error) => new ReadableStream({ start: (controller) => controller.error(error) })

function textOrBytes(value: unknown): string | Uint8Array<ArrayBuffer> | HttpProblem | undefined {
  if (typeof value === 'string') return value
  if (value instanceof Uint8Array) return new Uint8Array(value)
  try {
    return JSON.stringify(value)
  } catch (error) {
    // The client sent thousands of brackets inside each other; or a parser made what is no JSON, such as a BigInt.
    return error instanceof RangeError ? new HttpProblem(422, 'The request is nested too deeply.') : undefined
  }
}

/** The shortest object that is not empty: `{"":1}`. */
const SHORTEST_WITH_MEMBER = 6

/** Something was sent, so an empty text is never all of it. Some parsers leave an empty object for every body. */
function doubtAbout(left: string | Uint8Array, isResult: boolean, headers: NodeRequest['headers']): HttpProblem | null {
  const isDoubtfulObject = left === '{}' && !isResult
  if (left.length > 0 && !isDoubtfulObject) return null
  if ((headers['content-encoding'] ?? 'identity') !== 'identity') return unknown()
  const length = headers['content-length']
  if (left.length === 0) return lost()
  if (length === undefined) return unknown()
  return Number(length) < SHORTEST_WITH_MEMBER ? null : lostOrBlank()
}
