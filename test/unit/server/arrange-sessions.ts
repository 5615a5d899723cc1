// Live sessions on a virtual clock, over wires that write down what is done to them.

import type { Message } from '../../../src/contract/wire.ts'
import { createMemoryTicketStore } from '../../../src/server/memory-store.ts'
import { createMemoryRevocationChannel } from '../../../src/server/revocation-channel.ts'
import type { ServerEvent } from '../../../src/server/server-events.ts'
import { type Connection, createSessions, type SessionsOptions, type Transport } from '../../../src/server/sessions.ts'
import { AuthTicketManager } from '../../../src/server/ticket-manager.ts'
import type { UpgradeDecision } from '../../../src/server/upgrade-decision.ts'
import { createVirtualClock } from '../../support/virtual-clock.ts'
import { arrangeTickets, HOUR } from './arrange.ts'

type Accepted = Extract<UpgradeDecision, { kind: 'accepted' }>

/** A wire that writes down what is done to it. Its peer answers a close frame at once, unless it is deaf. */
function createWire() {
  const wire = {
    sent: [] as (Message | Uint8Array | string)[],
    closes: [] as [number, string][],
    terminated: 0,
    pings: 0,
    isDeaf: false,
    bufferedAmount: 0,
    closed: (_code: number, _reason: string) => {},
    take: () => wire.sent.splice(0),
  }
  const transport: Transport = {
    send: (data) => void wire.sent.push(typeof data === 'string' && data.startsWith('{') ? JSON.parse(data) : data),
    close(code, reason) {
      wire.closes.push([code, reason])
      if (!wire.isDeaf) wire.closed(code, reason)
    },
    terminate() {
      wire.terminated++
      wire.closed(1006, '')
    },
    ping: () => void wire.pings++,
    get bufferedAmount() {
      return wire.bufferedAmount
    },
  }
  return { wire, transport }
}

export function arrangeSessions(options: Partial<SessionsOptions> = {}) {
  const clock = createVirtualClock()
  const store = createMemoryTicketStore({ clock })
  const revocations = createMemoryRevocationChannel()
  const { watch, tickets, users } = arrangeTickets({ clock, store, revocations })
  /** The same tickets on another server, from which nothing is published. */
  const elsewhere = new AuthTicketManager({ store, clock })
  const told: ServerEvent[] = []
  const sessions = createSessions({ tickets, clock, observe: (event) => told.push(event), ...options })
  const accepted = (changes: Partial<Accepted> = {}): Accepted => ({
    kind: 'accepted',
    identity: { userId: 'alice', issuedAt: clock.wallNow() },
    method: 'ticket',
    subprotocol: 'ticket-socket.v1',
    sessionExpiresAtMs: clock.wallNow() + HOUR,
    afterRevocationMs: null,
    checkedAtMs: clock.now(),
    ...changes,
  })
  function open(changes: Partial<Accepted> = {}, { hasPings = true } = {}) {
    const { wire, transport } = createWire()
    if (!hasPings) delete transport.ping
    const handle = sessions.open(transport, accepted(changes))
    wire.closed = handle.closed
    const connection = sessions.connections().at(-1) as Connection
    const heard = {
      messages: [] as Message[],
      texts: [] as string[],
      binary: [] as Uint8Array[],
      closes: [] as [number, string][],
    }
    connection?.onMessage((message) => heard.messages.push(message))
    connection?.onText((text) => heard.texts.push(text))
    connection?.onBinary((data) => heard.binary.push(data))
    connection?.onClose((code, reason) => heard.closes.push([code, reason]))
    const receive = (frame: unknown) =>
      handle.receive(typeof frame === 'string' || frame instanceof Uint8Array ? frame : JSON.stringify(frame))
    return { wire, handle, connection, heard, receive }
  }
  const ticketFor = async (userId: string, lifeMs = 2 * HOUR) =>
    (
      await tickets.generate({
        userId,
        permissions: ['more'],
        issuedAt: clock.wallNow(),
        expiresAt: clock.wallNow() + lifeMs,
      })
    ).ticket_id
  return { sessions, open, clock, watch, tickets, users, ticketFor, elsewhere, revocations, told }
}
