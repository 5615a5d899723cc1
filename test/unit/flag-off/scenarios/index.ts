import type { FlagOffScenario } from '../scenario.ts'
import { authService } from './auth-service.ts'
import { closeCodes } from './close-codes.ts'
import { expiredJwt } from './expired-jwt.ts'
import { lostConnections } from './lost-connections.ts'
import { ownServer } from './own-server.ts'
import { plainServer } from './plain-server.ts'
import { reconnectingWebSocket } from './reconnecting-websocket.ts'
import { refusedJwt } from './refused-jwt.ts'
import { sending } from './sending.ts'
import { serverLeaves } from './server-leaves.ts'
import { ticketWebSockets } from './ticket-web-socket.ts'
import { users } from './users.ts'

/** Together they show everything that an app with the flag off can see of this library. */
export const SCENARIOS: readonly FlagOffScenario[] = [
  ownServer,
  plainServer,
  refusedJwt,
  expiredJwt,
  serverLeaves,
  closeCodes,
  lostConnections,
  users,
  sending,
  ticketWebSockets,
  reconnectingWebSocket,
  authService,
]
