// From a dialled address to a live session: the handshake on the server's side.

import { CLOSE } from '../contract/close-codes.ts'
import { sizeOf } from '../platform/binary.ts'
import { redact } from '../platform/redact.ts'
import { reportUncaught } from '../platform/system-platform.ts'
import type { SessionHandle, Transport } from '../server/sessions.ts'
import { credentialsOf } from '../server/upgrade-credentials.ts'
import type { AcceptedUpgrade, UpgradeDecision, UpgradeRequest } from '../server/upgrade-decision.ts'
import { appUrlOf } from './app-url.ts'
import type { Dial } from './bindings/in-memory-websocket.ts'
import type { JournalWriter, UpgradeEntry } from './journal.ts'
import { describeUpgrade, outcomeOf, typeOf } from './journal-entries.ts'
import { createLink, type FrameData, type Link } from './link.ts'
import type { ResolvedOptions } from './options.ts'
import { workElsewhere } from './real-time.ts'
import type { RunningScenarios } from './scenario.ts'
import type { MockServer } from './server.ts'

export interface DialerDeps {
  options: ResolvedOptions
  journal: JournalWriter
  scenarios: RunningScenarios
  /** The one of now: a reset replaces it. */
  presentServer(): MockServer
  isSilent(): boolean
}

export interface Dialer {
  dial: Dial
  /** The app's URL of a connection that was accepted. */
  urlOf(transport: Transport): string
  /** Breaks every connection, also those that are being opened. */
  dropAll(): void
  /** The same, without a word to the clients and without a timer left. */
  discardAll(): void
}

/** What Node's and most proxies' servers take of a request's headers. */
const MAX_HEADER_BYTES = 16 * 1024
/** A client that does not answer the close frame of its refusal is dropped after this long. */
const REFUSAL_TIMEOUT_MS = 1_000

export function createDialer({ options, journal, scenarios, presentServer, isSilent }: DialerDeps): Dialer {
  const { clock, latencyMs, maxPayload, wsUrl } = options
  const links = new Map<Link, { stop(): void }>()
  const urls = new WeakMap<Transport, string>()
  let lastConnection = 0

  const dial: Dial = ({ url, protocols }, client) => {
    const link = createLink({ clock, latencyMs, client, isSilent, onGone: () => links.delete(link) })
    const request = { url: url.href, origin: options.pageOrigin, protocols, authorization: null }
    const arrive = () =>
      decide(link, url, request).catch((error) => {
        // A scenario threw. Nobody waits for this promise, and the client must not wait for ever.
        reportUncaught(error)
        link.drop()
      })
    links.set(link, { stop: clock.setTimer(() => void arrive(), latencyMs) })
    return link
  }

  async function decide(link: Link, url: URL, request: UpgradeRequest) {
    if (link.isGone) return
    const server = presentServer()
    const entry = describeUpgrade(server, url, request)
    const decision = await decisionOf(server, link, url, request, entry)
    if (server !== presentServer()) return // a reset broke the link meanwhile
    // The client may have given up meanwhile. Its ticket is spent all the same.
    if (link.isGone) return journal.write({ ...entry, ...outcomeOf(decision) })
    const connection = String(lastConnection + 1)
    journal.write({ ...entry, ...outcomeOf(decision), ...(decision.kind === 'accepted' && { connection }) })
    switch (decision.kind) {
      case 'rejected':
        return link.reject()
      case 'refused':
        return refuse(link, decision)
      case 'accepted':
        lastConnection++
        return open(server, link, url, decision, connection)
      default:
        return decision satisfies never
    }
  }

  async function decisionOf(
    server: MockServer,
    link: Link,
    url: URL,
    request: UpgradeRequest,
    entry: UpgradeEntry,
  ): Promise<UpgradeDecision> {
    if (url.origin !== wsUrl.origin || url.pathname !== wsUrl.pathname) return { kind: 'rejected', status: 404 }
    if (url.href.length + request.protocols.join(', ').length > MAX_HEADER_BYTES)
      return { kind: 'rejected', status: 431 }
    const ticket = credentialsOf(request, true).find((credential) => credential.kind === 'ticket')?.ticket
    const hang = () => {
      journal.write({ ...entry, outcome: 'hangs' })
      return new Promise<never>(() => {})
    }
    const fail = () => {
      journal.write({ ...entry, outcome: 'lost' })
      link.drop()
      return new Promise<never>(() => {})
    }
    return scenarios.upgrade({ request, ticket, hang, fail }, (asked) => workElsewhere(server.authenticate(asked)))
  }

  function refuse(link: Link, { code, reason, subprotocol }: Extract<UpgradeDecision, { kind: 'refused' }>) {
    const stop = clock.setTimer(link.drop, REFUSAL_TIMEOUT_MS)
    links.set(link, { stop })
    link.accept(subprotocol ?? '', { received() {}, closed: stop })
    link.server.close(code, reason)
  }

  function open(server: MockServer, link: Link, url: URL, accepted: AcceptedUpgrade, connection: string) {
    // A connection of a server that a reset has replaced writes no more.
    const write: typeof journal.write = (entry) => server === presentServer() && journal.write(entry)
    const frame = (direction: 'received' | 'sent', data: FrameData) => {
      if (!isSilent()) write({ kind: 'frame', connection, direction, type: typeOf(data) })
    }
    let isTooLarge = false
    let handle: SessionHandle
    link.accept(accepted.subprotocol ?? '', {
      received(data) {
        // Nothing is read any more once a frame was too long.
        isTooLarge ||= sizeOf(data) > maxPayload
        if (isTooLarge) return link.server.close(CLOSE.tooLarge, '')
        frame('received', data)
        handle.receive(data)
      },
      closed(code, reason) {
        write({ kind: 'closed', connection, code, reason: redact(reason) })
        handle.closed(code, reason)
      },
    })
    const transport: Transport = {
      send(data) {
        const copy = typeof data === 'string' ? data : new Uint8Array(data)
        frame('sent', copy)
        link.server.send(copy)
      },
      close: link.server.close,
      terminate: link.drop,
      get bufferedAmount() {
        return link.server.bufferedAmount
      },
    }
    urls.set(transport, appUrlOf(url))
    handle = server.sessions.open(transport, accepted)
  }

  function endAll(end: (link: Link) => void) {
    for (const [link, { stop }] of [...links]) {
      stop()
      end(link)
    }
  }

  return {
    dial,
    urlOf: (transport) => urls.get(transport) ?? '',
    dropAll: () => endAll((link) => link.drop()),
    discardAll: () => endAll((link) => link.discard()),
  }
}
