// The ticket endpoints on a virtual clock, called as `POST /websocket/ticket`, by alice unless told otherwise.

import { vi } from 'vitest'
import { createTicketHandler, type TicketHandlerOptions } from '../../../src/server/http.ts'
import type { AuthTicketManagerOptions } from '../../../src/server/ticket-manager-options.ts'
import { arrangeTickets } from './arrange.ts'

export const ORIGIN = 'https://app.example.com'
/** The handle of no ticket. */
export const UNKNOWN = 'u'.repeat(43)

export interface Call {
  body?: BodyInit | object
  headers?: Record<string, string>
  token?: string | null
  address?: string
}

export function arrangeHttp(
  options: Partial<TicketHandlerOptions> = {},
  managerOptions: Partial<AuthTicketManagerOptions> = {},
) {
  const { clock, watch, tickets, users } = arrangeTickets(managerOptions as object)
  const onError = vi.fn()
  const handle = createTicketHandler({
    tickets,
    verifyToken: users.verifyToken,
    websocketUrl: 'wss://api.example.com/ws',
    allowedOrigins: [ORIGIN],
    clock,
    onError,
    ...options,
  })
  const token = users.sign('alice')
  async function call(line: string, { body, headers = {}, token: other, address }: Call = {}) {
    const [method = '', path = ''] = line.split(' ')
    const isJson = typeof body === 'object' && Object.getPrototypeOf(body) === Object.prototype
    const request = new Request(`http://internal:8080${path}`, {
      method,
      headers: {
        ...(other !== null && { authorization: `Bearer ${other ?? token}` }),
        ...(isJson && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: isJson ? JSON.stringify(body) : (body as BodyInit), duplex: 'half' }),
    } as RequestInit)
    const response = await handle(request, address === undefined ? undefined : { address })
    const text = await response.text()
    return { status: response.status, headers: response.headers, text, json: text === '' ? null : JSON.parse(text) }
  }
  const generate = async (as: string = token) => (await call('POST /websocket/ticket', { token: as })).json
  return { call, generate, handle, clock, watch, tickets, users, token, onError }
}
