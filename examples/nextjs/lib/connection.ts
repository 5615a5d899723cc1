// The browser's connection. In its own module, so that an edit of a component keeps the connection open. On the server
// it is loaded as well, and does nothing there.

import { configFromEnv, createTicketSocket, UnifiedAuthService } from 'ticket-socket'
import { createTicketSocketHooks } from 'ticket-socket/react'
import type { ToClient, ToServer } from './messages.ts'

const { ticketAuth, httpUrl, webSocketUrl } = configFromEnv()
if (!httpUrl || !webSocketUrl)
  throw new Error('NEXT_PUBLIC_BACKEND_HTTP_URL and NEXT_PUBLIC_BACKEND_WS_URL are not set')

let jwt: string | null = null

/** The sign-in of your app: it ends with a JWT in memory. */
async function signIn(): Promise<string> {
  const response = await fetch('/api/login', { method: 'POST' })
  const answer = (await response.json()) as { jwt: string }
  return answer.jwt
}

export const auth = new UnifiedAuthService({
  httpUrl,
  ticketPath: '/api/websocket',
  ticketAuth,
  getToken: async () => (jwt ??= await signIn()),
})
export const socket = createTicketSocket<ToClient, ToServer>({ url: webSocketUrl, auth })
export const { TicketSocketProvider, useMessages, useTicketSocket } = createTicketSocketHooks<typeof socket>()
