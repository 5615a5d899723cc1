// The server's end of a wire: decides about the upgrade, then carries frames between the wire and the session.

import type { SessionHandle, Transport } from '../../src/server/sessions.ts'
import type { User } from '../support/canaries.ts'
import type { Backend } from './backend.ts'
import type { Edge, SeenDial } from './edge.ts'
import type { Packet, Wire, WireEnd } from './wire.ts'

export interface ServeDeps {
  edge: Edge
  backend: Backend
  seen: SeenDial
  closesOvertake: () => boolean
}

export const dialOf = new WeakMap<Transport, SeenDial>()

export function serveWire({ edge, backend, seen, closesOvertake }: ServeDeps): {
  end: WireEnd
  attach(wire: Wire): void
} {
  let wire: Wire
  let handle: SessionHandle | null = null
  let isGone = false
  let closeSent = false

  function close(code: number, reason: string, overtakes = false) {
    if (closeSent) return
    closeSent = true
    wire.toClient({ kind: 'close', code, reason }, overtakes)
  }

  function gone(code: number, reason: string) {
    if (isGone) return
    isGone = true
    handle?.closed(code, reason)
  }

  async function upgrade() {
    if (!backend.conditions.now.isUp) return wire.reset()
    const { decision, open } = await backend.upgrade(seen.url, seen.protocols)
    // The client may have given up meanwhile. Its ticket is spent all the same.
    if (isGone) return
    if (decision.kind === 'rejected') return wire.reset()
    if (decision.subprotocol !== undefined && /CANARY|^jwt\./.test(decision.subprotocol))
      edge.violate('echo', 'a server selects a credential as subprotocol')
    wire.toClient({ kind: 'opened', protocol: decision.subprotocol ?? '' })
    if (decision.kind === 'refused') return refuse(decision.code, decision.reason)
    seen.user = (decision.identity?.userId ?? null) as User | null
    const transport: Transport = {
      send(data) {
        if (!backend.conditions.now.isMute) wire.toClient({ kind: 'data', data: told(data) })
      },
      close: (code, reason) => close(code, reason, closesOvertake()),
      terminate() {
        wire.reset()
        gone(1006, '')
      },
      ping() {},
      get bufferedAmount() {
        return wire.bytesDown
      },
    }
    dialOf.set(transport, seen)
    handle = open(transport, decision)
  }

  function refuse(code: number, reason: string) {
    const { plainRefusal } = edge.setting
    if (plainRefusal === null) return close(code, reason)
    const repeated = plainRefusal.repeatsCredential ? ` ${seen.ticket ?? seen.jwt?.value ?? ''}` : ''
    // Not in the frame: where that comes late, it is a message to the app as the server sent it.
    wire.toClient({ kind: 'data', data: '{"type":"error","message":"refused"}' })
    close(plainRefusal.code, `refused${repeated}`.slice(0, 120))
  }

  function told(data: string | Uint8Array): string | Uint8Array {
    const isFirst = typeof data === 'string' && data.startsWith('{"type":"ts:connection_established"')
    if (!isFirst || !backend.conditions.now.namesAnotherUser) return data
    edge.isDeceived = true
    return data.replace(/"user_id":"[^"]*"/, '"user_id":"mallory"')
  }

  function receive(packet: Packet) {
    switch (packet.kind) {
      case 'request':
        return void upgrade()
      case 'opened':
        return
      case 'data':
        return handle?.receive(packet.data)
      case 'close':
        close(packet.code, packet.reason)
        return gone(packet.code, packet.reason)
    }
  }

  return {
    end: { arrived: receive, reset: () => gone(1006, '') },
    attach(attached) {
      wire = attached
    },
  }
}
