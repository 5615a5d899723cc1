import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Http2ServerResponse } from 'node:http2'
import { resolve } from '../../platform/option-checks.ts'
import { reportUncaught } from '../../platform/system-platform.ts'
import { clientAddressOf } from '../client-address.ts'
import { ANSWER_HEADERS, HttpProblem } from '../http-problem.ts'
import { createLostBodyWarning } from '../lost-body.ts'
import { checkFunction, optionalFunction } from '../options.ts'
import { bodyOf, type ParsedBody } from './node-body.ts'
import { headersOf, type NodeRequest } from './node-headers.ts'
import { isServedTarget, pathOf } from './node-request.ts'

/** A `createTicketHandler`, or any function from `Request` to `Response`. */
export interface WebHandler {
  (request: Request, context?: { address?: string | undefined }): Promise<Response>
  matches?(pathname: string): boolean
}

export interface NodeHandlerOptions {
  /**
   * Whom limits per address count. Behind a proxy, read its header here; none is believed by itself. Over HTTP/2 it gets Node's
   * `Http2ServerRequest`, which has the same headers and socket.
   *
   * @default the peer's address
   */
  clientAddress?: (request: IncomingMessage) => string | undefined
}

/** `Request` cannot be made with these. */
const FORBIDDEN_METHODS = ['CONNECT', 'TRACE', 'TRACK']

/** Express leaves the whole path in `originalUrl`, and a parsed body in `body`. */
type ExpressRequest = NodeRequest & { originalUrl?: string; body?: unknown }
type NodeResponse = ServerResponse | Http2ServerResponse

/** Fastify's own request and reply, which hold Node's. */
interface FastifyRequest {
  raw: NodeRequest
  body?: unknown
}
interface FastifyReply {
  raw: NodeResponse
  hijack(): unknown
}

export type NodeHandler = (
  request: NodeRequest | FastifyRequest,
  response: NodeResponse | FastifyReply,
  next?: (error?: unknown) => void,
) => void

/**
 * Mounts a web handler in `node:http` (`server.on('request', …)`), Express (`app.use(…)`) or Fastify (`app.all('/websocket/*', …)`).
 *
 * HTTP/1 and HTTP/2. With Express, requests that are not the handler's go on to `next()`; elsewhere it answers them with 404.
 *
 * It reads the headers as a middleware left them, and a body that was parsed before from `request.body`. A body that was read
 * and is missing is never treated as empty: reading it is an error with a remedy. `createTicketHandler`
 * answers with it, after the JWT and the limits, and a line on the console says so once.
 *
 * @example
 * ```ts
 * import { createServer } from 'node:http'
 * import { toNodeHandler } from 'ticket-socket/server/node'
 *
 * createServer(toNodeHandler(async () => new Response('ok'))).listen(3000)
 * ```
 */
export function toNodeHandler(handler: WebHandler, options: NodeHandlerOptions = {}): NodeHandler {
  checkFunction('handler', handler)
  const { clientAddress } = resolve('toNodeHandler', options, {
    clientAddress: optionalFunction,
  })
  const addressOf = clientAddressOf(clientAddress, ({ socket }) => socket.remoteAddress)

  const warnOfLostBody = createLostBodyWarning()

  async function serve(incoming: ExpressRequest, outgoing: NodeResponse, parsed: ParsedBody, url: URL) {
    try {
      const request = toRequest(incoming, url, parsed)
      if (!request) return refuse(outgoing, BAD_HEADER)
      const address = addressOf(incoming as IncomingMessage)
      await write(await handler(request, { address }), incoming, outgoing)
    } catch (error) {
      const isProblem = error instanceof HttpProblem // of the body, which the handler has read
      if (isProblem) warnOfLostBody(error)
      else reportUncaught(error)
      if (isGone(outgoing) || outgoing.headersSent) outgoing.destroy()
      else refuse(outgoing, isProblem ? error : FAILED)
    }
  }

  return (request, response, next) => {
    const incoming: ExpressRequest = 'raw' in request ? request.raw : request
    const outgoing = 'raw' in response ? response.raw : response
    const target = incoming.originalUrl ?? incoming.url ?? '/'
    const url = urlOf(target)
    const pathname = url?.pathname ?? pathOf({ url: target })
    if (typeof next === 'function' && handler.matches?.(pathname) === false) return next()
    if ('hijack' in response) response.hijack()
    const parsed = { value: (request as { body?: unknown }).body, isResult: 'raw' in request }
    if (!url) refuse(outgoing, BAD_TARGET)
    else if (FORBIDDEN_METHODS.includes(incoming.method ?? '')) refuse(outgoing, BAD_METHOD)
    else void serve(incoming, outgoing, parsed, url)
  }
}

