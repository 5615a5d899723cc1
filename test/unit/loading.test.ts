import { afterEach, describe, expect, test, vi } from 'vitest'
import { type EntryName, entries } from '../../scripts/entries.ts'

/** What Cloudflare Workers refuse while a module is loaded. */
const REFUSED = ['AbortController', 'setTimeout', 'setInterval', 'fetch', 'WebSocket'] as const

/** Refuses it from now on, to the sources alone: the test runner loads modules meanwhile. */
function refuse() {
  const used: string[] = []
  const seen = (name: string) => {
    if (/\/(src|node_modules\/(zod|jose|zustand|@noble))\//.test(new Error().stack ?? '')) used.push(name)
  }
  for (const name of REFUSED) {
    const real = globalThis[name] as new (...args: unknown[]) => object
    vi.stubGlobal(
      name,
      new Proxy(real, {
        construct(target, args) {
          seen(name)
          return new target(...args)
        },
        apply(target, self, args) {
          seen(name)
          return Reflect.apply(target as never, self, args)
        },
      }),
    )
  }
  const random = Math.random
  vi.spyOn(Math, 'random').mockImplementation(() => {
    seen('Math.random')
    return random()
  })
  vi.spyOn(crypto, 'getRandomValues').mockImplementation((bytes) => {
    seen('crypto.getRandomValues')
    return bytes
  })
  return used
}

afterEach(() => {
  vi.unstubAllGlobals()
  vi.restoreAllMocks()
})

describe('loading a module makes no request, timer, signal or random number: Cloudflare Workers refuse them', () => {
  test.each([
    'index',
    'schemas',
    'server',
    'server/conformance',
    'mock',
    'mock/conformance',
  ] as const satisfies EntryName[])('%s', async (entry) => {
    vi.resetModules()
    const used = refuse()
    const module = await import(/* @vite-ignore */ `../../${entries[entry]}`)
    expect(Object.keys(module).length).toBeGreaterThan(0)
    expect(used).toEqual([])
  })

  test('the check can fail', async () => {
    const { UnifiedAuthService } = await import('../../src/index.ts')
    const used = refuse()
    new UnifiedAuthService({ httpUrl: 'https://api.example.com', getToken: () => null })
    expect(used).toContain('AbortController')
  })
})
