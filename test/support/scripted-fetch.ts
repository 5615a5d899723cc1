// A backend that a test writes line by line. Every request is recorded; each answer comes from the script.

import type { Fetch } from '../../src/platform/platform.ts'

export interface SeenRequest {
  method: string
  url: string
  headers: Record<string, string>
  body: unknown
  init: RequestInit
}

export interface ScriptedFetch {
  fetch: Fetch
  requests: SeenRequest[]
  /** What the next requests get; the last one serves all that follow. */
  answers: ((request: SeenRequest, signal: AbortSignal) => Response | Promise<Response>)[]
}

export const json = (body: unknown, init: ResponseInit = {}) =>
  new Response(JSON.stringify(body), {
    ...init,
    headers: { 'content-type': 'application/json', ...(init.headers as Record<string, string>) },
  })

export const problem = (status: number, detail = 'no', headers: Record<string, string> = {}) =>
  json(
    { type: 'about:blank', title: 'no', status, detail },
    {
      status,
      headers: { ...headers, 'content-type': 'application/problem+json' },
    },
  )

/** Never answers, but hears the abort. */
export const hanging = (_request: SeenRequest, signal: AbortSignal) =>
  new Promise<Response>((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)))

let issued = 0

/** A well-formed answer with a ticket that was never given before. */
export function ticketAnswer(overrides: Record<string, unknown> = {}) {
  const number = String(++issued)
  return {
    ticket_id: number.padStart(43, 'T'),
    ticket_handle: number.padStart(43, 'h'),
    expires_at: 1_763_800_300,
    created_at: 1_763_800_000,
    ttl_seconds: 300,
    single_use: true,
    websocket_url: 'wss://api.example.com/ws?ticket=x',
    subprotocol: 'ticket-socket.v1',
    ...overrides,
  }
}

export function createScriptedFetch(...answers: ScriptedFetch['answers']): ScriptedFetch {
  const requests: SeenRequest[] = []
  const script = answers.length > 0 ? answers : [() => json(ticketAnswer())]
  return {
    requests,
    answers: script,
    async fetch(url, init) {
      const body = typeof init.body === 'string' ? JSON.parse(init.body) : undefined
      const headers = (init.headers ?? {}) as Record<string, string>
      const request = { method: init.method ?? 'GET', url, headers, body, init }
      requests.push(request)
      const answer = script.length > 1 ? script.shift() : script[0]
      if (!answer) throw new Error('the script has no answer')
      return answer(request, init.signal ?? new AbortController().signal)
    },
  }
}