/** Over HTTP/2 a response outlives its stream, and throws when it is written to. */
const isGone = (outgoing: NodeResponse) =>
  outgoing.destroyed || ('stream' in outgoing && (outgoing.stream?.destroyed ?? true))

const BAD_TARGET = new HttpProblem(400, 'The URL is malformed, or holds user information. Remove it.')
const BAD_METHOD = new HttpProblem(405, 'CONNECT, TRACE and TRACK are not served. Use another method.')
const BAD_HEADER = new HttpProblem(400, 'A header holds a character that HTTP has no room for. Remove it.')
const FAILED = new HttpProblem(500, 'The server failed. Try again later.')

const refuse = (outgoing: NodeResponse, { status, headers, body }: HttpProblem) =>
  // One call of both types.
  void (outgoing as ServerResponse).writeHead(status, { ...ANSWER_HEADERS, ...headers }).end(JSON.stringify(body))

// The handler does not use the host, and a client's own words about it are not trusted.
function urlOf(target: string): URL | null {
  if (!isServedTarget(target)) return null
  try {
    return new URL(target.startsWith('/') ? `http://localhost${target}` : target)
  } catch {
    return null
  }
}

/** What describes the bytes of a body, and is wrong for one that was parsed. */
const BODY_HEADERS = ['content-length', 'content-encoding', 'transfer-encoding']

/** `null` when a header holds what HTTP has no room for. */
function toRequest(incoming: NodeRequest, url: URL, parsed: ParsedBody): Request | null {
  const method = incoming.method ?? 'GET'
  const { body, isParsed } = method === 'POST' ? bodyOf(incoming, parsed) : { body: null, isParsed: false }
  const headers = headersOf(incoming)
  if (isParsed) for (const name of BODY_HEADERS) headers.delete(name)
  const fetched = fetchHeaders(headers)
  return fetched && new Request(url, { method, headers: fetched, body, duplex: 'half' } as RequestInit)
}

function fetchHeaders(headers: Map<string, string>): Headers | null {
  try {
    return new Headers([...headers])
  } catch {
    return null // its words hold the value
  }
}

async function write(response: Response, incoming: NodeRequest, outgoing: NodeResponse) {
  const body = Buffer.from(await response.arrayBuffer())
  if (isGone(outgoing)) return
  // A body that was refused unread would have to be read to its end before the next request on this connection.
  if (incoming.httpVersionMajor === 1 && !incoming.complete) outgoing.setHeader('connection', 'close')
  for (const [name, value] of response.headers) {
    if (name !== 'set-cookie' && name !== 'vary') outgoing.setHeader(name, value)
  }
  // A middleware may have set some already: its cookies, and what else the answer depends on.
  const vary = [outgoing.getHeader('vary') ?? [], response.headers.get('vary') ?? []].flat().map(String)
  if (vary.length > 0) outgoing.setHeader('vary', [...new Set(vary)].join(', '))
  const cookies = [outgoing.getHeader('set-cookie') ?? [], response.headers.getSetCookie()].flat().map(String)
  if (cookies.length > 0) outgoing.setHeader('set-cookie', cookies)
  outgoing.statusCode = response.status
  outgoing.end(body)
}
