import { createServer } from 'node:http'
import { openApiDocument } from '../../../src/schemas.ts'
import {
  exampleClaims,
  findBrokenLimiterRules,
  findBrokenStoreRules,
  testRateLimiter,
  testTicketStore,
} from '../../../src/server/conformance/index.ts'
import { createCrosswsSocket } from '../../../src/server/crossws/index.ts'
import {
  AuthTicketManager,
  type AuthTicketManagerOptions,
  createHealthHandler,
  createMemoryRateLimiter,
  createMemoryTicketStore,
  createSessions,
  createTicketHandler,
  createUpgradeAuthenticator,
  type JwtVerifierOptions,
  jwtVerifier,
  logServerEvents,
} from '../../../src/server/index.ts'
import {
  type AttachedTicketSocket,
  attachTicketSocket,
  createTicketSocketServer,
  shutDown,
  toNodeHandler,
} from '../../../src/server/node/index.ts'
import {
  createRedisRateLimiter,
  createRedisRevocationChannel,
  createRedisTicketStore,
} from '../../../src/server/redis/index.ts'
import { level, type Surface } from './misspelt.ts'

const makeManager = (options: object = {}) =>
  new AuthTicketManager({ store: createMemoryTicketStore(), ...options } as AuthTicketManagerOptions)
const tickets = makeManager()
const verifyToken = async () => null
const shared = { tickets, verifyToken }
const websocketUrl = 'wss://api.example.com/ws'

const command = async () => null
const redis = { get: command, set: command, getdel: command, del: command, eval: command, ping: command }
const publisher = { ...redis, publish: command, duplicate: () => ({}), psubscribe: command }
const issuer = 'https://login.example.com/'
const verifierOptions = { secret: 'x'.repeat(32), issuer }

const handler = (options: object) => createTicketHandler({ ...shared, websocketUrl, ...options })
/** Of a call that runs rules: it is given none that could hold. */
const arrange = () => {
  throw new Error('no rule is run here')
}
/** They collect what breaks; a mistake in the options is thrown before. */
const sockets = { drain: async () => {}, close: async () => {} } as unknown as AttachedTicketSocket

