// The whole demo in one process: the page, its sign-in, the ticket endpoints and the WebSocket. This file only puts the
// parts together.

import { createServer, type Server } from 'node:http'
import { AuthTicketManager, createTicketHandler, type Sessions } from '../src/server/index.ts'
import { attachTicketSocket, toNodeHandler } from '../src/server/node/index.ts'
import { createAccounts } from './accounts.ts'
import { serveAgent } from './agent.ts'
import { createApi } from './api.ts'
import { createFaults, type Faults } from './faults.ts'
import { listenNear } from './listen.ts'
import { createPageServer } from './page-server.ts'
import { openTicketStore } from './ticket-store.ts'

export interface DemoOptions {
  /** The next free one is taken when somebody else has it; 0 takes any. @default 5173 */
  port?: number
  /** Left out, tickets are kept in memory. */
  redisUrl?: string | undefined
  /** Prints nothing. @default false */
  quiet?: boolean
  /** How long the agent takes, as a share of its usual time. @default 1 */
  pace?: number
  /** Brings changes of the sources to the open page. @default true */
  watch?: boolean
}

export interface Demo {
  /** Where the page is. */
  readonly url: string
  readonly http: Server
  readonly sessions: Sessions
  readonly faults: Faults
  close(): Promise<void>
}

/** Starts the demo; it is ready when the promise resolves. */
export async function startDemo(options: DemoOptions = {}): Promise<Demo> {
  const { port: wanted = 5173, redisUrl, quiet = false, pace = 1, watch = true } = options
  const log = quiet ? () => {} : (line: string) => console.log(line)
  const http = createServer()
  // First, since the addresses below need the port. No client knows the port yet, so none connects too early.
  const port = await listenNear(http, wanted)
  const allowedOrigins = [`http://localhost:${port}`, `http://127.0.0.1:${port}`]

  const { store, description, close: closeStore } = await openTicketStore(redisUrl, log)
  const accounts = createAccounts()
  const faults = createFaults({ sessions: () => sockets.sessions, expireTokens: accounts.expireTokens })
  const tickets = new AuthTicketManager({ store: faults.wrapStore(store) })
  const { verifyToken } = accounts

  const sockets = attachTicketSocket(http, {
    tickets,
    verifyToken,
    allowedOrigins,
    onConnection(connection, context) {
      faults.watch(connection, context)
      serveAgent(connection, { pace })
    },
  })
  const { sessions } = sockets
  const handler = createTicketHandler({ tickets, verifyToken, allowedOrigins, sessions })

  const api = toNodeHandler(createApi({ accounts, faults, allowedOrigins }))
  const ticketEndpoints = toNodeHandler(faults.wrapHandler(handler))
  const page = await createPageServer(http, { watch })
  http.on('request', (request, response) => {
    api(request, response, () => ticketEndpoints(request, response, () => page.middleware(request, response)))
  })

  const url = `http://localhost:${port}`
  log(`ticket-socket demo: ${url}  (tickets ${description}; Ctrl-C ends it)`)
  return {
    url,
    http,
    sessions,
    faults,
    async close() {
      await Promise.all([sockets.close(), page.close()])
      closeStore()
      http.closeAllConnections()
      await new Promise((resolve) => http.close(resolve))
    },
  }
}
