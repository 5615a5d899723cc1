// What a page, a frame or a worker of the tests holds: the client, and one user who is signed in. Tests reach it as `kit`.

import {
  createTicketSocket,
  type HeartbeatOptions,
  type SocketEvents,
  type TicketSocket,
  UnifiedAuthService,
} from '../../../src/index.ts'

declare global {
  var kit: typeof import('./kit.ts')
}

export interface SignIn {
  jwt: string
  /** @default true */
  ticketAuth?: boolean
  heartbeat?: HeartbeatOptions
  /** @default the server that the page comes from */
  url?: string
}

const LOGGED = ['open', 'lost', 'closed', 'failed', 'fallback', 'message', 'binary', 'invalidMessage'] as const
type Logged = (typeof LOGGED)[number]

interface Seen {
  name: Logged
  payload: never
}

const withoutErrors = (_key: string, value: unknown) =>
  value instanceof Error ? { code: (value as Error & { code?: string }).code, message: value.message } : value

/** As it travels to the test. */
const plain = (payload: unknown) =>
  payload instanceof ArrayBuffer ? [...new Uint8Array(payload)] : JSON.parse(JSON.stringify(payload, withoutErrors))

export interface App {
  auth: UnifiedAuthService
  socket: TicketSocket
  /** Every event so far, in its order. */
  seen: Seen[]
  /** The first event of this name, or the nth: also one that came before the call. Rejects when the client has given up. */
  event<Name extends Logged>(name: Name, nth?: number): Promise<SocketEvents[Name]>
  /** How the connection ended, in the client's eyes. */
  ending(): Promise<SocketEvents['lost' | 'closed' | 'failed']>
}

/** The server is the one that the page comes from. Waits are short: time is real. */
export function signIn({ jwt, ticketAuth = true, heartbeat, url }: SignIn): App {
  const auth = new UnifiedAuthService({ httpUrl: location.origin, getToken: () => jwt, ticketAuth })
  const socket = createTicketSocket({
    url: url ?? `${location.origin.replace('http', 'ws')}/ws`,
    auth,
    reconnect: { baseDelayMs: 5, maxDelayMs: 20 },
    ...(heartbeat && { heartbeat }),
  })
  const seen: Seen[] = []
  const waiting = new Set<() => void>()
  for (const name of LOGGED) {
    socket.on(name, (payload: unknown) => {
      seen.push({ name, payload: plain(payload) as never })
      for (const look of waiting) look()
    })
  }
  const found = (nth: number, ...names: Logged[]) =>
    new Promise<never>((resolve, reject) => {
      function look() {
        const event = seen.filter(({ name }) => names.includes(name))[nth - 1]
        const failed = seen.find(({ name }) => name === 'failed')
        if (event) resolve(event.payload)
        else if (failed) reject(new Error(`failed instead of ${names}: ${JSON.stringify(failed.payload)}`))
        else return
        waiting.delete(look)
      }
      waiting.add(look)
      look()
    })
  return {
    auth,
    socket,
    seen,
    event: (name, nth = 1) => found(nth, name),
    ending: () => found(1, 'lost', 'closed', 'failed'),
  }
}

/** Signs in and connects; `app` is this user's from now on. */
export async function connect(options: SignIn): Promise<SocketEvents['open']> {
  app = signIn(options)
  app.socket.connect()
  return app.event('open')
}

export let app: App
