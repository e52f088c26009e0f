import type { NetworkInterfaceInfo } from 'node:os';
import { expect, test } from 'vitest';
import { addressesOf, passingIn } from '../../src/runtime/node/network.ts';

const at = (cidr: string) => {
  const address = cidr.split('/')[0]!;
  return {
    address,
    family: address.includes(':') ? 'IPv6' : 'IPv4',
    cidr,
    scopeid: /^fe80/.test(address) ? 3 : 0,
  } as NetworkInterfaceInfo;
};

test('addresses that are temporary, or deprecated with an end, are known for that and come last (RFC 8981, RFC 4862 §5.5.4)', () => {
  // The newest first, as the kernel tells them.
  const eth0 = [
    '2001:db8:2::10/64',
    '2001:db8:1:0:c073:14b:b09d:fab4/64',
    '2001:db8:3::10/64',
    '2001:db8:1::10/64',
    'fe80::3442:4aff:fec5:3132/64',
  ];
  const found = { lo: [at('127.0.0.1/8'), at('::1/128')], eth0: eth0.map(at) };
  const inet6 = [
    'fe8000000000000034424afffec53132 02 40 20 80     eth0',
    '00000000000000000000000000000001 01 80 10 80       lo',
    '20010db8000100000000000000000010 02 40 00 00     eth0',
    '20010db800010000c073014bb09dfab4 02 40 00 01     eth0',
    '20010db8000200000000000000000010 02 40 00 20     eth0',
    // Written down for good, so that others call there and nothing leaves from it.
    '20010db8000300000000000000000010 02 40 00 a0     eth0',
    '',
  ].join('\n');
  expect(addressesOf(found, passingIn(inet6))).toEqual([
    { host: '127.0.0.1', family: 4, prefix: 8 },
    { host: '::1', family: 6, prefix: 128 },
    { host: '2001:db8:3::10', family: 6, prefix: 64 },
    { host: '2001:db8:1::10', family: 6, prefix: 64 },
    { host: 'fe80::3442:4aff:fec5:3132%eth0', family: 6, prefix: 64, link: 3 },
    { host: '2001:db8:2::10', family: 6, prefix: 64, passing: true },
    { host: '2001:db8:1:0:c073:14b:b09d:fab4', family: 6, prefix: 64, passing: true },
  ]);
  expect(addressesOf(found, new Set()).map(({ passing }) => passing)).not.toContain(true);
});