export const server: Surface = {
  AuthTicketManager: [
    level('new AuthTicketManager(options)', 'AuthTicketManager', 'maxTicketsPerUser', makeManager),
    level('new AuthTicketManager({ ttl })', 'ttl', 'default', (members) => makeManager({ ttl: members })),
  ],
  createTicketHandler: [
    level('createTicketHandler(options)', 'createTicketHandler', 'basePath', handler),
    level('createTicketHandler({ limits })', 'limits', 'address', (members) => handler({ limits: members })),
    level('createTicketHandler({ limits: { user } })', 'limits.user', 'perMinute', (members) =>
      handler({ limits: { user: { burst: 1, perMinute: 1, ...members } } }),
    ),
    level('createTicketHandler({ limits: { address } })', 'limits.address', 'burst', (members) =>
      handler({ limits: { address: { burst: 1, perMinute: 1, ...members } } }),
    ),
  ],
  createHealthHandler: [
    level('createHealthHandler(options)', 'createHealthHandler', 'tickets', (members) =>
      createHealthHandler({ tickets, ...members }),
    ),
    level('createHealthHandler({ paths })', 'paths', 'ready', (members) =>
      createHealthHandler({ tickets, paths: members }),
    ),
  ],
  createUpgradeAuthenticator: [
    level('createUpgradeAuthenticator(options)', 'createUpgradeAuthenticator', 'allowedOrigins', (members) =>
      createUpgradeAuthenticator({ ...shared, ...members }),
    ),
    level('createUpgradeAuthenticator({ limit })', 'limit', 'burst', (members) =>
      createUpgradeAuthenticator({ ...shared, limit: { burst: 1, perMinute: 1, ...members } }),
    ),
  ],
  createSessions: [
    level('createSessions(options)', 'createSessions', 'pingIntervalMs', (members) =>
      createSessions({ tickets, ...members }),
    ),
    level('createSessions({ messageLimit })', 'messageLimit', 'perMinute', (members) =>
      createSessions({ tickets, messageLimit: { burst: 1, perMinute: 1, ...members } }),
    ),
  ],
  jwtVerifier: [
    level('jwtVerifier(options)', 'jwtVerifier', 'audience', (members) =>
      jwtVerifier({ ...verifierOptions, ...members }),
    ),
    level('jwtVerifier([options])', 'jwtVerifier', 'issuer', (members) =>
      jwtVerifier([{ ...verifierOptions, ...members } as JwtVerifierOptions]),
    ),
  ],
  createMemoryTicketStore: [
    level('createMemoryTicketStore(options)', 'createMemoryTicketStore', 'maxTickets', (members) =>
      createMemoryTicketStore(members),
    ),
  ],
  createMemoryRateLimiter: [
    level('createMemoryRateLimiter(options)', 'createMemoryRateLimiter', 'maxKeys', (members) =>
      createMemoryRateLimiter(members),
    ),
  ],
  createMemoryRevocationChannel: 'takes no options',
  createServerMetrics: 'takes no options',
  combineObservers: 'takes functions',
  logServerEvents: [
    level('logServerEvents(logger, options)', 'logServerEvents', 'format', (members) =>
      logServerEvents(console, members),
    ),
    level('logServerEvents(logger, { sample })', 'sample', 'perMinute', (members) =>
      logServerEvents(console, { sample: { burst: 1, perMinute: 1, ...members } }),
    ),
  ],
  observeWithOpenTelemetry: 'a meter may have names of its own',
  decodeClaims: 'reads what a store kept',
  encodeClaims: 'writes what a store keeps',
  TicketSocketError: 'an error is made while something fails: like Error, it ignores what it does not know',
  isTicketSocketError: 'takes no options',

  attachTicketSocket: [
    level('attachTicketSocket(server, options)', 'attachTicketSocket', 'maxPayload', (members) =>
      attachTicketSocket(createServer(), { ...shared, ...members }),
    ),
    level('attachTicketSocket(server, { perMessageDeflate })', 'perMessageDeflate', 'threshold', (members) =>
      attachTicketSocket(createServer(), { ...shared, perMessageDeflate: members }),
    ),
    level('attachTicketSocket(server, { limit })', 'limit', 'burst', (members) =>
      attachTicketSocket(createServer(), { ...shared, limit: { burst: 1, perMinute: 1, ...members } }),
    ),
    level('attachTicketSocket(server, { messageLimit })', 'messageLimit', 'burst', (members) =>
      attachTicketSocket(createServer(), { ...shared, messageLimit: { burst: 1, perMinute: 1, ...members } }),
    ),
  ],
  createTicketSocketServer: [
    level('createTicketSocketServer(options)', 'createTicketSocketServer', 'maxPayload', (members) =>
      createTicketSocketServer({ ...shared, ...members }),
    ),
    level('createTicketSocketServer({ perMessageDeflate })', 'perMessageDeflate', 'level', (members) =>
      createTicketSocketServer({ ...shared, perMessageDeflate: members }),
    ),
    level('createTicketSocketServer({ limit })', 'limit', 'burst', (members) =>
      createTicketSocketServer({ ...shared, limit: { burst: 1, perMinute: 1, ...members } }),
    ),
    level('createTicketSocketServer({ messageLimit })', 'messageLimit', 'burst', (members) =>
      createTicketSocketServer({ ...shared, messageLimit: { burst: 1, perMinute: 1, ...members } }),
    ),
  ],
  createCrosswsSocket: [
    level('createCrosswsSocket(options)', 'createCrosswsSocket', 'maxPayload', (members) =>
      createCrosswsSocket({ ...shared, ...members }),
    ),
    level('createCrosswsSocket({ limit })', 'limit', 'burst', (members) =>
      createCrosswsSocket({ ...shared, limit: { burst: 1, perMinute: 1, ...members } }),
    ),
    level('createCrosswsSocket({ messageLimit })', 'messageLimit', 'burst', (members) =>
      createCrosswsSocket({ ...shared, messageLimit: { burst: 1, perMinute: 1, ...members } }),
    ),
  ],
  toNodeHandler: [
    level('toNodeHandler(handler, options)', 'toNodeHandler', 'clientAddress', (members) =>
      toNodeHandler(async () => new Response(), members),
    ),
  ],
  shutDown: [
    level('shutDown(server, sockets, options)', 'shutDown', 'drainMs', (members) =>
      shutDown(createServer(), sockets, members),
    ),
  ],

  createRedisTicketStore: [
    level('createRedisTicketStore(client, options)', 'createRedisTicketStore', 'userPrefix', (members) =>
      createRedisTicketStore(redis, members),
    ),
  ],
  createRedisRateLimiter: [
    level('createRedisRateLimiter(client, options)', 'createRedisRateLimiter', 'deadlineMs', (members) =>
      createRedisRateLimiter(redis, members),
    ),
  ],
  createRedisRevocationChannel: [
    level('createRedisRevocationChannel(client, options)', 'createRedisRevocationChannel', 'channel', (members) =>
      createRedisRevocationChannel(publisher, members),
    ),
  ],

  testTicketStore: [
    level('testTicketStore(options)', 'testTicketStore', 'arrangeUnreachable', (members) =>
      testTicketStore({ test: () => {}, arrange, ...members }),
    ),
  ],
  testRateLimiter: [
    level('testRateLimiter(options)', 'testRateLimiter', 'arrange', (members) =>
      testRateLimiter({ test: () => {}, arrange, ...members }),
    ),
  ],
  findBrokenStoreRules: [
    level('findBrokenStoreRules(arrangement)', 'findBrokenStoreRules', 'arrangeUnreachable', (members) =>
      findBrokenStoreRules({ arrange, ...members }),
    ),
  ],
  findBrokenLimiterRules: [
    level('findBrokenLimiterRules(arrangement)', 'findBrokenLimiterRules', 'arrange', (members) =>
      findBrokenLimiterRules({ arrange, ...members }),
    ),
  ],
  exampleClaims: [
    level('exampleClaims(userId, changes)', 'exampleClaims', 'permissions', (members) =>
      exampleClaims('alice', members),
    ),
  ],

  contractJsonSchema: 'takes no options',
  openApiDocument: [
    {
      ...level('openApiDocument(options)', 'openApiDocument', 'basePath', (members) => openApiDocument(members)),
      hint: 'Its options are basePath, serverUrl.',
    },
  ],
}

export const managerMethods: Surface = {
  generate: [
    level('generate(identity, request)', 'generate', 'ttl_seconds', (members) =>
      tickets.generate({ userId: 'alice' }, members),
    ),
    level('generate(identity, request, limits)', 'generate', 'rate', (members) =>
      tickets.generate({ userId: 'alice' }, {}, members),
    ),
  ],
  consume: 'takes no options',
  validate: 'takes no options',
  revoke: 'takes no options',
  revokeAll: 'takes an identity',
  onRevokeAll: 'takes no options',
  revocationOf: 'takes no options',
  rateLimiter: 'a property',
  status: 'takes no options',
}

export const spread = { shared, websocketUrl }
