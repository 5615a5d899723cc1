// What a close code means, by PROTOCOL.md and by what the app says: worked out once more, and not taken from the client.

import type { SeenDial } from './edge.ts'
import type { Setting } from './schedule.ts'

/** After these codes a client comes back, and so the wait that a reason names is meant. */
const COMES_BACK = [
  1001, 1005, 1006, 1009, 1011, 1012, 1013, 3000, 3003, 4001, 4003, 4408, 4411, 4429, 4500, 4503, 4508, 4512,
]
/** After these it stops. */
const STOPS = [1000, 1002, 4400, 4403, 4406, 4409, 4410, 4444]
const MAPPABLE = [1008, 1009, 1011, 1013]

export function closeMeaning(
  code: number,
  { isSpoken }: Pick<SeenDial, 'isSpoken'>,
  { closeCodes }: Setting,
): 'refused' | 'stop' | 'reconnect' | null {
  const isReserved = isSpoken && code >= 4400 && code < 4600
  const said = MAPPABLE.includes(code) || (code >= 3000 && !isReserved) ? closeCodes[code] : undefined
  if (said) return said
  if (STOPS.includes(code)) return 'stop'
  return COMES_BACK.includes(code) ? 'reconnect' : null
}
