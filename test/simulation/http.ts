// Plain objects in place of `Request` and `Response`: the parts of them that the server reads and the client reads.

import { ORIGIN } from './backend.ts'
import type { SeenRequest } from './edge.ts'

export interface Reply {
  ok: boolean
  status: number
  retryAfterMs: number | null
  text: string
  headers: { get(name: string): string | null }
  body: { getReader(): { read(): Promise<{ done: boolean; value?: Uint8Array }>; cancel(): Promise<void> } } | null
}

const encoder = new TextEncoder()

/** The bytes in one piece, to be read once. */
function bodyOf(text: string): Reply['body'] {
  const pieces = text === '' ? [] : [encoder.encode(text)]
  const read = async () => {
    const value = pieces.shift()
    return value ? { done: false, value } : { done: true }
  }
  return { getReader: () => ({ read, cancel: async () => {} }) }
}

export function requestOf({ url, method, init }: SeenRequest): Request {
  const given = { origin: ORIGIN, ...(init.headers as Record<string, string>) } as Record<string, string>
  return {
    url,
    method,
    headers: { get: (name: string) => given[name] ?? null },
    body: typeof init.body === 'string' ? bodyOf(init.body) : null,
  } as unknown as Request
}

/** `isSpoken`: else the answer announces no subprotocol, as one of a server that knows none. */
export async function replyOf(response: Response, isSpoken: boolean): Promise<Reply> {
  const text = await response.text()
  const plain = isSpoken ? text : text.replace(/,"subprotocol":"[^"]*"/, '')
  return reply(response.status, plain, (name) => response.headers.get(name))
}

export function textReply(status: number, text: string, retryAfter: string | null = null, isHtml = true): Reply {
  const given: Record<string, string | null> = {
    'content-type': isHtml ? 'text/html' : 'application/json',
    'retry-after': retryAfter,
  }
  return reply(status, text, (name) => given[name.toLowerCase()] ?? null)
}

function reply(status: number, text: string, get: (name: string) => string | null): Reply {
  const seconds = get('retry-after')
  return {
    ok: status >= 200 && status < 300,
    status,
    retryAfterMs: seconds === null ? null : Number(seconds) * 1_000,
    text,
    headers: { get },
    body: bodyOf(text),
  }
}
