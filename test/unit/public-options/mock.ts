import {
  type ConformanceTarget,
  checkRule,
  conformanceRules,
  runConformance,
} from '../../../src/mock/conformance/index.ts'
import {
  createMockBackend,
  type Interference,
  type MockUser,
  type Scenario,
  scenarios,
} from '../../../src/mock/index.ts'
import { level, type Surface } from './misspelt.ts'

const backend = createMockBackend({ users: { alice: { token: 'jwt-of-alice' } } })
const group = (name: string, known: string) =>
  level(`createMockBackend({ ${name} })`, name, known, (members) => createMockBackend({ [name]: members }))

/** Nobody is there: every rule is broken at once, and the name is refused before. */
const target: ConformanceTarget = {
  httpUrl: 'https://nobody.test',
  wsUrl: 'wss://nobody.test/ws',
  token: 'a-token',
  timeoutMs: 1,
  fetch: () => Promise.reject(new Error('nobody is there')),
  openSocket: () => {
    throw new Error('nobody is there')
  },
}
const [rule] = conformanceRules
if (!rule) throw new Error('there is a first rule')

const MockSocketServer = class {
  clients = () => []
  stop() {}
  mockWebsocket() {}
  restoreWebsocket() {}
}

export const mock: Surface = {
  createMockBackend: [
    level('createMockBackend(options)', 'createMockBackend', 'latencyMs', (members) => createMockBackend(members)),
    group('ticket', 'maxTicketsPerUser'),
    group('session', 'maxSessionSeconds'),
    group('upgrade', 'allowAnonymous'),
    group('limits', 'user'),
    level('createMockBackend({ ticket: { ttl } })', 'ttl', 'default', (members) =>
      createMockBackend({ ticket: { ttl: members } }),
    ),
    level('createMockBackend({ users: { alice } })', 'users.alice', 'permissions', (members) =>
      createMockBackend({ users: { alice: { token: 'a-token', ...members } } }),
    ),
  ],
  createManualClock: 'takes no options',
  checkRule: [
    level('checkRule(rule, target)', 'ConformanceTarget', 'passTime', (members) =>
      checkRule(rule, { ...target, ...members } as ConformanceTarget),
    ),
  ],
  runConformance: [
    level('runConformance(target)', 'ConformanceTarget', 'renewToken', (members) =>
      runConformance({ ...target, ...members } as ConformanceTarget),
    ),
    level('runConformance(target, options)', 'runConformance', 'onResult', (members) =>
      runConformance(target, members),
    ),
  ],
}

const wait = (name: string, call: (options: object) => unknown) =>
  level(`${name}(…, options)`, 'this wait', 'timeoutMs', (members) => {
    // A wait that begins would last.
    if (Object.values(members).some((value) => value !== undefined)) return call(members)
  })

export const backendMembers: Surface = {
  connected: [
    level('connected(options)', 'connected', 'userId', (members) => {
      if (Object.values(members).some((value) => value !== undefined)) return backend.connected(members)
    }),
  ],
  disconnected: [wait('disconnected', (options) => backend.disconnected(options))],
  received: [wait('received', (options) => backend.received('chat', options))],
  recorded: [wait('recorded', (options) => backend.recorded('http', options))],
  restart: [level('restart(options)', 'restart', 'retryAfterMs', (members) => backend.restart(members))],
  attachMockSocket: [
    level('attachMockSocket(Server, options)', 'attachMockSocket', 'mock', (members) =>
      backend.attachMockSocket(MockSocketServer, members),
    ),
  ],
  setUser: [
    level('setUser(userId, user)', 'users.bob', 'email', (members) =>
      backend.setUser('bob', { token: 'jwt-of-bob', ...members } as MockUser),
    ),
  ],
  use: [
    level('use(scenario)', 'the scenario teapot', 'name', (members) =>
      backend.use({ name: 'teapot', start: () => ({}), ...members } as Scenario)(),
    ),
    level('use({ start: () => interference })', 'the scenario teapot', 'upgrade', (members) =>
      backend.use({ name: 'teapot', start: () => members as Interference })(),
    ),
  ],
  httpUrl: 'a property',
  wsUrl: 'a property',
  users: 'a property',
  journal: 'a property',
  fetch: 'fetch itself: its options are the standard’s',
  WebSocket: 'WebSocket itself: its options are the standard’s',
  mswHandlers: 'takes msw',
  routePlaywright: 'takes a page',
  install: 'takes no options',
  rotateToken: 'takes no options',
  revoke: 'takes no options',
  dropConnections: 'takes no options',
  silence: 'takes no options',
  reset: 'takes no options',
  dispose: 'takes no options',
  connections: 'takes no options',
  broadcast: 'takes a message',
  onMessage: 'takes no options',
}

export const scenarioOptions: Surface = {
  ticketEndpointSlow: [
    level('scenarios.ticketEndpointSlow(options)', 'ticketEndpointSlow', 'delayMs', (members) =>
      scenarios.ticketEndpointSlow(members),
    ),
  ],
  rateLimited: [
    level('scenarios.rateLimited(options)', 'rateLimited', 'retryAfterSeconds', (members) =>
      scenarios.rateLimited(members),
    ),
  ],
  slowStore: [level('scenarios.slowStore(options)', 'slowStore', 'delayMs', (members) => scenarios.slowStore(members))],
  flappingNetwork: [
    level('scenarios.flappingNetwork(options)', 'flappingNetwork', 'downMs', (members) =>
      scenarios.flappingNetwork(members),
    ),
  ],
  refusesWithErrorFrame: [
    level('scenarios.refusesWithErrorFrame(options)', 'refusesWithErrorFrame', 'delayMs', (members) =>
      scenarios.refusesWithErrorFrame(members),
    ),
  ],
  closesWith: [
    level('scenarios.closesWith(options)', 'closesWith', 'afterMs', (members) => scenarios.closesWith(members)),
  ],
  ticketRefusedTimes: 'takes a number',
}

export const subjects = { backend }
