// deploy/server.ts, started by its environment variables as a container starts it.

import { describe, expect, test } from 'vitest'
import { createSettings, ORIGIN, requestTicket, spawnServer, startDeployedServer } from '../support/deployed-server.ts'
import { dial, until } from '../unit/server/node/serve.ts'

const open = (port: number, ticket: string) =>
  dial(`ws://127.0.0.1:${port}/ws?ticket=${ticket}`, ['ticket-socket.v1'], { origin: ORIGIN })

describe('the server of deploy/', () => {
  test('issues tickets, opens connections, answers probes and Prometheus, and leaves with SIGTERM', async () => {
    const { env, sign } = createSettings()
    const server = await startDeployedServer(env)
    const ticket = await requestTicket(server.port, await sign('alice'))
    const client = open(server.port, ticket)
    await until(() => expect(client.messages[0]).toMatchObject({ type: 'ts:connection_established', user_id: 'alice' }))
    client.send({ type: 'hello' })
    await until(() => expect(client.messages.at(-1)).toEqual({ type: 'echo', of: { type: 'hello' } }))

    const get = async (port: number, path: string) => {
      const response = await fetch(`http://127.0.0.1:${port}${path}`)
      return [response.status, await response.text()] as const
    }
    expect(await get(server.port, '/readyz')).toEqual([200, '{"status":"ready"}'])
    expect((await get(server.port, '/metrics'))[0]).toBe(404)
    const [, scraped] = await get(server.metricsPort, '/metrics')
    expect(scraped).toContain('ticket_socket_connections{method="ticket"} 1\n')

    const stopped = server.stop()
    await until(() => expect(client.messages.at(-1)).toMatchObject({ type: 'ts:going_away' }))
    await until(() => expect(client.closed?.[0]).toBe(4512))
    expect(await stopped).toBe(0)
    const events = server.lines().map(({ event }) => event)
    expect(events).toEqual(
      expect.arrayContaining(['listening', 'ticket_generated', 'ticket_consumed', 'connection_opened', 'drain_ended']),
    )
    expect(JSON.stringify(server.lines())).not.toContain(ticket)
  })

  test('does not start without a setting that it needs, and names it', async () => {
    const names = ['REDIS_URL', 'JWT_SECRET', 'JWT_ISSUER', 'JWT_AUDIENCE', 'ALLOWED_ORIGINS']
    const started = names.map((name) => spawnServer({ ...createSettings().env, [name]: '' }))
    for (const [index, { ended, output }] of started.entries()) {
      expect(await ended).toBe(1)
      expect(output.text).toContain(`${names[index]} must be set. See docs/operations.md, "Containers".`)
    }
  })
})
