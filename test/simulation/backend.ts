// The real server SDK in memory: manager, handler, upgrades, sessions, over a store and a verifier that can be made to
// fail. A restart is a new process over the same store, or over an empty one.

import type { Clock } from '../../src/platform/platform.ts'
import { createTicketHandler } from '../../src/server/http.ts'
import type { Identity } from '../../src/server/identity.ts'
import { createMemoryTicketStore } from '../../src/server/memory-store.ts'
import { restartNow } from '../../src/server/restart.ts'
import { type Connection, createSessions, type Transport } from '../../src/server/sessions.ts'
import { AuthTicketManager } from '../../src/server/ticket-manager.ts'
import type { TicketStore } from '../../src/server/ticket-store.ts'
import { createUpgradeAuthenticator } from '../../src/server/upgrade.ts'
import type { UpgradeDecision } from '../../src/server/upgrade-decision.ts'
import type { Jwt } from '../support/canaries.ts'
import type { FastClock } from '../support/fast-clock.ts'
import { createConditions } from './conditions.ts'
import type { Edge, Judge } from './edge.ts'

export const HTTP_URL = 'https://api.example.com'
export const WS_URL = 'wss://api.example.com/ws?room=a%20b&v=1'
/** What the backend says in `websocket_url`: nobody dials it. */
const ELSEWHERE = 'wss://api.example.com/elsewhere'
export const ORIGIN = 'https://app.example.com'

/** The server's view of one JWT. */
export interface IssuedJwt extends Jwt {
  issuedAt: number
  expiresAt: number | null
  /** How a subprotocol spells it. */
  entry: string
}

/** What of the server may be wrong. */
const WELL = {
  isUp: true,
  storeDelayMs: 0,
  isStoreDown: false,
  /** Every ticket is unknown. */
  forgetsTickets: false,
  refusesJwts: false,
  verifierDelayMs: 0,
  verifierThrows: false,
  hasTickets: true,
  /** Says nothing, but reads. */
  isMute: false,
  /** The first frame of a connection says another user's name. */
  namesAnotherUser: false,
}

export type Backend = ReturnType<typeof createBackend>

export interface BackendDeps {
  edge: Edge
  random: () => number
  jwts: ReadonlyMap<string, IssuedJwt>
  tell: (inform: (judge: Judge) => void) => void
  onConnection: (connection: Connection, transport: Transport) => void
}

export function createBackend({ edge, random, jwts, tell, onConnection }: BackendDeps) {
  const { clock: world, setting } = edge
  const conditions = createConditions({ ...WELL })
  const clock = serverClock(world, setting.serverSkewMs)
  let memory = createMemoryTicketStore({ clock })

  /** 32 bytes are a ticket: it begins with the canary's name. Shorter ones name a session. */
  function randomBytes(length: number): Uint8Array {
    const bytes = Uint8Array.from({ length }, () => Math.floor(random() * 256))
    if (length === 32) bytes.set(CANARY)
    return bytes
  }

  const pause = (ms: number) => new Promise<void>((resolve) => void world.after(ms, resolve))

  async function asked<T>(question: () => Promise<T>): Promise<T> {
    const { storeDelayMs, isStoreDown } = conditions.now
    if (storeDelayMs > 0) await pause(storeDelayMs)
    if (isStoreDown) throw new Error('connection refused')
    return question()
  }

  const store: TicketStore = {
    kind: 'memory',
    prefix: memory.prefix,
    put: (...args) => asked(() => memory.put(...args)),
    peek: (handle) => asked(() => memory.peek(handle)),
    consume: (handle) =>
      asked(async () => {
        const claims = await memory.consume(handle)
        const found = conditions.now.forgetsTickets ? null : claims
        tell((judge) => judge.consumed?.(handle, found !== null))
        return found
      }),
    revoke: (...args) => asked(() => memory.revoke(...args)),
    revokeAll: (...args) => asked(() => memory.revokeAll(...args)),
    revocation: (userId) => asked(() => memory.revocation(userId)),
    ping: () => asked(() => memory.ping()),
  }

  let process = start()

  async function verifyToken(value: string): Promise<Identity | null> {
    const { verifierDelayMs, verifierThrows, refusesJwts } = conditions.now
    if (verifierDelayMs > 0) await pause(verifierDelayMs)
    if (verifierThrows) throw new Error(`keys for ${value} cannot be had`)
    const jwt = jwts.get(value)
    if (!jwt || refusesJwts) return null
    const { user: userId, issuedAt, expiresAt } = jwt
    return { userId, issuedAt, permissions: ['chat'], ...(expiresAt !== null && { expiresAt }) }
  }

  function start() {
    const tickets = new AuthTicketManager({ store, clock, randomBytes })
    const off = new AuthTicketManager({ store, clock, randomBytes, enabled: false })
    const common = { verifyToken, clock, allowedOrigins: [ORIGIN] }
    const sessions = createSessions({ tickets, clock, randomBytes, onConnection })
    const http = { ...common, sessions, websocketUrl: ELSEWHERE, onError() {} }
    const limits = { user: { burst: setting.burst, perMinute: 120 } }
    return {
      sessions,
      handle: createTicketHandler({ ...http, tickets, limits }),
      handleWithoutTickets: createTicketHandler({ ...http, tickets: off, limits }),
      authenticate: createUpgradeAuthenticator({ ...common, tickets, limit: false }),
    }
  }

  return {
    conditions,
    clock,
    sessions: () => process.sessions,

    async answer(request: Request): Promise<Response> {
      const { handle, handleWithoutTickets } = process
      return conditions.now.hasTickets ? handle(request) : handleWithoutTickets(request)
    },

    /** The decision, and the function that opens the session. */
    async upgrade(url: URL, protocols: readonly string[]) {
      const { authenticate, sessions } = process
      const request = { url: url.pathname + url.search, origin: ORIGIN, protocols, authorization: null }
      const decision = await authenticate(request)
      return { decision: spokenOrPlain(decision, protocols), open: sessions.open }
    },

    /** Every session ends; the next process has the same tickets, or none. */
    restart(how: { kind: 'close'; afterMs: number | undefined } | { kind: 'crash' }, keepsTickets: boolean) {
      if (how.kind === 'crash') process.sessions.dispose()
      else for (const connection of process.sessions.connections()) restartNow(connection, how.afterMs)
      if (!keepsTickets) memory = createMemoryTicketStore({ clock })
      process = start()
    },

    dispose: () => process.sessions.dispose(),
  }

  /** A server that knows no subprotocol selects the first one, as `ws` does. */
  function spokenOrPlain(decision: UpgradeDecision, protocols: readonly string[]): UpgradeDecision {
    if (setting.isSpoken || decision.kind === 'rejected') return decision
    return { ...decision, subprotocol: protocols[0] }
  }
}

const CANARY = Uint8Array.from(atob('CANARYT0'), (char) => char.charCodeAt(0))

/** Of the server: never throttled, never asleep, and some minutes wrong. */
function serverClock(world: FastClock, skewMs: number): Clock {
  return {
    now: world.now,
    wallNow: () => world.wallNow() + skewMs,
    setTimer: (callback, ms) => world.after(Math.ceil(ms), callback),
  }
}
