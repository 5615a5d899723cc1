import { createMemoryTicketStore } from '../../../../src/server/index.ts'
import { backendSuite } from '../../../suites/backend.ts'
import { createSkippingClock } from '../../../support/conformance-targets.ts'
import { realTarget } from '../../../support/real-target.ts'

backendSuite('the real server on memory', () => {
  const clock = createSkippingClock()
  return realTarget(createMemoryTicketStore({ clock }), { clock, passTime: clock.skip, wholeSeconds: true })
})
