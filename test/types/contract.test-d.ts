import { expectTypeOf, test } from 'vitest'
import type * as z from 'zod'
import type * as schemas from '../../src/contract/schemas.ts'
import type * as wire from '../../src/contract/wire.ts'

// Objects from a server are loose: zod infers an index signature for them. The interfaces name what is known.
type Known<T> = T extends unknown ? { [Key in keyof T as string extends Key ? never : Key]: T[Key] } : never
type Inferred<Schema extends z.ZodType> = Known<z.infer<Schema>>

test('what a schema accepts is what the interface of the same name says', () => {
  expectTypeOf<z.infer<typeof schemas.ticketGenerationRequest>>().toEqualTypeOf<wire.TicketGenerationRequest>()
  expectTypeOf<Inferred<typeof schemas.ticketGenerationResponse>>().toEqualTypeOf<wire.TicketGenerationResponse>()
  expectTypeOf<Inferred<typeof schemas.ticketValidationResponse>>().toEqualTypeOf<wire.TicketValidationResponse>()
  expectTypeOf<Inferred<typeof schemas.ticketRevocationResponse>>().toEqualTypeOf<wire.TicketRevocationResponse>()
  expectTypeOf<Inferred<typeof schemas.revokeAllResponse>>().toEqualTypeOf<wire.RevokeAllResponse>()
  expectTypeOf<Inferred<typeof schemas.ticketSystemStatus>>().toEqualTypeOf<wire.TicketSystemStatus>()
  expectTypeOf<Inferred<typeof schemas.problem>>().toEqualTypeOf<wire.Problem>()
  expectTypeOf<Inferred<typeof schemas.connectionEstablished>>().toEqualTypeOf<wire.ConnectionEstablished>()
  expectTypeOf<Inferred<typeof schemas.ping>>().toEqualTypeOf<wire.Ping>()
  expectTypeOf<Inferred<typeof schemas.pong>>().toEqualTypeOf<wire.Pong>()
  expectTypeOf<Inferred<typeof schemas.authRefresh>>().toEqualTypeOf<wire.AuthRefresh>()
  expectTypeOf<Inferred<typeof schemas.authRefreshed>>().toEqualTypeOf<wire.AuthRefreshed>()
  expectTypeOf<Inferred<typeof schemas.goingAway>>().toEqualTypeOf<wire.GoingAway>()
  expectTypeOf<Inferred<typeof schemas.errorFrame>>().toEqualTypeOf<wire.ErrorFrame>()
  expectTypeOf<z.infer<typeof schemas.message>>().toEqualTypeOf<wire.Message>()
})

test('a guard tells the type that its schema tells', () => {
  expectTypeOf<typeof wire.isTicketGenerationResponse>().guards.toEqualTypeOf<wire.TicketGenerationResponse>()
  expectTypeOf<typeof wire.isTicketValidationResponse>().guards.toEqualTypeOf<wire.TicketValidationResponse>()
  expectTypeOf<typeof wire.isTicketRevocationResponse>().guards.toEqualTypeOf<wire.TicketRevocationResponse>()
  expectTypeOf<typeof wire.isRevokeAllResponse>().guards.toEqualTypeOf<wire.RevokeAllResponse>()
  expectTypeOf<typeof wire.isTicketSystemStatus>().guards.toEqualTypeOf<wire.TicketSystemStatus>()
  expectTypeOf<typeof wire.isConnectionEstablished>().guards.toEqualTypeOf<wire.ConnectionEstablished>()
  expectTypeOf<typeof wire.isPing>().guards.toEqualTypeOf<wire.Ping>()
  expectTypeOf<typeof wire.isPong>().guards.toEqualTypeOf<wire.Pong>()
  expectTypeOf<typeof wire.isAuthRefresh>().guards.toEqualTypeOf<wire.AuthRefresh>()
  expectTypeOf<typeof wire.isErrorFrame>().guards.toEqualTypeOf<wire.ErrorFrame>()
  expectTypeOf<typeof wire.isMessage>().guards.toEqualTypeOf<wire.Message>()
})

test('leaving out the index signature hides no difference', () => {
  interface Extra extends wire.Ping {
    more: string
  }
  interface Other extends Omit<wire.Ping, 'timestamp'> {
    timestamp: string
  }
  expectTypeOf<Inferred<typeof schemas.ping>>().not.toEqualTypeOf<Extra>()
  expectTypeOf<Inferred<typeof schemas.ping>>().not.toEqualTypeOf<Other>()
})
