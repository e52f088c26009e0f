import { assert, test } from 'vitest';
import { reachable } from '../../../src/core/proxy/may-reach.ts';

const FACTS = {
  isProvider: (host: string) => host === '192.0.2.201' || host === '2001:db8::201',
  transport: { isHere: (host: string) => host === '203.0.113.1' },
};
const USER = { pinned: false, trusted: true, named: false };
const reaches = (host: string, named = false) =>
  reachable([{ transport: 'udp', host, port: 5060, domain: '' }], { ...USER, named }, FACTS).hops.length > 0;

test('a user reaches the internet and his neighbours, and where clouds keep their secrets in no spelling (security S21)', () => {
  for (const host of ['198.51.100.1', '2001:db8::1', '192.168.1.9', 'fd00::9', '169.254.1.1', 'fe80::1'])
    assert.equal(reaches(host), true, host);
  const secret = ['169.254.169.254', '169.254.170.2', '100.100.100.200', 'fd00:ec2::254', 'fd20:ce::254'];
  for (const host of [...secret, '::ffff:169.254.169.254', '::ffff:a9fe:a9fe', 'fd00:0ec2:0::254', 'FD20:CE:0::254'])
    assert.equal(reaches(host), false, host);
  for (const host of ['127.0.0.1', '::1', '0.0.0.0', '224.0.0.1']) assert.equal(reaches(host), false, host);
});

test.each([
  ['192.0.2.202', true, true],
  ['64:ff9b::c000:2ca', true, true],
  ['192.0.2.201', false, false],
  ['2001:db8::201', false, false],
  ['::ffff:c000:2c9', false, false],
  ['64:ff9b::c000:2c9', false, false],
  ['64:ff9b:1::c000:2c9', false, false],
  ['64:ff9b:1::c000:2ca', true, true],
  ['::c000:2c9', false, false],
  ['203.0.113.1', true, false],
  ['64:ff9b::cb00:7101', true, false],
  ['100.100.100.201', true, true],
  ['100.100.100.200', false, false],
  ['64:ff9b::6464:64c8', false, false],
  ['64:ff9b:1:fffe::6464:64c8', false, false],
  ['2001:db8::201%1', false, false],
  ['2001:db8::202%1', true, true],
  ['fd00:ec2::254%eth0', false, false],
])(
  'a user who dials %s, or a name that leads there, reaches what he would by its usual writing (security S1, S21, S31)',
  (host, dialed, named) => {
    assert.deepEqual([reaches(host), reaches(host, true)], [dialed, named]);
  },
);

test('a stranger aims us at no address of this machine, public as it may be (security S21)', () => {
  const stranger = { ...USER, trusted: false };
  const hops = ['203.0.113.1', '64:ff9b::cb00:7101', '198.51.100.1'].map((host) => ({
    transport: 'udp' as const,
    host,
    port: 5062,
    domain: '',
  }));
  assert.deepEqual(
    reachable(hops, stranger, FACTS).hops.map(({ host }) => host),
    ['198.51.100.1'],
  );
});
