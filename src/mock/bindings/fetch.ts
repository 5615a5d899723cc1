import type { HttpExchange } from '../http-exchange.ts'

export type MockFetch = (input: string | URL | Request, init?: RequestInit) => Promise<Response>

/**
 * A `fetch` that reaches only the backend.
 *
 * `pageOrigin` is sent as `Origin`. In a browser that header cannot be set, so there the server sees none. There is no
 * CORS: the caller gets every answer of the server. A redirect is not followed; the caller gets it as Node's
 * `fetch` shows it with `redirect: 'manual'`, or a `TypeError` where it asked for `'error'`.
 */
export function createMockFetch(
  { exchange }: HttpExchange,
  pageOrigin: string | null,
  pageUrl: () => string | undefined,
): MockFetch {
  return async (input, init = {}) => {
    // Kept apart from the request: Node's Request refuses the signals of jsdom.
    const { signal = typeof input === 'object' && 'signal' in input ? input.signal : null, ...rest } = init
    const request = new Request(typeof input === 'object' && 'url' in input ? input : new URL(input, pageUrl()), rest)
    if (pageOrigin !== null) request.headers.set('origin', pageOrigin)
    const response = await exchange(request, signal)
    if (request.redirect === 'error' && response.headers.has('location')) throw new TypeError('Failed to fetch')
    return response
  }
}
