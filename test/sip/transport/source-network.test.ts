import { assert, test } from 'vitest';
import { sourceNetwork } from '../../../src/sip/transport/source-network.ts';

test('an IPv6 source is its /64, an IPv4 address written as IPv6 is itself (security S4, S31)', () => {
  assert.equal(sourceNetwork('192.0.2.9'), '192.0.2.9');
  assert.equal(sourceNetwork('::ffff:192.0.2.9'), '192.0.2.9');
  assert.equal(sourceNetwork('2001:db8:1:2:3:4:5:6'), '2001:db8:1:2::/64');
  assert.equal(sourceNetwork('2001:db8:1:2::9'), '2001:db8:1:2::/64');
  assert.equal(sourceNetwork('2001:db8::9'), '2001:db8:0:0::/64');
  assert.equal(sourceNetwork('::1'), '0:0:0:0::/64');
  assert.equal(sourceNetwork('fe80::1%eth0'), 'fe80::1%eth0');
});
