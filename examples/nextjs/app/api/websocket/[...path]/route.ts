import { createTicketHandler, type TicketHandler } from 'ticket-socket/server'
import { getBackend } from '../../../../lib/backend.ts'

let handler: TicketHandler | undefined

function handle(request: Request): Promise<Response> {
  handler ??= createTicketHandler({ ...getBackend(), basePath: '/api/websocket' })
  return handler(request)
}

export { handle as DELETE, handle as GET, handle as OPTIONS, handle as POST }
