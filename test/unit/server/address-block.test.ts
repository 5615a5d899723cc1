import { isIP } from 'node:net'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { addressBlock, addressIn, siteOf } from '../../../src/server/address-block.ts'

test.each([
  ['192.0.2.1', '192.0.2.1', null],
  ['::ffff:192.0.2.1', '192.0.2.1', null],
  ['::FFFF:c000:0201', '192.0.2.1', null],
  ['0:0:0:0:0:ffff:192.0.2.1', '192.0.2.1', null],
  ['192.0.2.1:4711', '192.0.2.1', null],
  [' 192.0.2.1 ', '192.0.2.1', null],
  ['"192.0.2.1:4711"', '192.0.2.1', null],
  ['[::ffff:192.0.2.1]:4711', '192.0.2.1', null],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64', '2001:db8:1::/48'],
  ['2001:DB8:0001:2::6', '2001:db8:1:2::/64', '2001:db8:1::/48'],
  ['[2001:db8:1:2::6]:4711', '2001:db8:1:2::/64', '2001:db8:1::/48'],
  ['[2001:db8:1:2::6]', '2001:db8:1:2::/64', '2001:db8:1::/48'],
  ['"[2001:db8:1:2::6]:4711"', '2001:db8:1:2::/64', '2001:db8:1::/48'],
  ['2001:db8::6', '2001:db8:0:0::/64', '2001:db8:0::/48'],
  ['64:ff9b::192.0.2.1', '64:ff9b:0:0::/64', '64:ff9b:0::/48'],
  ['::1', '0:0:0:0::/64', '0:0:0::/48'],
  ['::', '0:0:0:0::/64', '0:0:0::/48'],
  ['fe80::1%eth0', 'fe80:0:0:0::/64', 'fe80:0:0::/48'],
  ['[fe80::1%25eth0]:80', 'fe80:0:0:0::/64', 'fe80:0:0::/48'],
  ['1::', '1:0:0:0::/64', '1:0:0::/48'],
  ['unknown', 'unknown', null],
  ['', '', null],
  ['x'.repeat(10_000), 'x'.repeat(64), null],
])('the address %j counts as %j, and in %j', (address, block, site) => {
  expect([addressBlock(address), siteOf(address)]).toEqual([block, site])
})

test.each([
  '',
  ' ',
  'unknown',
  '_hidden',
  '192.0.2.1, 198.51.100.1',
  '192.0.2',
  '192.0.2.256',
  '192.0.2.01',
  '192.0.2.1:',
  '192.0.2.1:port',
  '[192.0.2.1]:80',
  '2001:db8::1::2',
  '1:2:3:4:5:6:7',
  '1:2:3:4:5:6:7:8:9',
  '1:2:3:4:5:6:7::8',
  '12345::',
  'g::',
  ':::',
  '[2001:db8::1',
  '[2001:db8::1]x',
  'for=192.0.2.1',
  undefined,
  null,
  ['192.0.2.1'],
  7,
])('%j is no address', (value) => {
  expect(addressIn(value)).toBeNull()
})

test('an address is one exactly where Node’s parser accepts it', async () => {
  const text = fc.oneof(
    fc.ipV4(),
    fc.ipV6(),
    fc.string({ unit: fc.constantFrom(...'0123456789abcf:.'), maxLength: 40 }),
    fc
      .tuple(fc.ipV6(), fc.nat(40), fc.constantFrom(':', '0', '.', '::'))
      .map(([ip, at, put]) => ip.slice(0, at) + put + ip.slice(at)),
  )
  await fc.assert(
    fc.property(text, (candidate) => {
      // With a port it is one, too: that is our own rule.
      fc.pre(!/^[\d.]+:\d+$/.test(candidate))
      expect([candidate, addressIn(candidate) !== null]).toEqual([candidate, isIP(candidate) !== 0])
    }),
    { numRuns: 3_000 },
  )
})
