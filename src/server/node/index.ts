// `ticket-socket/server/node`: the server half on `ws` and `node:http`.

export {
  type AttachedTicketSocket,
  type AttachTicketSocketOptions,
  attachTicketSocket,
  type NodeConnectionContext,
} from './attach-ticket-socket.ts'
export { type ShutDownOptions, shutDown } from './shut-down.ts'
export { type NodeHandler, type NodeHandlerOptions, toNodeHandler, type WebHandler } from './to-node-handler.ts'
