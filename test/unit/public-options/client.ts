import { createElement } from 'react'
import ReactDOMServer from 'react-dom/server'
import {
  createAuthMonitor,
  createRequests,
  createSocketMonitor,
  createTicketSocket,
  messageSchemas,
  type TicketRequestResult,
  type TicketSocketOptions,
  ticketWebSocket,
  UnifiedAuthService,
  type UnifiedAuthServiceOptions,
} from '../../../src/index.ts'
import { mountInspector } from '../../../src/inspector/index.ts'
import { useMessages, useRequest, useTicketSocket } from '../../../src/react/index.ts'
import { createReconnectingTicketSocket } from '../../../src/reconnecting-websocket/index.ts'
import { level, type Surface } from './misspelt.ts'

const platform = { fetch: async () => new Response(null, { status: 503 }), WebSocket: class {} as never }

const makeAuth = (options: object = {}) =>
  new UnifiedAuthService({
    httpUrl: 'https://api.example.com',
    getToken: () => null,
    platform,
    ...options,
  } as UnifiedAuthServiceOptions)

const auth = makeAuth()
const makeSocket = (options: object = {}) =>
  createTicketSocket({ url: 'wss://api.example.com/ws', auth, platform, ...options } as TicketSocketOptions)
const socket = makeSocket()

const authGroup = (name: string, known: string, needed: object = {}) =>
  level(`new UnifiedAuthService({ ${name} })`, name, known, (members) =>
    makeAuth({ [name]: { ...needed, ...members } }),
  )

const socketGroup = (name: string, known: string, needed: object = {}) =>
  level(`createTicketSocket({ ${name} })`, name, known, (members) => makeSocket({ [name]: { ...needed, ...members } }))

const ofCall = (name: string, call: (options: object) => unknown, owner = 'this call', known = 'signal') =>
  level(`${name}(options)`, owner, known, call)

/** Renders as a server does, so that no page is needed. */
function render(useIt: () => unknown) {
  const Component = () => {
    useIt()
    return null
  }
  return ReactDOMServer.renderToString(createElement(Component))
}

export const client: Surface = {
  UnifiedAuthService: [
    level('new UnifiedAuthService(options)', 'UnifiedAuthService', 'ticketAuth', makeAuth),
    authGroup('ticket', 'ttlSeconds'),
    authGroup('retry', 'maxRetries'),
    authGroup('ticketAuth', 'salt', { rollout: 0.5 }),
    authGroup('platform', 'clock', platform),
  ],
  createTicketSocket: [
    level('createTicketSocket(options)', 'createTicketSocket', 'openTimeoutMs', makeSocket),
    socketGroup('reconnect', 'maxRetries'),
    socketGroup('breaker', 'failureThreshold'),
    socketGroup('heartbeat', 'intervalMs'),
    socketGroup('outbox', 'overflow'),
    socketGroup('rateLimit', 'burst', { perSecond: 5 }),
    socketGroup('platform', 'logger', platform),
  ],
  createAuthMonitor: [
    level('createAuthMonitor(auth, options)', 'createAuthMonitor', 'windowMs', (members) =>
      createAuthMonitor(auth, members),
    ),
  ],
  createSocketMonitor: [
    level('createSocketMonitor(socket, options)', 'createSocketMonitor', 'window', (members) =>
      createSocketMonitor(socket, members),
    ),
  ],
  createRequests: [
    level('createRequests(socket, options)', 'createRequests', 'clock', (members) => createRequests(socket, members)),
    level('request(message, options)', 'request', 'timeoutMs', (members) => {
      const signal = AbortSignal.abort()
      return createRequests(socket)
        .request({ type: 'ask' }, { signal, ...members })
        .catch((error) => {
          if (error instanceof TypeError) throw error
        })
    }),
  ],
  messageSchemas: [
    level('messageSchemas(schemas)', 'messageSchemas', 'incoming', (members) => messageSchemas(members)),
  ],
  ticketWebSocket: [
    level('ticketWebSocket(auth, options)', 'ticketWebSocket', 'allowAnonymous', (members) =>
      ticketWebSocket(auth, members),
    ),
    level('ticketWebSocket(auth, { platform })', 'platform', 'clock', (members) =>
      ticketWebSocket(auth, { platform: { ...platform, ...members } }),
    ),
  ],
  configFromEnv: 'an environment has many names that are not ours',
  TicketSocketError: 'an error is made while something fails: like Error, it ignores what it does not know',
  classify: 'takes no options',
  isTicketSocketError: 'takes no options',

  mountInspector: [
    level('mountInspector(options)', 'mountInspector', 'recordSends', (members) =>
      mountInspector({ socket, auth, target: pretended, ...members }),
    ),
  ],
  createReconnectingTicketSocket: [
    level(
      'createReconnectingTicketSocket(auth, url, options)',
      'createReconnectingTicketSocket',
      'minUptime',
      (members) =>
        createReconnectingTicketSocket(auth, 'wss://api.example.com/ws', { startClosed: true, platform, ...members }),
    ),
  ],

  useTicketSocket: [
    level('useTicketSocket(options)', 'createTicketSocket', 'heartbeat', (members) =>
      render(() => useTicketSocket({ url: 'wss://api.example.com/ws', auth, platform, ...members })),
    ),
  ],
  useMessages: [
    level('useMessages(type, options)', 'useMessages', 'limit', (members) =>
      render(() => useMessages('log', members, socket)),
    ),
  ],
  useRequest: [
    level('useRequest().request(message, options)', 'request', 'timeoutMs', (members) => {
      const given: unknown[] = []
      render(() => given.push(useRequest(socket).request))
      const [request] = given as [ReturnType<typeof useRequest>['request']]
      return request({ type: 'ask' }, { timeoutMs: 1, ...members })
    }),
  ],
  TicketSocketProvider: 'build tools add props of their own, such as data-sentry-component',
  createTicketSocketHooks: 'takes no options',
  useLatestMessage: 'takes no options',
  useMessage: 'takes no options',
  useSocketStatus: 'takes no options',
  useTicketAuth: 'takes no options',
}

