import { createServer } from 'node:http'
import { describe, expect, test } from 'vitest'
import { type EntryName, entries } from '../../../scripts/entries.ts'
import { UnifiedAuthService } from '../../../src/index.ts'
import { scenarios } from '../../../src/mock/index.ts'
import {
  AuthTicketManager,
  createHealthHandler,
  createMemoryTicketStore,
  createSessions,
  createTicketHandler,
  createUpgradeAuthenticator,
  jwtVerifier,
} from '../../../src/server/index.ts'
import { attachTicketSocket } from '../../../src/server/node/index.ts'
import { authMethods, client, socketMethods, subjects } from './client.ts'
import { failureOf, misspell, type Surface } from './misspelt.ts'
import { backendMembers, mock, subjects as ofMock, scenarioOptions } from './mock.ts'
import { managerMethods, server, spread } from './server.ts'

/** The functions and classes that an entry point exports. */
async function exportedBy(entry: EntryName): Promise<string[]> {
  const module: Record<string, unknown> = await import(/* @vite-ignore */ `../../../${entries[entry]}`)
  return Object.entries(module).flatMap(([name, value]) => (typeof value === 'function' ? [name] : []))
}

const { backend } = ofMock

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
  'the server’s entry points': {
    surface: server,
    names: async () => [
      ...new Set(
        (
          await Promise.all(
            (['server', 'server/node', 'server/redis', 'server/crossws', 'server/conformance', 'schemas'] as const).map(
              exportedBy,
            ),
          )
        ).flat(),
      ),
    ],
  },
  'the methods of AuthTicketManager': {
    surface: managerMethods,
    names: () => Object.getOwnPropertyNames(AuthTicketManager.prototype).filter((name) => name !== 'constructor'),
  },
  'the mock’s entry points': {
    surface: mock,
    names: async () => (await Promise.all((['mock', 'mock/conformance'] as const).map(exportedBy))).flat(),
  },
  'what createMockBackend() returns': { surface: backendMembers, names: () => Object.keys(backend) },
  'scenarios that are called': {
    surface: scenarioOptions,
    names: () => Object.entries(scenarios).flatMap(([name, value]) => (typeof value === 'function' ? [name] : [])),
  },
  'what createTicketSocket() returns': { surface: socketMethods, names: () => Object.keys(subjects.socket) },
}

describe.each(Object.entries(surfaces))('%s', (_, { surface, names }) => {
  test('are all in the list, with their options or the reason why they have none', async () => {
    expect(Object.keys(surface).toSorted()).toEqual((await names()).toSorted())
  })

  const levels = Object.values(surface).flatMap((listed) => (typeof listed === 'string' ? [] : listed))
  test.each(levels)(
    '$at refuses a misspelt $known and suggests it',
    async ({ owner, known, call, hint = `Did you mean ${known}?` }) => {
      const wrong = misspell(known)
      expect(await failureOf(() => call({ [wrong]: undefined }))).not.toMatchObject({
        message: expect.stringContaining('is not an option of'),
      })
      expect(await failureOf(() => call({ [wrong]: 'eyJ-a-value-that-is-not-shown' }))).toEqual(
        new TypeError(`${wrong} is not an option of ${owner}. ${hint}`),
      )
    },
  )
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
    expect(await auth.getWebSocketTicket({ signal: controller })).toMatchObject({
      success: false,
      error: { code: 'invalid_request', message },
    })
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

  test('a JWT in place of the options is not shown', async () => {
    const jwt = 'eyJhbGciOiJIUzI1NiJ9.e30.c2lnbmF0dXJl' as never
    expect(() => new UnifiedAuthService(jwt)).toThrow(new TypeError('options must be an object, got a string'))
    expect(() => auth.revokeAllTickets(jwt)).toThrow(new TypeError('options must be an object, got a string'))
    for (const call of [auth.getWebSocketTicket(jwt), auth.requestWebSocketTicket(jwt)]) {
      expect(await call).toMatchObject({ error: { message: 'options must be an object, got a string' } })
    }
  })
})

