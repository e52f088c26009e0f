import { expect, test } from 'vitest';
import { addressClass, isPublicOrBeside, literal } from '../../../src/sip/locate/address-class.ts';

test.each([
  ['8.8.8.8', 'public'],
  ['2a00:1450:4001::1', 'public'],
  ['192.0.2.1', 'public'], // what books and tests call a stranger
  ['2001:db8::1', 'public'],
  ['10.0.0.1', 'private'],
  ['172.31.255.255', 'private'],
  ['172.32.0.1', 'public'],
  ['192.168.1.1', 'private'],
  ['100.64.0.1', 'private'],
  ['100.100.100.200', 'private'],
  ['fc00::1', 'private'],
  ['fd00:ec2::254', 'private'],
  ['fec0::1', 'private'],
  ['127.0.0.1', 'loopback'],
  ['127.255.255.254', 'loopback'],
  ['::1', 'loopback'],
  ['169.254.169.254', 'link-local'],
  ['fe80::1', 'link-local'],
  ['fe80::1%eth0', 'link-local'],
  ['fe80::1%br-lan', 'link-local'],
  ['0.0.0.0', 'unspecified'],
  ['0.1.2.3', 'unspecified'],
  ['::', 'unspecified'],
  ['224.0.1.75', 'multicast'],
  ['ff02::1', 'multicast'],
  ['255.255.255.255', 'broadcast'],
  ['240.0.0.1', 'reserved'],
  ['192.0.0.192', 'reserved'],
  ['198.18.0.1', 'reserved'],
  ['100::1', 'reserved'],
  ['2001::1', 'reserved'], // Teredo
  // IPv4 within IPv6
  ['::ffff:127.0.0.1', 'loopback'],
  ['::ffff:7f00:1', 'loopback'],
  ['::ffff:10.0.0.1', 'private'],
  ['::ffff:8.8.8.8', 'public'],
  ['::ffff:0:127.0.0.1', 'loopback'],
  ['::127.0.0.1', 'loopback'],
  ['64:ff9b::10.0.0.1', 'private'],
  ['64:ff9b::169.254.169.254', 'link-local'],
  ['64:ff9b::8.8.8.8', 'public'],
  ['64:ff9b:1::8.8.8.8', 'private'],
  ['2002:7f00:1::1', 'loopback'],
  ['2002:c0a8:101::1', 'private'],
  ['2002:808:808::1', 'reserved'],
])('S21, D25: %s is %s', (address, expected) => {
  expect(addressClass(address)).toBe(expected);
});

test.each([
  '',
  'd.test',
  '127.1',
  '0177.0.0.1',
  '0x7f.0.0.1',
  '2130706433',
  '1.2.3.4.5',
  '[::1]',
  '::1::',
  '::ffff:300.1.1.1',
  ' 127.0.0.1',
  'fe80::1%',
  'fe80::1%a/b',
])('%j is no address', (text) => {
  expect([addressClass(text), literal(text)]).toEqual([undefined, undefined]);
});

test('a literal is written one way', () => {
  expect(literal('2001:DB8:0:0::1')).toBe('2001:db8::1');
  expect(literal('::FFFF:192.0.2.1')).toBe('192.0.2.1');
  expect(['fe80::1%eth0', 'fe80::1%br-lan', 'fe80::1%eth0.100'].map(literal)).toEqual([
    'fe80::1%eth0',
    'fe80::1%br-lan',
    'fe80::1%eth0.100',
  ]);
  // The zone of any other address is heard by nobody (RFC 4007 §11).
  expect(['2001:db8::1%eth0', '2001:db8::1%25eth0', '2001:DB8::1%7'].map(literal)).toEqual(Array(3).fill('2001:db8::1'));
  expect(['fd00::1%eth0', '::1%lo', '::ffff:192.0.2.1%eth0'].map(literal)).toEqual(['fd00::1', '::1', '192.0.2.1']);
  expect(literal('192.0.2.1')).toBe('192.0.2.1');
});

test.each([
  ['8.8.8.8', undefined, true],
  ['8.8.8.8', '10.0.0.1', true],
  ['10.0.0.2', '10.0.0.1', true],
  ['10.0.0.2', 'fd00::1', true],
  ['10.0.0.2', '8.8.8.8', false],
  ['10.0.0.2', undefined, false],
  ['127.0.0.1', '10.0.0.1', false],
  ['169.254.169.254', '192.168.1.1', false],
  ['example.com', undefined, false],
  ['example.com', 'example.com', false],
])('%s beside %s may be sent to: %s', (host, beside, may) => {
  expect(isPublicOrBeside(host, beside)).toBe(may);
});
