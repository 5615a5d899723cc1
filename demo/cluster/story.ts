// The story of alice and bob on two servers, step by step. Each step is checked before the next begins.

import { once } from 'node:events'
import { createTicketSocket, type TicketGenerationResponse, UnifiedAuthService } from '../../src/index.ts'
import type { Sightings } from './sightings.ts'

export interface Stage {
  httpUrl: string
  wsUrl: string
  issueJwt(userId: string): Promise<string>
  sightings: Sightings
  /** Takes a server out of the rotation and stops it. Resolves when it has ended. */
  stopServer(name: string): Promise<void>
  print(line: string): void
}

export async function tellStory({ httpUrl, wsUrl, issueJwt, sightings, stopServer, print }: Stage): Promise<void> {
  const jwt = await issueJwt('alice')
  const ask = (method: string, path: string) =>
    fetch(httpUrl + path, { method, headers: { authorization: `Bearer ${jwt}` } })
  const requestTicket = async () => {
    const ticket = (await (await ask('POST', '/websocket/ticket')).json()) as TicketGenerationResponse
    const { server } = await sightings.next('ticket_generated')
    return { value: ticket.ticket_id, server }
  }
  const connect = (ticket: string) => {
    const socket = new WebSocket(`${wsUrl}?ticket=${ticket}`, 'ticket-socket.v1')
    const closed = once(socket, 'close').then(
      ([event]) => `${(event as CloseEvent).code} ${(event as CloseEvent).reason}`,
    )
    return { closed }
  }

  print('\n1. alice requests a ticket, and connects with it. The proxy sends her to another server.')
  const first = await requestTicket()
  const here = connect(first.value)
  const { server: connectedTo } = await sightings.next('connection_opened')
  print(`   → issued at ${first.server}, used at ${connectedTo}`)

  print('\n2. Somebody presents the same ticket once more.')
  const replay = connect(first.value)
  const { server: refusedBy } = await sightings.next('ticket_refused')
  print(`   → refused by ${refusedBy}: ${await replay.closed}`)

  print('\n3. She opens another connection, and signs out of all sessions.')
  const there = connect((await requestTicket()).value)
  await sightings.next('connection_opened')
  const startedAtMs = performance.now()
  await ask('DELETE', '/websocket/tickets')
  const codes = await Promise.all([here.closed, there.closed])
  const tookMs = Math.round(performance.now() - startedAtMs)
  const ends = [await sightings.next('connection_closed'), await sightings.next('connection_closed')]
  print(
    `   → closed at ${ends
      .map(({ server }) => server)
      .sort()
      .join(' and ')} after ${tookMs} ms: ${codes.join(', ')}`,
  )

  print('\n4. bob is connected by the client, which takes care of itself. His server is stopped, as in a deployment.')
  const token = await issueJwt('bob')
  const auth = new UnifiedAuthService({ httpUrl, getToken: () => token, ticketAuth: true })
  const socket = createTicketSocket({ url: wsUrl, auth })
  socket.connect()
  const { server: before } = await sightings.next('connection_opened')
  const stopped = stopServer(before)
  const { server: after } = await sightings.next('connection_opened')
  await stopped
  print(`   → moved from ${before} to ${after}, status ${socket.store.getState().status}`)
  socket.dispose()
}
