// A backend as the service's `fetch` sees it. Plain objects in place of `Response`: real streams take turns of the
// event loop, which a simulation has none of.

import type { Fetch } from '../../../src/platform/platform.ts'
import type { Jwt } from '../../support/canaries.ts'
import { type Answer, type IssuedTicket, issue, isTicket, ok } from './answers.ts'
import type { Edge, SeenRequest } from './edge.ts'
import { bodyOf, type Reply, replyTo } from './replies.ts'

export const HTTP_URL = 'https://api.example.com'
const TICKET_URL = `${HTTP_URL}/websocket/ticket`

export interface Network {
  fetch: Fetch
  /** The next requests for a ticket are answered so. */
  script(answer: Answer, times: number): void
  expire(jwt: string): void
}

export interface NetworkDeps {
  edge: Edge
  jwts: Map<string, Jwt>
  onRequest: (request: SeenRequest) => void
  onAnswer: (request: SeenRequest) => void
}

export function createNetwork({ edge, jwts, onRequest, onAnswer }: NetworkDeps): Network {
  const { clock, setting } = edge
  const expired = new Set<string>()
  const issued: IssuedTicket[] = []
  let script: Answer[] = []

  function answerTo({ isTicketRequest, jwt }: SeenRequest): Answer {
    const scripted = isTicketRequest ? (script.shift() ?? ok) : { ...ok, latencyMs: setting.otherLatencyMs }
    const isHeard = !['unreachable', 'throws', 'redirect', 'hangs', 'hangs and hears no abort'].includes(scripted.kind)
    if (jwt && expired.has(jwt.value) && isHeard) return { ...scripted, kind: 'status', status: 401, retryAfter: null }
    return scripted
  }

  function ticketFor(answer: Answer): IssuedTicket {
    const earlier = issued.at(-1)
    if (answer.kind === 'repeated ticket' && earlier) return earlier
    const ticket = issue(answer.kind, issued.length + 1, setting.singleUse)
    issued.push(ticket)
    return ticket
  }

  function seen(url: string, init: RequestInit): SeenRequest {
    const { authorization } = init.headers as Record<string, string>
    return {
      isTicketRequest: init.method === 'POST' && url === TICKET_URL,
      method: init.method ?? 'GET',
      path: url.slice(HTTP_URL.length),
      init,
      jwt: jwts.get(authorization?.replace('Bearer ', '') ?? '') ?? null,
      call: edge.caller(),
      at: clock.now(),
      wallAt: clock.wallNow(),
      turn: clock.turn(),
      sessionChanges: edge.sessionChanges,
      isOpen: true,
      answer: null,
      answeredAt: 0,
      answeredTurn: -1,
      issued: null,
    }
  }

  return {
    script(answer, times) {
      script = Array.from({ length: times }, () => answer)
    },
    expire: (jwt) => void expired.add(jwt),
    fetch(url, init) {
      const request = seen(url, init)
      if (!url.startsWith(`${HTTP_URL}/websocket/`)) edge.violate('origin', `asked ${url.slice(0, 60)}`)
      edge.requests.push(request)
      if (request.isTicketRequest) request.call?.requests.push(request)
      onRequest(request)
      const answer = answerTo(request)
      const close = () => {
        request.isOpen = false
      }
      const signal = init.signal as AbortSignal

      const handOver = (): Reply => {
        request.answer = answer
        request.answeredAt = clock.now()
        request.answeredTurn = clock.turn()
        if (request.isTicketRequest && isTicket(answer.kind)) request.issued = ticketFor(answer)
        onAnswer(request)
        const body = bodyOf(request, clock)
        return replyTo(answer, body, clock, { onEnd: close, onCancel: close })
      }

      signal.addEventListener('abort', close)
      if (answer.kind === 'throws') {
        close()
        throw new TypeError(`fetch failed, Bearer ${request.jwt?.value}`)
      }
      return new Promise<Response>((resolve, reject) => {
        if (answer.kind === 'hangs and hears no abort') return
        const fail = (error: unknown) => {
          close()
          reject(error)
        }
        signal.addEventListener('abort', () => fail(signal.reason))
        if (answer.kind === 'hangs') return
        clock.after(answer.latencyMs, () => {
          if (signal.aborted) return
          if (answer.kind === 'redirect' && init.redirect !== 'manual') edge.violate('origin', 'followed a redirect')
          if (answer.kind === 'unreachable') {
            request.answer = answer
            request.answeredAt = clock.now()
            request.answeredTurn = clock.turn()
            onAnswer(request)
            return fail(new TypeError(`fetch failed for Bearer ${request.jwt?.value}`))
          }
          resolve(handOver() as unknown as Response)
        })
      })
    },
  }
}
