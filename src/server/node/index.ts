// `ticket-socket/server/node`: the server SDK on `ws` and `node:http`.

export {
  type AttachedTicketSocket,
  type AttachTicketSocketOptions,
  attachTicketSocket,
} from './attach-ticket-socket.ts'
export type { NodeServer } from './node-server.ts'
export type { NodeConnectionContext, TicketSocketServerOptions } from './server-options.ts'
export { type ShutDownOptions, type ShutDownReport, shutDown } from './shut-down.ts'
export { createTicketSocketServer, type TicketSocketServer } from './ticket-socket-server.ts'
export { type NodeHandler, type NodeHandlerOptions, toNodeHandler, type WebHandler } from './to-node-handler.ts'
export type { DeflateOptions } from './web-socket-server.ts'
