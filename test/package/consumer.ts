// A user's module, compiled against the packed package in every way in which compilers resolve. The lines that must
// not compile show that the types came along, and are not `any`.

import { createTicketSocket, isTicketSocketError, UnifiedAuthService } from 'ticket-socket'
import { createMockBackend } from 'ticket-socket/mock'
import { type ConformanceReport, runConformance } from 'ticket-socket/mock/conformance'
import { TicketSocketProvider, useTicketSocket } from 'ticket-socket/react'
import { ticketGenerationRequest } from 'ticket-socket/schemas'
import { AuthTicketManager, createMemoryTicketStore, createTicketHandler } from 'ticket-socket/server'
import { createCrosswsSocket } from 'ticket-socket/server/crossws'
import { attachTicketSocket, toNodeHandler } from 'ticket-socket/server/node'
import { createRedisTicketStore } from 'ticket-socket/server/redis'

const backend = createMockBackend({ users: { alice: { token: 'jwt-a', permissions: ['chat'] } } })
const auth = new UnifiedAuthService({
  httpUrl: 'https://api.example.com',
  getToken: () => 'jwt-a',
  platform: { fetch: backend.fetch },
})
export const socket = createTicketSocket({
  url: 'wss://api.example.com/ws',
  auth,
  platform: { WebSocket: backend.WebSocket },
})
export const describeError = (error: unknown) => (isTicketSocketError(error) ? error.code : 'unknown')

const tickets = new AuthTicketManager({ store: createMemoryTicketStore() })
const verifyToken = async (jwt: string) => (jwt === 'jwt-a' ? { userId: 'alice' } : null)
const handler = createTicketHandler({ tickets, verifyToken, websocketUrl: 'wss://api.example.com/ws' })
export const answer: Promise<Response> = handler(new Request('https://api.example.com/websocket/tickets/status'))
export const listener = toNodeHandler(handler)

export const ttl: number | null | undefined = ticketGenerationRequest.parse({}).ttl_seconds
export const hooks = createCrosswsSocket({ tickets, verifyToken }).hooks
export const more = { attachTicketSocket, createRedisTicketStore, TicketSocketProvider, useTicketSocket }

// @ts-expect-error the address is a text
new UnifiedAuthService({ httpUrl: 1, getToken: () => 'jwt-a' })
// @ts-expect-error a socket needs its auth
createTicketSocket({ url: 'wss://api.example.com/ws' })
// @ts-expect-error a manager needs its store
new AuthTicketManager({})
export const report: Promise<ConformanceReport> = runConformance({
  httpUrl: 'https://api.example.com',
  wsUrl: 'wss://api.example.com/ws',
  token: 'jwt-a',
})

// @ts-expect-error a target has a token
void runConformance({ httpUrl: 'https://api.example.com', wsUrl: 'wss://api.example.com/ws' })
// @ts-expect-error a user has a token
createMockBackend({ users: { alice: {} } })
// @ts-expect-error a body without a length
export const wrong: string = ticketGenerationRequest.parse({}).ttl_seconds
// @ts-expect-error a provider needs its socket
export const provided = TicketSocketProvider({})
