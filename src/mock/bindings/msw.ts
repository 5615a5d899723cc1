import type { HttpExchange } from '../http-exchange.ts'

/** The part of msw's `http` that is used; the same in msw 2 and 3. */
export interface MswHttp<Handler> {
  all(path: string, resolver: (info: { request: Request }) => Promise<Response>): Handler
}

/**
 * Handlers with which msw answers for the backend, HTTP only: msw's sockets cannot negotiate a subprotocol or refuse a
 * handshake, so connections use the backend's own `WebSocket`.
 */
export function createMswHandlers<Handler>(
  http: MswHttp<Handler>,
  address: string,
  { exchange }: HttpExchange,
): Handler[] {
  // On a rejection msw would answer 500 and print it. A client should see a failed network.
  const answer = (request: Request) => exchange(request, request.signal).catch(() => Response.error())
  return [http.all(`${address}/*`, ({ request }) => answer(request))]
}
