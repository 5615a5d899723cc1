import { ticketGenerationRequest } from '../contract/schemas.ts'
import type { TicketGenerationRequest } from '../contract/wire.ts'
import { HttpProblem } from './http-problem.ts'
import { LostBody } from './lost-body.ts'

const MAX_BODY_BYTES = 16 * 1024

/** The body of `POST …/ticket`. No body is an empty request; anything but the contract's fields is refused by path. */
export async function readGenerationRequest(request: Request): Promise<TicketGenerationRequest> {
  const bytes = await readBytes(request)
  if (bytes.length === 0) return {}
  const [mediaType = ''] = (request.headers.get('content-type') ?? '').split(';')
  if (mediaType.trim().toLowerCase() !== 'application/json') {
    throw new HttpProblem(415, 'The body must be sent as content-type: application/json.')
  }
  const encoding = request.headers.get('content-encoding')?.trim().toLowerCase() ?? 'identity'
  if (encoding !== 'identity') {
    // RFC 9110, section 12.5.3: what a request's body may be encoded in.
    const headers = { 'accept-encoding': 'identity' }
    throw new HttpProblem(415, 'The body must be sent without content-encoding.', { headers })
  }
  const parsed = check(parseJson(bytes))
  if (parsed.success) return parsed.data
  const errors = parsed.error.issues.map(({ path, message }) => ({ path: path.map(String).join('.'), message }))
  throw new HttpProblem(422, 'The request is not valid. See errors.', { errors })
}

function check(value: unknown) {
  try {
    return ticketGenerationRequest.safeParse(value)
  } catch {
    // Measuring thousands of brackets inside each other overflows the stack.
    throw new HttpProblem(422, 'The request is nested too deeply.')
  }
}

const READ_BEFORE =
  'The request body is lost (500): it was read before createTicketHandler got the request. Hand the request over unread, or a clone ' +
  'that was made before.'

// Read piece by piece: a body may announce no length, or a wrong one.
async function readBytes(request: Request): Promise<Uint8Array> {
  const tooLarge = () => new HttpProblem(413, `The body must be at most ${MAX_BODY_BYTES} bytes long.`)
  if (Number(request.headers.get('content-length')) > MAX_BODY_BYTES) throw tooLarge()
  // Where it was read in part, the rest of it would pass for all of it.
  if (request.bodyUsed || request.body?.locked) throw new LostBody(500, READ_BEFORE)
  if (!request.body) return new Uint8Array()
  const body = new Uint8Array(MAX_BODY_BYTES)
  const read = pieceReader(request.body)
  let length = 0
  for (let piece = await read(); piece; piece = await read()) {
    // The rest is left unread, not cancelled: on Node, cancelling would cut the connection before the answer is out.
    if (length + piece.length > MAX_BODY_BYTES) throw tooLarge()
    body.set(piece, length)
    length += piece.length
  }
  return body.subarray(0, length)
}

function pieceReader(body: ReadableStream<Uint8Array>): () => Promise<Uint8Array | undefined> {
  const reader = body.getReader()
  return async () => {
    try {
      return (await reader.read()).value
    } catch (error) {
      // The error of an adapter names the reason why the body is missing.
      if (error instanceof HttpProblem) throw error
      throw new HttpProblem(400, 'The body ended before its time.')
    }
  }
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch {
    throw new HttpProblem(400, 'The body is not JSON.')
  }
}
