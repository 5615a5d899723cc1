import { describe, expect, test } from 'vitest'
import { createHealthHandler, type HealthHandlerOptions } from '../../../../src/server/operations/health.ts'
import { arrangeSessions } from '../arrange-sessions.ts'

function arrange(options: Partial<HealthHandlerOptions> = {}) {
  const it = arrangeSessions()
  const store = it.tickets
  const health = createHealthHandler({ tickets: store, sessions: it.sessions, ...options })
  const ask = async (path: string, method = 'GET') => {
    const response = await health(new Request(`http://localhost${path}`, { method }))
    expect(response.headers.get('cache-control')).toBe('no-store')
    return [response.status, await response.text()]
  }
  return { ...it, health, ask }
}

describe('health', () => {
  test('reports that the process is alive and that the server is ready', async () => {
    const { ask } = arrange()
    expect(await ask('/healthz')).toEqual([200, '{"status":"live"}'])
    expect(await ask('/readyz')).toEqual([200, '{"status":"ready"}'])
    expect(await ask('/readyz', 'HEAD')).toEqual([200, ''])
  })

  test('a URL that is none, or holds user information, is a 400', async () => {
    const { health } = arrange()
    for (const url of ['/readyz', 'http://alice:secret@localhost/readyz', 'http://alice@localhost/readyz']) {
      expect((await health({ url, method: 'GET' } as Request)).status).toBe(400)
    }
  })

  test('a server that drains is alive and not ready', async () => {
    const { ask, sessions, open } = arrange()
    open()
    void sessions.drain(60_000)
    expect(await ask('/readyz')).toEqual([503, '{"status":"draining"}'])
    expect(await ask('/healthz')).toEqual([200, '{"status":"live"}'])
    sessions.dispose()
  })

  test('a store that does not answer makes the server not ready, as long as it does not', async () => {
    const { tickets, ask } = arrange({
      tickets: {
        status: async () => ({ ...(await tickets.status()), redis_status: isDown ? 'error' : 'connected' }),
      },
    })
    let isDown = true
    expect(await ask('/readyz')).toEqual([503, '{"status":"store_unavailable"}'])
    expect(await ask('/healthz')).toEqual([200, '{"status":"live"}'])
    isDown = false
    expect(await ask('/readyz')).toEqual([200, '{"status":"ready"}'])
  })

  test('answers nothing else', async () => {
    const { ask, health } = arrange()
    expect(await ask('/readyz', 'POST')).toEqual([405, ''])
    expect(await ask('/')).toEqual([404, ''])
    expect(['/healthz', '/readyz', '/', '/healthz/'].map(health.matches)).toEqual([true, true, false, false])
  })

  test('may stand elsewhere', async () => {
    const { ask } = arrange({ paths: { live: '/live', ready: '/internal/ready' } })
    expect(await ask('/live')).toEqual([200, '{"status":"live"}'])
    expect(await ask('/internal/ready')).toEqual([200, '{"status":"ready"}'])
    expect(await ask('/healthz')).toEqual([404, ''])
    expect(() => arrange({ paths: { live: 'live' } })).toThrow('paths.live must be a path')
  })
})
