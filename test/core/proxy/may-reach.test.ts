import { assert, test } from 'vitest';
import { reachable } from '../../../src/core/proxy/may-reach.ts';

const FACTS = {
  isProvider: (host: string) => host === '203.0.113.7',
  transport: { isHere: (host: string) => host === '192.168.1.1' },
};
const USER = { pinned: false, trusted: true, named: false };

test('a user reaches the internet and his neighbours, and where clouds keep their secrets in no spelling (security S21)', () => {
  const reaches = (host: string) => reachable([{ transport: 'udp', host, port: 5060, domain: '' }], USER, FACTS).hops.length > 0;
  for (const host of ['198.51.100.1', '2001:db8::1', '192.168.1.9', 'fd00::9', '169.254.1.1', 'fe80::1'])
    assert.equal(reaches(host), true, host);
  const secret = ['169.254.169.254', '169.254.170.2', '100.100.100.200', 'fd00:ec2::254', 'fd20:ce::254'];
  for (const host of [...secret, '::ffff:169.254.169.254', '::ffff:a9fe:a9fe', 'fd00:0ec2:0::254', 'FD20:CE:0::254'])
    assert.equal(reaches(host), false, host);
  for (const host of ['127.0.0.1', '::1', '0.0.0.0', '224.0.0.1', '203.0.113.7']) assert.equal(reaches(host), false, host);
});
