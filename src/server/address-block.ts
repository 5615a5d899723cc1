// The address that a limit counts. Nothing here looks anything up.

const GROUPS = 8
/** The first half of an IPv6 address names a network. Its owner has all 2^64 addresses in it. */
const NETWORK_GROUPS = 4
/** Providers hand out /56 and /48: 256 or 65,536 of these networks to one customer. */
const SITE_GROUPS = 3
/** How many times a limit a whole /48 has, which may also be a provider's many customers. */
export const TIMES_PER_SITE = 16
/** A name that is no address is counted by its first characters: as many as an address has. */
const LONGEST_NAME = 64

const IPV4 = /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?!$)|$)){4}$/

/** The eight groups of an IPv6 address in their shortest form, or `null`. */
function groupsOf(text: string): string[] | null {
  const [, head = '', ipv4] = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(text) ?? []
  if (ipv4 !== undefined) {
    if (!IPV4.test(ipv4)) return null
    const [a = 0, b = 0, c = 0, d = 0] = ipv4.split('.').map(Number)
    return groupsOf(`${head}${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`)
  }
  const [before = [], after, ...more] = text.split('::').map((part) => (part === '' ? [] : part.split(':')))
  const given = before.length + (after?.length ?? 0)
  const missing = GROUPS - given
  if (more.length > 0 || (after ? missing < 1 : missing !== 0)) return null
  const groups = [...before, ...Array<string>(missing).fill('0'), ...(after ?? [])]
  if (!groups.every((group) => /^[\da-f]{1,4}$/i.test(group))) return null
  return groups.map((group) => group.toLowerCase().replace(/^0+(?=.)/, ''))
}

/** The IPv4 address that an IPv6 one stands for (`::ffff:192.0.2.1`), or `null`. */
function mappedIpv4(groups: readonly string[]): string | null {
  if (groups.slice(0, 6).join(':') !== '0:0:0:0:0:ffff') return null
  return groups
    .slice(6)
    .map((group) => Number.parseInt(group, 16))
    .flatMap((pair) => [pair >> 8, pair & 0xff])
    .join('.')
}

/**
 * The address alone, of what a proxy writes: without blanks, quotes, a port, brackets or a zone. `null` for anything else, a list
 * of addresses included.
 */
export function addressIn(text: unknown): string | null {
  if (typeof text !== 'string') return null
  const bare = text.trim().replace(/^"(.*)"$/, '$1')
  const [, inBrackets] = /^\[([^\]]*)\](?::\d{1,5})?$/.exec(bare) ?? []
  const [, beforePort] = /^([\d.]+):\d{1,5}$/.exec(bare) ?? []
  const [address = ''] = (inBrackets ?? beforePort ?? bare).split('%')
  if (inBrackets === undefined && IPV4.test(address)) return address
  const groups = groupsOf(address)
  return groups && (mappedIpv4(groups) ?? address.toLowerCase())
}

/** Of an IPv6 address its /64: otherwise one host would have more buckets than can be counted. Of any other the address itself. */
export function addressBlock(text: string): string {
  const address = addressIn(text)
  if (address === null) return text.trim().slice(0, LONGEST_NAME)
  const groups = groupsOf(address)
  return groups ? `${groups.slice(0, NETWORK_GROUPS).join(':')}::/64` : address
}

/** The /48 of an IPv6 address; `null` for any other. */
export function siteOf(text: string): string | null {
  const groups = groupsOf(addressIn(text) ?? '')
  return groups && `${groups.slice(0, SITE_GROUPS).join(':')}::/48`
}
