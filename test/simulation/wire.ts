// One connection as TCP carries it: two lanes, each in order, each as slow as the network is at the moment. Either lane
// may go dead without a word, and both ends may be told that it is reset.

import type { FastClock } from '../support/fast-clock.ts'

export type Packet =
  | { kind: 'request' }
  | { kind: 'opened'; protocol: string }
  | { kind: 'data'; data: string | Uint8Array }
  | { kind: 'close'; code: number; reason: string }

export interface WireEnd {
  arrived(packet: Packet): void
  /** It is gone, without a close frame. */
  reset(): void
}

export interface Weather {
  /** How long the next packet travels. */
  delayMs(): number
  isPartitioned(): boolean
}

export interface Wire {
  /** `overtakes`: it comes before what is under way. */
  toServer(packet: Packet): void
  toClient(packet: Packet, overtakes?: boolean): void
  /** From now on nothing arrives there, and nobody is told. */
  cut(lanes: 'up' | 'down' | 'both'): void
  /** Both ends are told, as far as anything still arrives there. */
  reset(): void
  /** Both ends are told, whatever arrives: in the end every system gives a dead connection up. */
  expire(): void
  /** A partition is over: what was held is sent again. */
  resume(): void
  readonly isWhole: boolean
  readonly bytesUp: number
  readonly bytesDown: number
  /** When a packet last went either way. */
  readonly lastTrafficAt: number
}

const sizeOf = (packet: Packet) => (packet.kind === 'data' ? packet.data.length : 0)

export function createWire(clock: FastClock, weather: Weather, client: WireEnd, server: WireEnd): Wire {
  let lastTrafficAt = clock.now()
  let isReset = false
  const up = createLane(server)
  const down = createLane(client)

  function createLane(end: WireEnd) {
    let lastAt = 0
    let stalled: Packet[] = []
    const lane = {
      isCut: false,
      isToldOfEnd: false,
      bytes: 0,
      push(packet: Packet, overtakes = false) {
        lastTrafficAt = clock.now()
        lane.bytes += sizeOf(packet)
        travel(packet, overtakes)
      },
      resume() {
        const held = stalled
        stalled = []
        for (const packet of held) travel(packet, false)
      },
      end,
    }
    function travel(packet: Packet, overtakes: boolean) {
      const at = overtakes ? clock.now() : Math.max(lastAt, clock.now() + weather.delayMs())
      lastAt = Math.max(lastAt, at)
      clock.after(at - clock.now(), () => arrive(packet))
    }
    function arrive(packet: Packet) {
      if (lane.isCut || isReset) return
      if (weather.isPartitioned() || stalled.length > 0) return void stalled.push(packet)
      lane.bytes -= sizeOf(packet)
      end.arrived(packet)
    }
    return lane
  }

  function tell(lanes: (typeof up)[]) {
    for (const lane of lanes) {
      if (lane.isToldOfEnd) continue
      lane.isToldOfEnd = true
      clock.after(0, () => lane.end.reset())
    }
  }

  return {
    toServer: (packet) => up.push(packet),
    toClient: (packet, overtakes) => down.push(packet, overtakes),
    cut(lanes) {
      if (lanes !== 'down') up.isCut = true
      if (lanes !== 'up') down.isCut = true
    },
    reset() {
      isReset = true
      tell([up, down].filter(({ isCut }) => !isCut))
    },
    expire() {
      isReset = true
      tell([up, down])
    },
    resume() {
      up.resume()
      down.resume()
    },
    get isWhole() {
      return !up.isCut && !down.isCut && !isReset
    },
    get bytesUp() {
      return up.bytes
    },
    get bytesDown() {
      return down.bytes
    },
    get lastTrafficAt() {
      return lastTrafficAt
    },
  }
}
