// @vitest-environment jsdom

// The client without what Chrome 108, Firefox 108 or Safari 16.0 lack: our sources find it missing. Everybody else in this process
// (Node's fetch, jsdom, the server SDK behind the mock) keeps it.

import { globSync, readFileSync } from 'node:fs'
import { createElement, type FunctionComponent } from 'react'
import { createRoot } from 'react-dom/client'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { type EntryName, entries } from '../../scripts/entries.ts'
import { createManualClock, createMockBackend } from '../../src/mock/index.ts'

type Names = readonly (string | symbol | undefined)[]

/** `Iterator.prototype`, from which the iterators of arrays, maps and generators come. */
const iterators = Object.getPrototypeOf(Object.getPrototypeOf([][Symbol.iterator]()))

/** Owner, and its members that came later. `crypto.randomUUID` is older, and missing on pages without https. */
const NEWER: readonly [owner: object, names: Names][] = [
  [URL, ['canParse', 'parse']],
  [AbortSignal, ['any']],
  [Promise, ['withResolvers', 'try']],
  [Object, ['groupBy']],
  [Map, ['groupBy']],
  [Array, ['fromAsync']],
  [Array.prototype, ['toSorted', 'toReversed', 'toSpliced', 'with']],
  [Uint8Array.prototype, ['toBase64', 'toHex', 'setFromBase64']],
  [Object.getPrototypeOf(Uint8Array.prototype), ['toSorted', 'toReversed', 'with']],
  [Uint8Array, ['fromBase64', 'fromHex']],
  [ArrayBuffer.prototype, ['transfer', 'transferToFixedLength', 'resize']],
  [String.prototype, ['isWellFormed', 'toWellFormed']],
  [Set.prototype, ['union', 'intersection', 'difference', 'symmetricDifference', 'isSubsetOf', 'isSupersetOf']],
  [Set.prototype, ['isDisjointFrom']],
  [iterators, ['map', 'filter', 'take', 'drop', 'flatMap', 'reduce', 'toArray', 'forEach', 'some', 'every']],
  [iterators, ['find']],
  [RegExp, ['escape']],
  [Error, ['isError']],
  [JSON, ['rawJSON', 'isRawJSON']],
  [Response, ['json']],
  [ReadableStream, ['from']],
  [ReadableStream.prototype, [Symbol.asyncIterator, 'values']],
  [Headers.prototype, ['getSetCookie']],
  [crypto, ['randomUUID']],
  [globalThis, ['Iterator', 'navigation', 'scheduler', 'requestIdleCallback', 'Float16Array', 'Temporal']],
]

/** The client's code; the mock and the server SDK run where the developer runs them. */
const CLIENT = /\/src\/(auth|socket|react|platform|contract|inspector|reconnecting-websocket|index)\b/

const found: string[] = []

/** The environment may have put another class before the one that has the member. */
function descriptorOf(owner: object | null, name: string | symbol): PropertyDescriptor | undefined {
  return owner === null
    ? undefined
    : (Object.getOwnPropertyDescriptor(owner, name) ?? descriptorOf(Object.getPrototypeOf(owner), name))
}

const hidden: string[] = []

function hide(owner: object, name: string | symbol) {
  const descriptor = descriptorOf(owner, name)
  if (!descriptor || Object.getOwnPropertyDescriptor(owner, name)?.configurable === false) return
  hidden.push(String(name))
  let own = descriptor.value
  Object.defineProperty(owner, name, {
    configurable: true,
    enumerable: descriptor.enumerable ?? false,
    get(this: unknown) {
      // The getter's own line is the first, its caller's the second.
      const caller = new Error().stack?.split('\n')[2] ?? ''
      if (!CLIENT.test(caller)) return descriptor.get ? descriptor.get.call(this) : own
      found.push(`${String(name)} ${caller.trim()}`)
      return undefined
    },
    set(value) {
      own = value
    },
  })
}

for (const [owner, names] of NEWER) for (const name of names) if (name !== undefined) hide(owner, name)

const load = (entry: EntryName) => import(/* @vite-ignore */ `../../${entries[entry]}`)
const CLIENT_ENTRIES = ['index', 'react', 'inspector', 'reconnecting-websocket', 'schemas'] as const

describe('in Chrome 108, Firefox 108 and Safari 16.0', () => {
  test.each(CLIENT_ENTRIES)('%s loads', async (entry) => {
    expect(Object.keys(await load(entry)).length).toBeGreaterThan(0)
  })

  test('a page connects by ticket, falls back to the JWT, asks, and shows it all', async () => {
    const { UnifiedAuthService, createTicketSocket, createRequests } = await load('index')
    const { TicketSocketProvider, useTicketSocket } = await load('react')
    const { mountInspector } = await load('inspector')
    const clock = createManualClock()
    const backend = createMockBackend({ clock, users: { alice: { token: 'jwt-of-alice' } } })
    backend.onMessage('ask', ({ id }, connection) => connection.send({ type: 'answer', reply_to: id }))
    const platform = { clock, fetch: backend.fetch, WebSocket: backend.WebSocket }
    const getToken = () => 'jwt-of-alice'
    const auth = new UnifiedAuthService({ httpUrl: backend.httpUrl, getToken, ticketAuth: true, platform })
    const socket = createTicketSocket({ url: backend.wsUrl, auth, platform })
    const Status: FunctionComponent = () => createElement('i', null, useTicketSocket().status)
    const place = document.body.appendChild(document.createElement('div'))
    const root = createRoot(place)
    const inspector = mountInspector({ socket, auth })
    onTestFinished(() => {
      inspector.unmount()
      root.unmount()
      auth.dispose()
      backend.dispose()
    })
    root.render(createElement(TicketSocketProvider, { socket }, createElement(Status)))
    await vi.waitUntil(() => place.textContent !== '')
    await clock.advance(1_000)
    expect(socket.store.getState()).toMatchObject({ status: 'open', method: 'ticket' })
    const answer = createRequests(socket, { clock }).request({ type: 'ask' })
    await clock.advance(1_000)
    expect(await answer).toMatchObject({ type: 'answer' })
    await vi.waitUntil(() => place.textContent === 'open')

    const redirected = {
      ...platform,
      fetch: async () => new Response(null, { status: 302, headers: { location: '/in' } }),
    }
    const byJwt = new UnifiedAuthService({ httpUrl: backend.httpUrl, getToken, ticketAuth: true, platform: redirected })
    const other = createTicketSocket({ url: backend.wsUrl, auth: byJwt, platform: redirected })
    other.connect()
    await clock.advance(30_000)
    expect(other.store.getState()).toMatchObject({ status: 'open', method: 'jwt' })
    byJwt.dispose()
  })

  test('nothing newer was looked for', () => {
    expect(found).toEqual([])
  })
})

test('no source names a symbol that Node lets nobody hide', () => {
  const sources = globSync('src/**/*.{ts,tsx}')
  expect(sources.length).toBeGreaterThan(200)
  expect(sources.filter((path) => /Symbol\.(dispose|asyncDispose)/.test(readFileSync(path, 'utf8')))).toEqual([])
})

test('what is hidden is what people would reach for', () => {
  const expected = ['canParse', 'any', 'withResolvers', 'groupBy', 'toSorted', 'union', 'json', 'randomUUID']
  expect(hidden).toEqual(expect.arrayContaining(expected))
  expect(URL.canParse('wss://a.example/ws')).toBe(true)
})
