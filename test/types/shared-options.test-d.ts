import { expectTypeOf, test } from 'vitest'
import type { TicketHandlerOptions } from '../../src/server/http.ts'
import type { AttachTicketSocketOptions } from '../../src/server/node/attach-ticket-socket.ts'
import type { HealthHandlerOptions } from '../../src/server/operations/health.ts'
import type { SessionsOptions } from '../../src/server/sessions.ts'
import type { SharedName } from '../../src/server/shared-options.ts'
import type { UpgradeOptions } from '../../src/server/upgrade.ts'

test('the shared names are the options of all parts, and no others', () => {
  expectTypeOf<SharedName>().toEqualTypeOf<
    | keyof TicketHandlerOptions
    | keyof HealthHandlerOptions
    | keyof UpgradeOptions
    | keyof SessionsOptions
    | keyof AttachTicketSocketOptions
  >()
})