describe('one object for everything that makes up a server', () => {
  const all = {
    ...spread.shared,
    websocketUrl: spread.websocketUrl,
    basePath: '/websocket',
    allowedOrigins: ['https://app.example.com'],
    limits: { user: false },
    limit: { burst: 5, perMinute: 5 },
    openApi: false,
    paths: { live: '/live' },
    path: '/ws',
    maxPayload: 1024,
    maxPendingUpgrades: 5,
    maxConnectionsPerAddress: 5,
    clientAddress: () => undefined,
    maxConnectionsPerUser: 5,
    messageLimit: false,
    pingIntervalMs: 1_000,
    reject: 'close',
    onError: () => {},
    onConnection: () => {},
  } as const
  const made: [string, (options: typeof all) => unknown][] = [
    ['attachTicketSocket', (options) => attachTicketSocket(createServer(), options)],
    ['createTicketHandler', (options) => createTicketHandler(options)],
    ['createHealthHandler', (options) => createHealthHandler(options)],
    ['createUpgradeAuthenticator', (options) => createUpgradeAuthenticator(options)],
    ['createSessions', (options) => createSessions(options)],
  ]

  test.each(made)('%s takes the names of the others', (_, make) => {
    expect(() => make(all)).not.toThrow()
  })

  test.each(made)('%s refuses a misspelt name of another one, and suggests it', (name, make) => {
    expect(() => make({ ...all, websocketUlr: 'x' } as typeof all)).toThrow(
      new TypeError(`websocketUlr is not an option of ${name}. Did you mean websocketUrl?`),
    )
    expect(() => make({ ...all, maxPaylod: 5 } as typeof all)).toThrow(
      new TypeError(`maxPaylod is not an option of ${name}. Did you mean maxPayload?`),
    )
  })

  test.each(made)('%s says what it lacks when it is made, not when it is first asked', (_, make) => {
    for (const tickets of [undefined, null, {}, createMemoryTicketStore()]) {
      expect(() => make({ ...all, tickets } as never)).toThrow(/^tickets must have the method \w+/)
    }
  })

  test.each(made.filter(([name]) => name !== 'createHealthHandler'))('%s refuses a clock that is none', (_, make) => {
    expect(() => make({ ...all, clock: { now: () => 0 } } as never)).toThrow(
      new TypeError('clock.wallNow must be a function, got undefined'),
    )
  })
})

describe('jwtVerifier', () => {
  const secret = 'x'.repeat(32)
  test('takes either a secret or keys: which of two checked a JWT would be a guess', () => {
    const both = { secret, jwks: { keys: [] } } as never
    expect(() => jwtVerifier(both)).toThrow('secret and jwks must not be given together')
    expect(() => jwtVerifier({ secret: undefined, jwks: { keys: [] } } as never)).not.toThrow()
  })

  test.each(['issuer', 'audience'])('refuses an empty %s, which would check nothing', (name) => {
    expect(() => jwtVerifier({ secret, [name]: '' })).toThrow(
      new TypeError(`${name} must be a non-empty string, got ""`),
    )
    expect(() => jwtVerifier({ secret, [name]: ['a', ''] })).toThrow(
      new TypeError(`${name}[1] must be a non-empty string, got ""`),
    )
  })
})

describe('the mock', () => {
  test('refuses a kind of entry that does not exist: a count of 0 would look right', async () => {
    const message = 'upgarde is not an event of the journal. Did you mean upgrade?'
    const wrong = 'upgarde' as never
    expect(() => backend.journal.count(wrong)).toThrow(new TypeError(message))
    expect(() => backend.journal.of(wrong)).toThrow(new TypeError(message))
    expect(await failureOf(() => backend.recorded(wrong))).toEqual(new TypeError(message))
  })

  test('refuses what is no scenario, such as one that was not called', () => {
    for (const wrong of [undefined, {}, scenarios.flappingNetwork]) {
      expect(() => backend.use(wrong as never)).toThrow(/^use\(\) must be given scenarios, got /)
    }
  })
})
