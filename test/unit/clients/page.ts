// A page that is signed in, and the real server that it talks to. What the application at the other end does with a
// connection is the test's; everything it hears is kept.

import { onTestFinished, vi } from 'vitest'
import { UnifiedAuthService, type UnifiedAuthServiceOptions } from '../../../src/index.ts'
import { type Connection, createMemoryTicketStore } from '../../../src/server/index.ts'
import type { NodeConnectionContext } from '../../../src/server/node/index.ts'
import { startRealServer } from '../../support/real-server.ts'
import { grantsOf } from '../../support/web-socket-witness.ts'

export type Serve = (connection: Connection, context: NodeConnectionContext, heard: (words: unknown) => void) => void

/** Greets, and takes every text for words. */
export const greet: Serve = (connection, _context, heard) => {
  connection.onText(heard)
  connection.send({ type: 'hello' })
}

export async function signedInPage(serve: Serve = greet, options: Partial<UnifiedAuthServiceOptions> = {}) {
  const server = await startRealServer(createMemoryTicketStore())
  const connections: Connection[] = []
  const heard: { from: string | undefined; words: unknown }[] = []
  server.onConnection = (connection, context) => {
    connections.push(connection)
    serve(connection, context, (words) => heard.push({ from: connection.identity?.userId, words }))
  }
  const session = { jwt: (await server.issueJwt('alice')) as string | null, timesAsked: 0 }
  const auth = new UnifiedAuthService({
    httpUrl: server.httpUrl,
    getToken() {
      session.timesAsked++
      return session.jwt
    },
    ticketAuth: true,
    retry: { maxRetries: 0, baseDelayMs: 5, maxDelayMs: 10 },
    ...options,
  })
  onTestFinished(() => auth.dispose())
  const { source, reports } = grantsOf(auth)

  return {
    auth,
    /** The same, for clients: what they report is seen. */
    source,
    reports,
    server,
    session,
    heard,
    /** All that were ever accepted. */
    connections,
    words: () => heard.map(({ words }) => words),
    /** Where clients connect: the query is theirs. */
    url: `${server.wsUrl}?room=a%20b&v=1`,
    feedUrl: `${server.feedUrl}?from=7`,
    /** Path and query of each upgrade as it arrived, without the ticket. */
    arrivals: () => server.upgrades.map(({ url }) => url.replace(/[?&]ticket=[\w-]{43}$/, '')),
    ticketsDialled: () => server.upgrades.flatMap(({ url }) => new URL(url, 'ws://x').searchParams.getAll('ticket')),
    /** Resolves with the nth connection (from 1) when the server has accepted it. */
    async connection(nth: number): Promise<Connection> {
      await vi.waitUntil(() => connections.length >= nth, { timeout: 5_000, interval: 5 })
      return connections[nth - 1] as Connection
    },
    /** Resolves when the client has reported so many connections as accepted. */
    accepted: (times: number) =>
      vi.waitUntil(() => reports.filter(({ kind }) => kind === 'accepted').length >= times, {
        timeout: 5_000,
        interval: 5,
      }),
    async until(condition: () => boolean) {
      await vi.waitUntil(condition, { timeout: 5_000, interval: 5 })
    },
    logOut() {
      session.jwt = null
      auth.handleLogout()
    },
    async logIn(user: string) {
      session.jwt = await server.issueJwt(user)
      auth.signedIn()
    },
  }
}

export type SignedInPage = Awaited<ReturnType<typeof signedInPage>>
