import type { HttpExchange } from '../http-exchange.ts'

/** The part of msw's `http` that is used; the same in msw 2 and 3. */
export interface MswHttp<Handler> {
  all(path: string, resolver: (info: { request: Request }) => Promise<Response>): Handler
}

/**
 * Handlers by which msw answers for the backend. Only its HTTP: msw's sockets cannot negotiate a subprotocol or refuse a
 * handshake, so connections go through the backend's own `WebSocket`.
 */
export function createMswHandlers<Handler>(
  http: MswHttp<Handler>,
  address: string,
  { exchange }: HttpExchange,
): Handler[] {
  // For a rejection msw would answer 500 and print it, where a client should see that the network failed.
  const answer = (request: Request) => exchange(request, request.signal).catch(() => Response.error())
  return [http.all(`${address}/*`, ({ request }) => answer(request))]
}
