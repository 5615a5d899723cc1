import type { IncomingMessage, ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { or, resolve } from '../../platform/option-checks.ts'
import { reportUncaught } from '../../platform/system-platform.ts'
import { checkFunction } from '../options.ts'

/** A `createTicketHandler`, or any function from `Request` to `Response`. */
export interface WebHandler {
  (request: Request, context?: { address?: string | undefined }): Promise<Response>
  matches?(pathname: string): boolean
}

export interface NodeHandlerOptions {
  /** Whom limits per address count. Behind a proxy, read its header here; none is believed by itself. @default the peer's address */
  clientAddress?: (request: IncomingMessage) => string | undefined
}

/** `Request` cannot be made with these. */
const FORBIDDEN_METHODS = ['CONNECT', 'TRACE', 'TRACK']

/** Express leaves the whole path in `originalUrl`, and a parsed body in `body`. */
interface ExpressRequest extends IncomingMessage {
  originalUrl?: string
  body?: unknown
}

/** Fastify's own request and reply, which hold Node's. */
interface FastifyRequest {
  raw: IncomingMessage
  body?: unknown
}
interface FastifyReply {
  raw: ServerResponse
  hijack(): unknown
}

export type NodeHandler = (
  request: IncomingMessage | FastifyRequest,
  response: ServerResponse | FastifyReply,
  next?: (error?: unknown) => void,
) => void

/**
 * Mounts a web handler in `node:http` (`server.on('request', …)`), Express (`app.use(…)`) or Fastify (`app.all('/websocket/*', …)`).
 *
 * With Express, requests that are not the handler's go on to `next()`; elsewhere it answers them with 404. A body that was
 * parsed before is taken as it is.
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
    clientAddress: or(({ socket }) => socket.remoteAddress, checkFunction),
  })

  async function serve(incoming: ExpressRequest, outgoing: ServerResponse, parsedBody: unknown, url: URL) {
    try {
      const request = toRequest(incoming, url, parsedBody)
      await write(await handler(request, { address: clientAddress(incoming) }), incoming, outgoing)
    } catch (error) {
      reportUncaught(error)
      if (outgoing.headersSent) outgoing.destroy()
      else refuse(outgoing, 500)
    }
  }

  return (request, response, next) => {
    const incoming: ExpressRequest = 'raw' in request ? request.raw : request
    const outgoing = 'raw' in response ? response.raw : response
    const url = urlOf(incoming)
    if (url && typeof next === 'function' && handler.matches?.(url.pathname) === false) return next()
    if ('hijack' in response) response.hijack()
    if (!url) refuse(outgoing, 400)
    else if (FORBIDDEN_METHODS.includes(incoming.method ?? '')) refuse(outgoing, 405)
    else void serve(incoming, outgoing, (request as { body?: unknown }).body, url)
  }
}

const refuse = (outgoing: ServerResponse, status: number) =>
  void outgoing.writeHead(status, { 'cache-control': 'no-store' }).end()

// The host is of no interest to the handler, and what a client says about it is not believed.
function urlOf({ originalUrl, url = '/' }: ExpressRequest): URL | null {
  const target = originalUrl ?? url
  try {
    return new URL(target.startsWith('/') ? `http://localhost${target}` : target)
  } catch {
    return null
  }
}

function toRequest(incoming: IncomingMessage, url: URL, parsedBody: unknown): Request {
  const headers = new Headers()
  for (const [name, values] of Object.entries(incoming.headersDistinct)) {
    if (!name.startsWith(':')) for (const value of values ?? []) headers.append(name, value)
  }
  const method = incoming.method ?? 'GET'
  const body = method === 'POST' && hasBody(incoming) ? bodyOf(incoming, parsedBody) : null
  return new Request(url, { method, headers, body, duplex: 'half' } as RequestInit)
}

const hasBody = ({ headers }: IncomingMessage) =>
  headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0

function bodyOf(incoming: IncomingMessage, parsed: unknown): BodyInit {
  if (parsed === undefined) return Readable.toWeb(incoming) as ReadableStream<Uint8Array>
  if (typeof parsed === 'string') return parsed
  return parsed instanceof Uint8Array ? new Uint8Array(parsed) : JSON.stringify(parsed)
}

async function write(response: Response, incoming: IncomingMessage, outgoing: ServerResponse) {
  const body = Buffer.from(await response.arrayBuffer())
  if (outgoing.destroyed) return
  // A body that was refused unread would have to be read to its end before the next request on this connection.
  if (!incoming.complete) outgoing.setHeader('connection', 'close')
  for (const [name, value] of response.headers) {
    if (name === 'set-cookie') outgoing.appendHeader(name, value)
    else outgoing.setHeader(name, value)
  }
  outgoing.statusCode = response.status
  outgoing.end(body)
}
