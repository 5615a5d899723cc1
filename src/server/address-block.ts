// Whom a limit per address counts. Nothing here looks anything up.

const MAPPED_IPV4 = /^(?:::ffff:)(\d+\.\d+\.\d+\.\d+)$/i
const GROUPS = 8
/** The first half of an IPv6 address names a network; who has one has all 2^64 addresses in it. */
const NETWORK_GROUPS = 4

/** The address itself, or the /64 of an IPv6 address: otherwise one host would have more buckets than can be counted. */
export function addressBlock(address: string): string {
  const [plain = ''] = address.split('%') // without the zone
  const [, ipv4] = MAPPED_IPV4.exec(plain) ?? []
  if (ipv4) return ipv4
  if (!plain.includes(':')) return plain
  const [before = [], after] = plain.split('::').map((part) => (part === '' ? [] : part.split(':')))
  const missing = after ? Math.max(0, GROUPS - before.length - after.length) : 0
  const groups = [...before, ...Array<string>(missing).fill('0'), ...(after ?? [])]
  const network = groups.slice(0, NETWORK_GROUPS).map((group) => group.toLowerCase().replace(/^0+(?=.)/, ''))
  return `${network.join(':')}::/64`
}
