import { Readable } from 'node:stream'
import type { NodeRequest } from './node-headers.ts'

/** A middleware read the body and left nothing of it. An empty body would mean something else: a ticket with all permissions. */
class LostBodyError extends Error {
  override readonly name = 'LostBodyError'
  constructor() {
    super(
      'The request body was read before toNodeHandler and is not in request.body. Mount toNodeHandler before the middleware ' +
        'that reads it, or leave the parsed body in request.body.',
    )
  }
}

/** `isParsed`: the headers that describe the body's bytes (its length, its compression) no longer hold. */
export interface NodeBody {
  body: BodyInit | null
  isParsed: boolean
}

/**
 * The request's body, or what a middleware left of it in `request.body`. Throws a `LostBodyError` when neither is there.
 *
 * A stream that nobody has read decides, whatever stands in `request.body`: some parsers leave an empty object there for a body
 * of another type. No header is asked whether there is a body: in HTTP/2 none says so.
 */
export function bodyOf(incoming: NodeRequest, parsed: unknown): NodeBody {
  if (incoming.readableAborted) return { body: cutOff(), isParsed: false }
  if (!Readable.isDisturbed(incoming)) {
    const body = incoming.readable ? (Readable.toWeb(incoming) as ReadableStream<Uint8Array>) : null
    return { body, isParsed: false }
  }
  const body = textOrBytes(parsed)
  if (body === undefined || isLeftover(incoming, body)) throw new LostBodyError()
  return { body, isParsed: true }
}

/** Node's own conversion makes an empty stream of one that has ended too early. */
const cutOff = () => new ReadableStream({ start: (controller) => controller.error(new Error('aborted')) })

function textOrBytes(parsed: unknown): string | Uint8Array<ArrayBuffer> | undefined {
  if (typeof parsed === 'string') return parsed
  return parsed instanceof Uint8Array ? new Uint8Array(parsed) : JSON.stringify(parsed)
}

/** Nothing or an empty object, where more was announced, or maybe more: some parsers leave that for every body, whoever read it. */
function isLeftover({ headers, httpVersionMajor }: NodeRequest, body: string | Uint8Array): boolean {
  if (body.length > 0 && body !== '{}') return false
  const length = headers['content-length']
  if (length !== undefined) return Number(length) > body.length
  return headers['transfer-encoding'] !== undefined || httpVersionMajor > 1
}
