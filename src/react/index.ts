'use client'

export { TicketSocketProvider, type TicketSocketProviderProps } from './provider.tsx'
export { useMessage } from './use-message.ts'
export { useTicketAuth } from './use-ticket-auth.ts'
export { type UseTicketSocketResult, useSocketStatus, useTicketSocket } from './use-ticket-socket.ts'