/** Enough of an element for the options to be read; a name that is let through would fail on it in other words. */
const pretended = { attachShadow() {} } as never

/** Two methods never throw: what others throw is their result. */
function thrownIfInvalid(result: TicketRequestResult) {
  if (!result.success && result.error.code === 'invalid_request') throw new TypeError(result.error.message)
}

export const authMethods: Surface = {
  acquire: [
    ofCall('acquire', (options) => auth.acquire({ signal: AbortSignal.abort(), ...options }), 'acquire', 'renew'),
  ],
  getWebSocketTicket: [
    ofCall('getWebSocketTicket', (options) => auth.getWebSocketTicket(options).then(thrownIfInvalid)),
  ],
  requestWebSocketTicket: [
    ofCall(
      'requestWebSocketTicket',
      (options) => auth.requestWebSocketTicket(options).then(thrownIfInvalid),
      'requestWebSocketTicket',
      'ttl_seconds',
    ),
  ],
  validateTicket: [ofCall('validateTicket', (options) => auth.validateTicket('handle', options))],
  revokeTicket: [ofCall('revokeTicket', (options) => auth.revokeTicket('handle', options))],
  revokeAllTickets: [ofCall('revokeAllTickets', (options) => auth.revokeAllTickets(options))],
  getTicketSystemStatus: [ofCall('getTicketSystemStatus', (options) => auth.getTicketSystemStatus(options))],
  initialize: [ofCall('initialize', (options) => auth.initialize(options))],
  validateAndRefreshToken: [ofCall('validateAndRefreshToken', (options) => auth.validateAndRefreshToken(options))],
  handleAuthError: [ofCall('handleAuthError', (options) => auth.handleAuthError(undefined, options))],
  on: 'takes no options',
  keepPrefetched: 'takes no options',
  onSessionChange: 'takes no options',
  keepSpare: 'takes no options',
  onFence: 'takes no options',
  onReverted: 'takes no options',
  getWebSocketAuthConfig: 'takes no options',
  clearTicketCache: 'takes no options',
  resetTicketFailures: 'takes no options',
  isAuthenticated: 'takes no options',
  getCurrentUser: 'takes no options',
  getAuthHeaders: 'takes no options',
  handleLogout: 'takes no options',
  signedIn: 'takes no options',
  dispose: 'takes no options',
}

export const socketMethods: Surface = {
  send: [ofCall('send', (options) => socket.send({ type: 'ask' }, options), 'send', 'priority')],
  store: 'a store, not a method',
  clearQueue: 'takes no options',
  connect: 'takes no options',
  close: 'takes no options',
  reconnect: 'takes no options',
  onMessage: 'takes no options',
  messages: 'takes no options',
  on: 'takes no options',
  dispose: 'takes no options',
}

export const subjects = { auth, socket, makeAuth }
