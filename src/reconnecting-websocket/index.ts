export { createReconnectingTicketSocket } from './create-reconnecting-ticket-socket.ts'
export type { ReconnectingTicketSocket, SocketMessage } from './library.ts'
export type { ReconnectingTicketSocketOptions } from './options.ts'
