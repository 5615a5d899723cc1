// The calls by which an app takes tickets for connections of its own. They answer, whatever they are given: a mistake in
// the arguments is a result like any other.

import type { TicketGenerationRequest } from '../contract/wire.ts'
import type { TicketRequestResult } from './auth-state.ts'
import type { CallOptions } from './call-options.ts'
import { type CredentialBroker, failed } from './credential-broker.ts'
import { invalidCall } from './credential-errors.ts'
import type { TicketLedger } from './ticket-ledger.ts'
import { fieldsOf, type TicketRequestOptions } from './ticket-request.ts'

export interface TicketCallsDeps {
  broker: Pick<CredentialBroker, 'ticketFor'>
  ledger: Pick<TicketLedger, 'take' | 'buyNew' | 'buyOwn'>
  /** As the service's options have it. */
  usual: TicketGenerationRequest
  signalOf: (options?: CallOptions) => AbortSignal
}

export function createTicketCalls({ broker, ledger, usual, signalOf }: TicketCallsDeps) {
  function get(options?: CallOptions) {
    return broker.ticketFor({ signal: signalOf(options), get: ledger.take, hasOwnFields: false })
  }

  function request(options: TicketRequestOptions = {}) {
    const fields = fieldsOf(options)
    const signal = signalOf({ signal: options.signal })
    if (!fields) return broker.ticketFor({ signal, get: ledger.buyNew, hasOwnFields: false })
    const own = { ...usual, ...fields }
    return broker.ticketFor({ signal, get: (live) => ledger.buyOwn(live, own), hasOwnFields: true })
  }

  return {
    get: (options?: CallOptions) => unlessMistaken(() => get(options)),
    request: (options?: TicketRequestOptions) => unlessMistaken(() => request(options)),
  }
}

function unlessMistaken(call: () => Promise<TicketRequestResult>): Promise<TicketRequestResult> {
  try {
    return call()
  } catch (error) {
    return Promise.resolve(failed(invalidCall(error)))
  }
}
