// Between the tab and the server: how long things travel, what is lost on the way, and who answers in the server's place.

import { SUBPROTOCOL } from '../../src/contract/wire.ts'
import type { Fetch, SocketConstructor, SocketLike } from '../../src/platform/platform.ts'
import { type Backend, HTTP_URL, type IssuedJwt } from './backend.ts'
import { createBrowserSocket } from './browser-socket.ts'
import { createConditions } from './conditions.ts'
import type { Edge, Judge, SeenDial, SeenRequest } from './edge.ts'
import { type Reply, replyOf, requestOf, textReply } from './http.ts'
import { serveWire } from './serve-wire.ts'
import type { Tab } from './tab.ts'
import { createWire, type Wire } from './wire.ts'

const WELL = {
  extraDelayMs: 0,
  /** Of packets: a lost one is sent again, a second later or more. */
  lossShare: 0,
  /** Nothing arrives either way; TCP sends it again when that is over. */
  isPartitioned: false,
  /** A box on the way answers everything itself. */
  portal: null as null | 'page' | 'status' | 'redirect',
  resolvesNames: true,
  dials: 'well' as 'well' | 'refused' | 'hang',
  /** The server does what was asked, and its answer is lost. */
  losesAnswers: false,
  /** A close frame comes before the messages that were sent before it. */
  closesOvertake: false,
  /** A proxy drops a connection after so much silence, without a word. */
  idleCutMs: null as number | null,
  /** A proxy answers requests for tickets in the server's place. */
  proxy: null as null | { status: number; retryAfter: string | null; isHtml: boolean },
  /** `new WebSocket` throws. */
  constructorThrows: false,
}

export interface NetworkDeps {
  edge: Edge
  tab: Tab
  backend: Backend
  random: () => number
  jwts: ReadonlyMap<string, IssuedJwt>
  tell: (inform: (judge: Judge) => void) => void
}

