import { assert, test } from 'vitest';
import { Domains } from '../../../src/core/routing/domains.ts';

const home = { name: 'Home.example', inbound: 'anonymous', register: 'authenticated', outbound: 'authenticated' } as const;
const open = { name: 'open.example', inbound: 'anonymous', register: 'anonymous', outbound: 'authenticated' } as const;
const domains = new Domains({
  home,
  written: [open],
  hostNames: ['localhost', 'Desk', 'desk.local'],
  points: [
    { host: '10.0.0.1', port: 5060 },
    { host: '10.0.0.1', port: 5070 },
    { host: 'fd00::1', port: 5060 },
  ],
});

test('our names and addresses are ours, in any case and with the dot of the root', () => {
  for (const host of ['home.example', 'home.example.', 'open.example', 'localhost', 'desk', 'desk.local', '10.0.0.1', 'fd00::1'])
    assert.notEqual(domains.of(host), undefined, host);
  for (const host of ['example', 'x.home.example', 'home.example..', '', '.', '10.0.0.2', '::1'])
    assert.equal(domains.of(host), undefined, host);
});

test('a port must be one of ours, or the default (sip-correctness rule 34)', () => {
  assert.equal(domains.of('10.0.0.1', 5070)?.name, 'Home.example');
  assert.equal(domains.of('home.example', 5060)?.name, 'Home.example');
  const elsewhere = new Domains({ home, written: [], hostNames: [], points: [{ host: '10.0.0.1', port: 5070 }] });
  assert.equal(elsewhere.of('home.example', 5060)?.name, 'Home.example');
  assert.equal(domains.of('10.0.0.1', 5071), undefined);
  assert.equal(domains.of('home.example', 9), undefined);
});

test('the host names and addresses are closed to strangers, however open the domain is', () => {
  assert.equal(domains.of('home.example')?.inbound, 'anonymous');
  for (const host of ['localhost', 'desk', '10.0.0.1']) assert.equal(domains.of(host)?.inbound, 'authenticated', host);
  const written = new Domains({
    home,
    written: [{ ...open, name: '10.0.0.1' }],
    hostNames: [],
    points: [{ host: '10.0.0.1', port: 5060 }],
  });
  assert.equal(written.of('10.0.0.1')?.inbound, 'anonymous');
});

test('a name of ours is called by name, also that of the host or with the dot of the root, and an address is not', () => {
  for (const host of ['home.example', 'home.example.', 'desk', 'localhost']) assert.equal(domains.named(host), true, host);
  for (const host of ['away.example', '10.0.0.1', 'fd00::1']) assert.equal(domains.named(host), false, host);
});

test('an IPv4 address is ours also as IPv6 writes it, and one that is not ours is not (security S31)', () => {
  for (const host of ['::ffff:10.0.0.1', '::FFFF:a00:1', '0:0:0:0:0:ffff:10.0.0.1'])
    assert.equal(domains.of(host)?.name, 'Home.example', host);
  assert.equal(domains.of('::ffff:10.0.0.1', 5070)?.inbound, 'authenticated');
  assert.equal(domains.named('::ffff:10.0.0.1'), false);
  for (const host of ['::ffff:10.0.0.2', '64:ff9b::10.0.0.1']) assert.equal(domains.of(host), undefined, host);
});

test('an IPv6 address is the same in all its spellings (RFC 5952, RFC 5118 §4.10)', () => {
  const of = new Domains({
    home,
    written: [{ ...open, name: '[2001:db8::c000:201]' }],
    hostNames: [],
    points: [
      { host: 'fd00::1', port: 5060 },
      { host: '::ffff:10.0.0.1', port: 5060 },
    ],
  });
  const name = (host: string) => of.of(host)?.name;
  for (const host of ['2001:db8::c000:201', '2001:db8::192.0.2.1', '2001:db8:::192.0.2.1', '2001:0db8:0:0:0:0:c000:0201'])
    assert.equal(name(host), '[2001:db8::c000:201]', host);
  for (const host of ['fd00::1', 'fd00:0:0::1', 'fd00::1%25eth0', '::ffff:a00:1', '::ffff:10.0.0.1'])
    assert.equal(name(host), 'Home.example', host);
  for (const host of ['2001:db8::c000:202', '2001:db8::c000:201:5060', 'fd00::', ':::::', '::ffff:10.0.0.2', '1::2::3'])
    assert.equal(name(host), undefined, host);
});
