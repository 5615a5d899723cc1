// One page, one network, one server, and everybody who watches: built anew for each schedule.

import { UnifiedAuthService } from '../../src/auth/unified-auth-service.ts'
import { createTicketSocket } from '../../src/socket/ticket-socket.ts'
import type { User } from '../support/canaries.ts'
import { createFastClock } from '../support/fast-clock.ts'
import { seededRandom } from '../support/seeded-random.ts'
import { createApp, ListenerError } from './app.ts'
import { createBackend, HTTP_URL, WS_URL } from './backend.ts'
import type { AppAct, Edge, Judge, SeenMessage, Violation } from './edge.ts'
import { createJudges } from './judges/index.ts'
import { createNetwork } from './network.ts'
import type { Schedule } from './schedule.ts'
import { dialOf } from './serve-wire.ts'
import { createTab } from './tab.ts'
import { createTracer } from './tracer.ts'

const AUTH_EVENTS = [
  'ticketIssued',
  'ticketRefreshed',
  'ticketTaken',
  'ticketFailed',
  'fallback',
  'reverted',
  'userChanged',
] as const
const SOCKET_EVENTS = [
  'open',
  'lost',
  'closed',
  'failed',
  'fallback',
  'reverted',
  'message',
  'binary',
  'invalidMessage',
  'refused',
  'disposed',
  'sent',
  'dropped',
  'userChanged',
] as const

export type World = ReturnType<typeof createWorld>

export function createWorld(
  { setting, seed }: Schedule,
  reach: (what: string) => void,
  trace?: (line: string) => void,
) {
  const clock = createFastClock()
  const random = seededRandom(seed ^ 0x5eed)
  const violations: Violation[] = []
  // What comes after a broken rule says nothing more.
  const write = (line: string) => violations.length === 0 && trace?.(line)
  const judges: Judge[] = trace ? [createTracer(clock, write)] : []
  const tell = (inform: (judge: Judge) => void) => judges.forEach(inform)
  let isUserKnown = true
  let ambush: { at: string; attack: () => void } | null = null

  const edge: Edge = {
    clock,
    setting,
    requests: [],
    dials: [],
    messages: [],
    sends: 0,
    sessionChanges: 0,
    unrest: 0,
    calmSince: 0,
    isDeceived: false,
    dialNotBefore: 0,
    askNotBefore: 0,
    longestHintMs: 0,
    violate: (rule, what) => void violations.push({ rule, what, atMs: clock.now() }),
    reach,
  }

  const tab = createTab(clock, (signal) => tell((judge) => judge.signalled?.(signal)))
  const serverNow = () => clock.wallNow() + setting.serverSkewMs
  const app = createApp({ edge, serverNow, tell })
  const backend = createBackend({
    edge,
    random,
    jwts: app.jwts,
    tell,
    onConnection(connection, transport) {
      connection.onMessage((message) => {
        if (message.type === 'are you there') return connection.send({ type: 'yes' })
        const sent = edge.messages[Number(message.number) - 1]
        const dial = dialOf.get(transport)
        if (!sent || !dial) return edge.violate('delivery', 'the server got a message that nobody has sent')
        sent.arrivals++
        tell((judge) => judge.received?.(sent, connection.identity?.userId ?? null, dial))
        connection.send({ type: 'echo', number: sent.number })
      })
    },
  })
  const network = createNetwork({ edge, tab, backend, random, jwts: app.jwts, tell })

  const log = (...line: unknown[]) => tell((judge) => judge.logged?.(line))
  const jitter = setting.jitter === 'any' ? random : () => 0.99
  const platform = {
    clock: tab.clock,
    random: jitter,
    fetch: network.fetch,
    WebSocket: network.WebSocket,
    page: tab.page,
    logger: { debug: log, info: log, warn: log, error: log },
  }
  const auth = new UnifiedAuthService({
    httpUrl: HTTP_URL,
    getToken: app.getToken,
    ...(setting.hasRefreshToken && { refreshToken: app.refreshToken }),
    ticketAuth: setting.ticketAuth === 'true' ? true : app.flag,
    chain: setting.chain,
    maxTicketFailures: setting.maxTicketFailures,
    platform,
  })
  // Counted before the socket hears of it: what is handed over from then on is the next session's.
  auth.onSessionChange(() => {
    edge.sessionChanges++
    edge.isDeceived = false
  })
  const rateLimit = setting.rateLimit && { rateLimit: setting.rateLimit }
  const heartbeat = setting.asksPlainServers && { heartbeat: { message: () => ({ type: 'are you there' }) } }
  const { outbox, closeCodes } = setting
  const socket = createTicketSocket({ url: WS_URL, auth, outbox, closeCodes, ...rateLimit, ...heartbeat, platform })
  const world = {
    edge,
    clock,
    random,
    tab,
    app,
    backend,
    network,
    auth,
    socket,
    violations,
    tell,
    snapshot: socket.store.getState,

    /** The app does something with the client. */
    act(act: AppAct, doIt: () => void) {
      tell((judge) => judge.acting?.(act))
      doIt()
      tell((judge) => judge.acted?.(act))
    },

    send(priority: SeenMessage['priority'], length: number) {
      const message: SeenMessage = {
        number: edge.messages.length + 1,
        by: app.user(),
        sessionChanges: edge.sessionChanges,
        priority,
        bytes: 0,
        at: tab.clock.now(),
        queueId: null,
        state: 'queued',
        order: ++edge.sends,
        sentOn: null,
        arrivals: 0,
      }
      edge.messages.push(message)
      const body = { type: 'say', number: message.number, text: 'x'.repeat(length) }
      message.bytes = JSON.stringify(body).length
      const receipt = socket.send(body, { priority })
      if (receipt.status === 'queued') message.queueId = receipt.id
      if (receipt.status !== 'queued') message.state = receipt.status
      // Something may have been done within an event of this very call.
      message.sessionChanges = edge.sessionChanges
      tell((judge) => judge.sent?.(message))
    },

    signIn(user: User, isAnnounced: boolean) {
      reach(`another user while ${socket.store.getState().status}`)
      app.signIn(user)
      isUserKnown = isAnnounced
      if (isAnnounced) world.act('login', () => auth.signedIn())
    },

    /** The client has heard who is signed in. */
    isUserKnown: () => isUserKnown,

    /** When this next happens, and within it, something else does. */
    ambush(prepared: { at: string; attack: () => void } | null) {
      ambush = prepared
    },
  }

  judges.push(...createJudges(world))
  auth.onSessionChange((signedIn) => {
    isUserKnown ||= signedIn
    tell((judge) => judge.sessionChanged?.(signedIn))
  })
  for (const name of AUTH_EVENTS) auth.on(name, (payload: unknown) => told('auth', name, payload))
  for (const name of SOCKET_EVENTS) socket.on(name, (payload: unknown) => told('socket', name, payload))

  function told(of: 'auth' | 'socket', name: string, payload: unknown) {
    tell((judge) => judge.event?.(of, name, payload))
    if (ambush?.at === name) {
      const { attack } = ambush
      ambush = null
      reach(`something done within ${name}`)
      attack()
    }
    if (app.conditions.now.listenersThrow) throw new ListenerError()
  }

  return world
}
