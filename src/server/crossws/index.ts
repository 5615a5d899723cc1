// `ticket-socket/server/crossws`: the server SDK on crossws, for H3, Nitro, Bun, Deno and Durable Objects. Imports nothing of crossws.

export { type CrosswsSocket, createCrosswsSocket } from './create-crossws-socket.ts'
export type { CrosswsHooks, CrosswsMessage, CrosswsPeer } from './crossws.ts'
export type { CrosswsSocketOptions } from './options.ts'