export function createNetwork({ edge, tab, backend, random, jwts, tell }: NetworkDeps) {
  const { clock, setting } = edge
  const conditions = createConditions({ ...WELL })
  const wires = new Map<Wire, SeenDial>()
  let whenResumed: (() => void)[] = []

  function delayMs(): number {
    const { extraDelayMs, lossShare } = conditions.now
    const resent = lossShare > 0 && random() < lossShare ? 1_000 + 2_000 * random() : 0
    return Math.round(setting.latencyMs * (0.5 + random()) + extraDelayMs * random() + resent)
  }

  const weather = { delayMs, isPartitioned: () => conditions.now.isPartitioned }

  /** Calls back after one way through the network; later, when there is no way. */
  function travel(arrive: () => void) {
    clock.after(delayMs(), () => (conditions.now.isPartitioned ? void whenResumed.push(arrive) : arrive()))
  }

  // ── HTTP ──

  async function answerOf(request: SeenRequest): Promise<Reply> {
    const { portal, proxy } = conditions.now
    if (portal === 'page') return textReply(200, '<h1>Pay for the network</h1>')
    if (portal === 'status') return textReply(511, '<h1>Pay for the network</h1>')
    if (proxy && request.isPurchase) {
      const body = proxy.isHtml ? '<h1>no</h1>' : '{"detail":"no"}'
      return textReply(proxy.status, body, proxy.retryAfter, proxy.isHtml)
    }
    return replyOf(await backend.answer(requestOf(request)), setting.isSpoken)
  }

  const fetch: Fetch = (url, init) => {
    const { authorization } = init.headers as Record<string, string>
    const request: SeenRequest = {
      number: edge.requests.length + 1,
      isPurchase: init.method === 'POST',
      method: init.method ?? 'GET',
      url,
      init,
      jwt: jwts.get(authorization?.replace('Bearer ', '') ?? '') ?? null,
      at: clock.now(),
      tabAt: tab.clock.now(),
      tabWallAt: tab.clock.wallNow(),
      sessionChanges: edge.sessionChanges,
      isOpen: true,
    }
    edge.requests.push(request)
    if (!url.startsWith(`${HTTP_URL}/websocket/`)) edge.violate('origin', `asked ${url.slice(0, 60)}`)
    tell((judge) => judge.requested?.(request))
    const signal = init.signal as AbortSignal
    return new Promise<Response>((resolve, reject) => {
      const fail = (error: unknown) => {
        request.isOpen = false
        reject(error)
      }
      signal.addEventListener('abort', () => fail(signal.reason))
      const hand = (reply: Reply | null) =>
        tab.whenAwake(() => {
          if (signal.aborted) return
          tell((judge) => judge.answered?.(request, reply))
          request.isOpen = false
          if (reply) resolve(reply as unknown as Response)
          else reject(new TypeError(`fetch failed for Bearer ${request.jwt?.value}`))
        })
      travel(() => {
        // Whoever has left does not send again what a partition has held.
        if (signal.aborted) return
        const { resolvesNames, portal } = conditions.now
        if (!resolvesNames || portal === 'redirect' || !(backend.conditions.now.isUp || portal)) return hand(null)
        void answerOf(request).then((reply) => {
          if (!conditions.now.losesAnswers) travel(() => hand(reply))
        })
      })
    })
  }

  // ── WebSocket ──

  function seenDial(url: URL, protocols: readonly string[]): SeenDial {
    const ticket = url.searchParams.get('ticket')
    const jwt = [...jwts.values()].find(({ entry }) => protocols.includes(entry)) ?? null
    return {
      number: edge.dials.length + 1,
      url,
      protocols,
      method: ticket !== null ? 'ticket' : jwt ? 'jwt' : 'none',
      ticket,
      jwt,
      at: clock.now(),
      sessionChanges: edge.sessionChanges,
      isOnline: tab.isOnline,
      state: 'connecting',
      openedAt: null,
      isConfirmed: false,
      // A ticket is dialled without its subprotocol once after two lost dials (PR-49).
      isSpoken: setting.isSpoken && protocols.includes(SUBPROTOCOL),
      user: null,
      heardAt: clock.now(),
    }
  }

  function dial(address: string, protocols: readonly string[]): SocketLike {
    if (conditions.now.constructorThrows) throw new DOMException(`bad ${address}`, 'SyntaxError')
    const seen = seenDial(new URL(address), protocols)
    edge.dials.push(seen)
    tell((judge) => judge.dialled?.(seen))
    const { socket, end, attach } = createBrowserSocket({
      seen,
      whenAwake: tab.whenAwake,
      after: (ms, task) => void clock.after(ms, () => tab.whenAwake(task)),
      onOpened() {
        seen.state = 'open'
        seen.openedAt = seen.heardAt = clock.now()
        tell((judge) => judge.opened?.(seen))
      },
      onHeard(data) {
        seen.heardAt = clock.now()
        tell((judge) => judge.heard?.(seen, data))
      },
      onSaid: (data) => tell((judge) => judge.said?.(seen, data)),
      onLeft: (code, reason) => tell((judge) => judge.left?.(seen, code, reason)),
      onClosed: (code, reason) => tell((judge) => judge.closed?.(seen, code, reason)),
    })
    const server = serveWire({ edge, backend, seen, closesOvertake: () => conditions.now.closesOvertake })
    const wire = createWire(clock, weather, end, server.end)
    attach(wire)
    server.attach(wire)
    wires.set(wire, seen)
    const { dials, portal, resolvesNames } = conditions.now
    if (dials === 'hang') wire.cut('both')
    if (dials === 'refused' || portal || !resolvesNames || !backend.conditions.now.isUp) wire.reset()
    wire.toServer({ kind: 'request' })
    return socket
  }

  class WebSocket {
    constructor(url: string, protocols: string | string[] = []) {
      // biome-ignore lint/correctness/noConstructorReturn: whoever says `new` gets the socket, as a browser's page does
      return dial(url, [protocols].flat())
    }
  }

  /** A proxy's watch over silent connections. */
  function watchIdle() {
    const { idleCutMs } = conditions.now
    if (idleCutMs === null) return
    for (const wire of liveWires()) if (clock.now() - wire.lastTrafficAt > idleCutMs) wire.cut('both')
    clock.after(1_000, watchIdle)
  }

  function liveWires(): Wire[] {
    for (const [wire, { state }] of wires) if (state === 'closed') wires.delete(wire)
    return [...wires.keys()]
  }

  return {
    conditions,
    fetch,
    WebSocket: WebSocket as unknown as SocketConstructor,
    liveWires,
    dialOf: (wire: Wire) => wires.get(wire),
    wireOf: (dial: SeenDial) => [...wires].find(([, seen]) => seen === dial)?.[0],
    watchIdle,
    /** What a partition held is sent again. */
    resume() {
      if (conditions.now.isPartitioned) return
      const held = whenResumed
      whenResumed = []
      for (const arrive of held) travel(arrive)
      for (const wire of liveWires()) wire.resume()
    },
  }
}
