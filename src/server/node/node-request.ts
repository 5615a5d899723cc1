import type { IncomingMessage } from 'node:http'
import type { UpgradeRequest } from '../upgrade.ts'

/** The path of a request, without its query; also of one that names a whole URL. Not decoded: paths are compared exactly. */
export function pathOf(request: IncomingMessage): string {
  const [, path = '/'] = /^(?:[a-z][a-z0-9+.-]*:\/\/[^/?#]*)?([^?#]*)/i.exec(request.url ?? '') ?? []
  return path
}

/** A header that was sent twice is joined by a comma, so that it matches nothing and hides nothing. */
export function toUpgradeRequest(request: IncomingMessage, address: string | undefined): UpgradeRequest {
  const header = (name: string) => request.headersDistinct[name]?.join(', ') ?? null
  const offered = header('sec-websocket-protocol')
  return {
    url: request.url ?? '/',
    origin: header('origin'),
    protocols: offered === null ? [] : offered.split(',').map((protocol) => protocol.trim()),
    authorization: header('authorization'),
    address,
  }
}
