import fc from 'fast-check';
import { expect, test } from 'vitest';
import { chooseSubnet4, chooseSubnet6, overlaps, usedPrefixes } from '../../../src/launch/subnets.js';

test.each([
  ['10.0.0.0/24', '10.0.0.7', true],
  ['10.0.0.0/24', '10.0.0.0/8', true],
  ['10.0.1.0/24', '10.0.0.0/24', false],
  ['10.0.1.5/16', '10.0.200.0/24', true],
  ['fd00::/64', 'fd00::2', true],
  ['fd00::/64', '10.0.0.0/8', false],
])('%s and %s overlap: %s', (one, other, expected) => {
  expect(overlaps(one, other)).toBe(expected);
  expect(overlaps(other, one)).toBe(expected);
});

test('addresses and routes count as used, default routes do not', () => {
  const used = usedPrefixes({
    links: [
      {
        ifname: 'eth0',
        addr_info: [
          { local: '192.0.2.2', prefixlen: 24 },
          { local: 'fd00::2', prefixlen: 64 },
        ],
      },
    ],
    routes: [{ dst: 'default' }, { dst: '198.18.0.0/16' }, { dst: '10.1.2.3' }, { dst: 'fe80::/64' }],
  });
  expect(used).toEqual(['192.0.2.2/24', 'fd00::2/64', '198.18.0.0/16', '10.1.2.3', 'fe80::/64']);
});

test('the subnet drawn overlaps nothing in use', () => {
  const octet = fc.integer({ min: 0, max: 255 });
  const prefix = fc.tuple(octet, octet, fc.integer({ min: 9, max: 32 }));
  fc.assert(
    fc.property(fc.array(prefix, { maxLength: 8 }), (prefixes) => {
      const used = prefixes.map(([b, c, bits]) => `198.${b}.${c}.0/${bits}`);
      const subnet = chooseSubnet4(used);
      expect(used.filter((taken) => overlaps(subnet, taken))).toEqual([]);
    }),
    { numRuns: 30 },
  );
});

test('a full pool gives way to the next, and both full is an error', () => {
  expect(chooseSubnet4(['198.18.0.0/15'])).toMatch(/^10\.\d+\.\d+\.0\/24$/);
  expect(() => chooseSubnet4(['198.18.0.0/15', '10.0.0.0/8'])).toThrow('no free /24');
});

test('IPv6 subnets are unique local ones', () => {
  expect(chooseSubnet6()).toMatch(/^fd[0-9a-f]{2}:[0-9a-f]{4}:[0-9a-f]{4}:1::\/64$/);
});
