import { describe, expect, test } from 'vitest'
import { type EntryName, entries } from '../../../scripts/entries.ts'
import { UnifiedAuthService } from '../../../src/index.ts'
import { authMethods, client, socketMethods, subjects } from './client.ts'
import { failureOf, misspell, type Surface } from './misspelt.ts'

/** The functions and classes that an entry point exports. */
async function exportedBy(entry: EntryName): Promise<string[]> {
  const module: Record<string, unknown> = await import(/* @vite-ignore */ `../../../${entries[entry]}`)
  return Object.entries(module).flatMap(([name, value]) => (typeof value === 'function' ? [name] : []))
}

const surfaces: Record<string, { surface: Surface; names: () => Promise<string[]> | string[] }> = {
  'the client’s entry points': {
    surface: client,
    names: async () =>
      (await Promise.all((['index', 'react', 'inspector', 'reconnecting-websocket'] as const).map(exportedBy))).flat(),
  },
  'the methods of UnifiedAuthService': {
    surface: authMethods,
    names: () => Object.getOwnPropertyNames(UnifiedAuthService.prototype).filter((name) => name !== 'constructor'),
  },
  'what createTicketSocket() returns': { surface: socketMethods, names: () => Object.keys(subjects.socket) },
}

describe.each(Object.entries(surfaces))('%s', (_, { surface, names }) => {
  test('are all in the list, with their options or the reason why they have none', async () => {
    expect(Object.keys(surface).toSorted()).toEqual((await names()).toSorted())
  })

  const levels = Object.values(surface).flatMap((listed) => (typeof listed === 'string' ? [] : listed))
  test.each(levels)('$at refuses a misspelt $known and suggests it', async ({ owner, known, call }) => {
    const wrong = misspell(known)
    expect(await failureOf(() => call({ [wrong]: undefined }))).not.toMatchObject({
      message: expect.stringContaining('is not an option of'),
    })
    expect(await failureOf(() => call({ [wrong]: 'eyJ-a-value-that-is-not-shown' }))).toEqual(
      new TypeError(`${wrong} is not an option of ${owner}. Did you mean ${known}?`),
    )
  })
})

describe('on()', () => {
  const { auth, socket } = subjects
  test.each([
    ['UnifiedAuthService', 'fallbak', 'fallback', (name: never) => auth.on(name, () => {})],
    ['UnifiedAuthService', 'ticketfailed', 'ticketFailed', (name: never) => auth.on(name, () => {})],
    ['TicketSocket', 'opne', 'open', (name: never) => socket.on(name, () => {})],
    ['TicketSocket', 'userchange', 'userChanged', (name: never) => socket.on(name, () => {})],
  ])('of %s refuses %s and suggests %s', (owner, wrong, meant, on) => {
    expect(() => on(wrong as never)).toThrow(
      new TypeError(`${wrong} is not an event of ${owner}. Did you mean ${meant}?`),
    )
  })

  test.each(['fenced', 'message_received', 'toString', '__proto__', undefined, 7])(
    'refuses %s and lists the events',
    (name) => {
      expect(() => auth.on(name as never, () => {})).toThrow(
        / is not an event of UnifiedAuthService\. (Its events are ticketIssued, |Did you mean)/,
      )
      expect(() => socket.on(name as never, () => {})).toThrow(
        / is not an event of TicketSocket\. (Its events are open, lost, |Did you mean)/,
      )
    },
  )

  test('refuses a listener that is none', () => {
    expect(() => socket.on('open', undefined as never)).toThrow(
      new TypeError('listener must be a function, got undefined'),
    )
    expect(() => socket.onMessage('chat', null as never)).toThrow(
      new TypeError('listener must be a function, got null'),
    )
  })
})

describe('a value that cannot be right is refused, too', () => {
  const { auth, socket } = subjects
  const controller = new AbortController() as never as AbortSignal

  test('a controller in place of its signal', async () => {
    const message = 'signal must be an AbortSignal, got an object'
    expect(await failureOf(() => auth.initialize({ signal: controller }))).toEqual(new TypeError(message))
    expect(await failureOf(() => auth.getWebSocketTicket({ signal: controller }))).toEqual(new TypeError(message))
    expect(() => socket.send({ type: 'ask' }, { signal: controller })).toThrow(new TypeError(`send.${message}`))
  })

  test('a priority that does not exist', () => {
    expect(() => socket.send({ type: 'ask' }, { priority: 'urgent' as never })).toThrow(
      new TypeError('send.priority must be one of high, normal, low, got "urgent"'),
    )
  })

  test('a part of a platform may have names of its own', () => {
    class OwnClock {
      drift = 0
      now = () => 0
      wallNow = () => 0
      setTimer = () => () => {}
      advance() {}
    }
    expect(() => subjects.makeAuth({ platform: { clock: new OwnClock() } })).not.toThrow()
  })

  test('a JWT in place of the options is not shown', () => {
    const jwt = 'eyJhbGciOiJIUzI1NiJ9.e30.c2lnbmF0dXJl' as never
    expect(() => new UnifiedAuthService(jwt)).toThrow(new TypeError('options must be an object, got a string'))
    expect(() => auth.getWebSocketTicket(jwt)).toThrow(new TypeError('options must be an object, got a string'))
  })
})
