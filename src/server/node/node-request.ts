import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { UpgradeRequest } from '../upgrade-decision.ts'
import { headersOf } from './node-headers.ts'

/** The path of a request, without its query; also of one that names a whole URL. Not decoded: paths are compared exactly. */
export function pathOf(request: { url?: string | undefined }): string {
  const [, path = '/'] = /^(?:[a-z][a-z0-9+.-]*:\/\/[^/?#]*)?([^?#]*)/i.exec(request.url ?? '') ?? []
  return path
}

/**
 * Whether a target has one of the two forms that are served (RFC 9112 §3.2): a path, or a whole URL without user information.
 * The others are `*` and `host:port`, for requests to a proxy.
 */
export const isServedTarget = (target: string): boolean =>
  target.startsWith('/') || /^(?:https?|wss?):\/\/[^/?#@\\]*(?:[/?#]|$)/i.test(target)

export function toUpgradeRequest(request: IncomingMessage, address: string | undefined): UpgradeRequest {
  const headers = headersOf(request)
  const header = (name: string) => headers.get(name) ?? null
  const offered = header('sec-websocket-protocol')
  return {
    url: request.url ?? '/',
    origin: header('origin'),
    protocols: offered === null ? [] : offered.split(',').map((protocol) => protocol.trim()),
    authorization: header('authorization'),
    address,
  }
}

/** Bytes that were written to this socket: how one listener of an upgrade sees that another one has answered it. */
export const writtenTo = (socket: Duplex): number => (socket as Socket).bytesWritten
