import { expect, test, vi } from 'vitest'
import { createMemoryTicketStore } from '../../../src/server/index.ts'
import type { Engine } from '../../setup/engines/engine.ts'
import { arrange, type Shared, ticketsIn } from './arrange.ts'

export function connecting(_engine: Engine, shared: Shared): void {
  test('connects by ticket, and puts no JWT into a URL', async () => {
    const { page, server, jwt } = await arrange(shared)
    const opened = await page.run((jwt) => kit.connect({ jwt }), jwt)
    expect(opened).toMatchObject({ method: 'ticket', session: { userId: 'alice' } })
    expect(ticketsIn(server)).toHaveLength(1)
    expect(JSON.stringify([server.requests, server.upgrades])).not.toContain(jwt)
  })

  test('connects by a JWT of 8 kB, as a subprotocol', async () => {
    const { page, server } = await arrange(shared)
    const jwt = await server.issueJwt('alice', 300, { padding: 'x'.repeat(6_000) })
    expect(jwt.length).toBeGreaterThan(8_000)
    const opened = await page.run((jwt) => kit.connect({ jwt, ticketAuth: false }), jwt)
    expect(opened).toMatchObject({ method: 'jwt', session: { userId: 'alice' } })
    expect(server.requests).toEqual([])
  })

  test('replaces a ticket that the server refused', async () => {
    const store = createMemoryTicketStore()
    vi.spyOn(store, 'consume').mockResolvedValueOnce(null)
    const { page, server, jwt } = await arrange(shared, store)
    expect(await page.run((jwt) => kit.connect({ jwt }), jwt)).toMatchObject({ method: 'ticket' })
    expect(new Set(ticketsIn(server)).size).toBe(2)
  })

  test('falls back to the JWT while the ticket endpoint answers 503', async () => {
    const { page, server, jwt } = await arrange(shared)
    server.breakTickets(true)
    expect(await page.run((jwt) => kit.connect({ jwt }), jwt)).toMatchObject({ method: 'jwt' })
    expect(await page.run(() => kit.app.event('fallback'))).toMatchObject({ from: 'ticket', to: 'jwt' })
  })

  test('a sign-out closes the socket on the server, and revokes the prefetched ticket', async () => {
    const { page, server, jwt } = await arrange(shared)
    await page.run((jwt) => kit.connect({ jwt }), jwt)
    await vi.waitFor(async () => expect(await page.run(() => kit.app.auth.store.getState().spare)).not.toBeNull())
    const closed = new Promise((resolve) => server.connections()[0]?.onClose(resolve))
    await page.run(() => kit.app.auth.handleLogout())
    await closed
    expect(await page.run(() => kit.app.socket.store.getState().status)).toBe('closed')
    await vi.waitFor(() => expect(server.requests.at(-1)?.method).toBe('DELETE'))
  })
}
