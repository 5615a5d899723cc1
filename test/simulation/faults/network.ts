// What a network does.

import { fault, newestDial } from './fault.ts'

export const NETWORK_FAULTS = {
  latency: fault(
    (dice) => dice.pick(500, 3_000, 8_000),
    ({ network }, extraDelayMs) => network.conditions.impose({ extraDelayMs }),
  ),
  loss: fault(
    (dice) => dice.pick(0.1, 0.4),
    ({ network }, lossShare) => network.conditions.impose({ lossShare }),
  ),
  'half-open': fault(
    (dice) => dice.pick<'up' | 'down' | 'both'>('up', 'down', 'both', 'both'),
    (world, lanes) => {
      const dial = newestDial(world)
      if (dial) world.network.wireOf(dial)?.cut(lanes)
      return undefined
    },
  ),
  reset: fault(
    () => null,
    ({ network }) => {
      for (const wire of network.liveWires()) wire.reset()
      return undefined
    },
  ),
  partition: fault(
    () => null,
    ({ network }) => {
      const end = network.conditions.impose({ isPartitioned: true })
      return () => {
        end()
        network.resume()
      }
    },
  ),
  'captive portal': fault(
    (dice) => ({
      portal: dice.pick<'page' | 'status' | 'redirect'>('page', 'status', 'redirect'),
      cuts: dice.chance(0.7),
    }),
    ({ network }, { portal, cuts }) => {
      if (cuts) for (const wire of network.liveWires()) wire.cut('both')
      return network.conditions.impose({ portal })
    },
  ),
  'no names': fault(
    () => null,
    ({ network }) => network.conditions.impose({ resolvesNames: false }),
  ),
  'dials refused': fault(
    () => null,
    ({ network }) => network.conditions.impose({ dials: 'refused' }),
  ),
  'dials hang': fault(
    () => null,
    ({ network }) => network.conditions.impose({ dials: 'hang' }),
  ),
  'lost answers': fault(
    () => null,
    ({ network }) => network.conditions.impose({ losesAnswers: true }),
  ),
  'close before message': fault(
    () => null,
    ({ network }) => network.conditions.impose({ closesOvertake: true }),
  ),
  'idle cut': fault(
    (dice) => dice.pick(8_000, 30_000),
    ({ network }, idleCutMs) => {
      const end = network.conditions.impose({ idleCutMs })
      network.watchIdle()
      return end
    },
  ),
  'proxy answers': fault(
    (dice) => ({
      status: dice.pick(400, 403, 404, 408, 422, 429, 429, 500, 501, 502, 503, 503, 504),
      retryAfter: dice.pick(null, null, '1', '8', '30', '120'),
      isHtml: dice.chance(0.3),
    }),
    ({ network }, proxy) =>
      network.conditions.impose({
        proxy: { ...proxy, retryAfter: [408, 429, 503].includes(proxy.status) ? proxy.retryAfter : null },
      }),
  ),
  'constructor throws': fault(
    () => null,
    ({ network }) => network.conditions.impose({ constructorThrows: true }),
  ),
}
