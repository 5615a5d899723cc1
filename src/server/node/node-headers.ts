import type { IncomingMessage } from 'node:http'
import type { Http2ServerRequest } from 'node:http2'

/** Of Node's HTTP/1 and HTTP/2, and of what stands in for them: `fastify.inject()` and serverless adapters have no socket. */
export type NodeRequest = IncomingMessage | Http2ServerRequest

/**
 * The request's headers, each name once.
 *
 * `headers` decides: it is what a middleware reads and changes. For some headers Node keeps only the first of several values
 * there, so the values that a client sent twice come from `rawHeaders`, joined by a comma. A credential that was sent twice then
 * matches nothing and hides nothing.
 */
export function headersOf({ headers, rawHeaders }: Pick<NodeRequest, 'headers' | 'rawHeaders'>): Map<string, string> {
  const sent = sentValues(rawHeaders ?? [])
  const result = new Map<string, string>()
  for (const [key, value] of Object.entries(headers)) {
    // The pseudo-headers of HTTP/2 are no headers.
    if (value === undefined || key.startsWith(':')) continue
    const name = key.toLowerCase()
    const current = Array.isArray(value) ? value.join(', ') : String(value)
    const values = sent.get(name) ?? []
    const own = current === values[0] ? values.join(', ') : current
    const other = result.get(name)
    result.set(name, other === undefined ? own : `${other}, ${own}`)
  }
  return result
}

function sentValues(rawHeaders: readonly string[]): Map<string, string[]> {
  const sent = new Map<string, string[]>()
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const name = String(rawHeaders[index]).toLowerCase()
    sent.set(name, [...(sent.get(name) ?? []), String(rawHeaders[index + 1])])
  }
  return sent
}
