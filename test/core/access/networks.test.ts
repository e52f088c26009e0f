import { assert, test } from 'vitest';
import { network } from '../../../src/config/values/network.ts';
import { Neighbours } from '../../../src/core/access/neighbours.ts';
import { AccessNetworks, type Policy } from '../../../src/core/access/networks.ts';
import { SimClock } from '../../support/sim-clock.ts';

const networks = (...rules: (readonly [Policy, ...string[]])[]) =>
  new AccessNetworks(rules.map(([policy, ...written]) => ({ policy, network: written.map((text) => network.read(text)) })));

test('the smallest network that holds an address counts, whatever the order of the sections', () => {
  const access = networks(
    ['allow', '192.168.1.7'],
    ['reject', '0.0.0.0/0', '::/0'],
    ['restrict', '192.168.0.0/16', 'fe80::/10'],
    ['decline', '2001:db8:bad::/48'],
  );
  assert.equal(access.of('192.168.1.7'), 'allow');
  assert.equal(access.of('192.168.1.8'), 'restrict');
  assert.equal(access.of('192.0.2.1'), 'reject');
  assert.equal(access.of('2001:db8:bad:1::1'), 'decline');
  assert.equal(access.of('2001:db8:1::1'), 'reject');
  assert.equal(networks(['allow', '192.0.2.0/24']).of('192.0.3.1'), undefined);
  assert.equal(networks(['allow', '192.0.2.0/24'], ['decline', '192.0.2.0/24']).of('192.0.2.1'), 'decline');
});

test('a zone is no part of an address, and IPv4 in IPv6 is IPv4, in sections too (security S31)', () => {
  const access = networks(['restrict', 'fe80::/10'], ['decline', '::ffff:198.51.100.0/120'], ['reject', '192.0.2.0/24']);
  assert.equal(access.of('fe80::1%eth0'), 'restrict');
  assert.equal(access.of('::ffff:192.0.2.9'), 'reject');
  assert.equal(access.of('::FFFF:c000:209'), 'reject');
  assert.equal(access.of('198.51.100.9'), 'decline');
  assert.equal(access.of('::ffff:198.51.100.9'), 'decline');
  assert.equal(access.of('203.0.113.9'), undefined);
  assert.equal(networks(['decline', '::ffff:0:0/96']).of('203.0.113.9'), 'decline');
  assert.equal(networks(['decline', '::/0']).of('192.0.2.9'), undefined);
  assert.equal(access.of('no address'), undefined);
});

test('this machine itself is cut off by no network of many, only by one of its own (security S30)', () => {
  const all = networks(['decline', '0.0.0.0/0', '::/0']);
  for (const host of ['127.0.0.1', '127.9.9.9', '::1', '::ffff:127.0.0.1', '::1%lo'])
    assert.equal(all.of(host), 'loopback', host);
  assert.equal(networks(['restrict', '127.0.0.0/8']).of('127.0.0.1'), 'restrict');
  assert.equal(networks(['decline', '127.0.0.9']).of('127.0.0.9'), 'decline');
});

test('more addresses than are remembered get the same answers', () => {
  const access = networks(['decline', '10.0.0.0/9']);
  for (let i = 0; i < 25_000; i++) assert.equal(access.of(`10.${i >> 7}.${i & 127}.1`), i >> 7 < 128 ? 'decline' : undefined);
});

test('neighbours have a private address of a network that this machine stands in', () => {
  const clock = new SimClock();
  const at = (host: string, prefix: number) => ({ host, family: 4 as const, prefix });
  let interfaces = [at('192.168.7.1', 24), at('203.0.113.5', 24), at('2001:db8::1', 64), at('fd00:1::1', 64)];
  const neighbours = new Neighbours(clock, { interfaces: () => interfaces });
  const cases: readonly (readonly [string, boolean])[] = [
    ['192.168.7.99', true],
    ['::ffff:192.168.7.99', true],
    ['192.168.8.99', false],
    ['203.0.113.9', false],
    ['2001:db8::9', false],
    ['fd00:1::9', true],
    ['fd00:2::9', false],
    ['fe80::9%eth0', true],
    ['169.254.1.1', true],
    ['127.0.0.1', true],
    ['0.0.0.0', false],
    ['what', false],
  ];
  for (const [host, near] of cases) assert.equal(neighbours.has(host), near, host);
  interfaces = [at('192.168.8.1', 24)];
  clock.advance(10_000);
  assert.isTrue(neighbours.has('192.168.8.99'));
  assert.isFalse(neighbours.has('192.168.7.99'));
});
