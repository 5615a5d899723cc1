import { expectTypeOf, test } from 'vitest'
import type { TicketRequestResult, UnifiedAuthService, WebSocketTicket } from '../../src/index.ts'

declare const auth: UnifiedAuthService

test('the three calls that give a ticket answer in one shape', () => {
  expectTypeOf(auth.getWebSocketTicket()).resolves.toEqualTypeOf<TicketRequestResult>()
  expectTypeOf(auth.requestWebSocketTicket()).resolves.toEqualTypeOf<TicketRequestResult>()
  expectTypeOf(auth.getWebSocketAuthConfig().getTicket()).resolves.toEqualTypeOf<TicketRequestResult>()
})

test('a result has a ticket or an error, by its success', async () => {
  const result = await auth.getWebSocketTicket()
  if (result.success) expectTypeOf(result.ticket).toEqualTypeOf<WebSocketTicket>()
  else expectTypeOf(result.error.code).toExtend<string>()
  // @ts-expect-error: there is none before `success` was looked at
  result.ticket
})

test('a request takes the fields of the wire, and no others', () => {
  void auth.requestWebSocketTicket({ ttl_seconds: 60, single_use: false, permissions: ['read'], metadata: { room: 7 } })
  // @ts-expect-error: the option of the service is another name
  void auth.requestWebSocketTicket({ ttlSeconds: 60 })
  // @ts-expect-error: what lies ready has no fields of one caller's own
  void auth.getWebSocketTicket({ ttl_seconds: 60 })
})
