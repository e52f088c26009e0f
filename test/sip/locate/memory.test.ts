import { expect, test } from 'vitest';
import { hop, lab } from './lab.ts';

const TWO = `
  _sip._udp.d.test 600 SRV 1 0 5060 a.d.test
  _sip._udp.d.test 600 SRV 2 0 5060 b.d.test
  a.d.test         600 A 192.0.2.1
  b.d.test         600 A 192.0.2.2
  test             600 SOA 600`;
const URI = 'sip:u@d.test;transport=udp';

test('D19: an answer is good for its TTL and then asked for again', () => {
  const { locate, dns, clock } = lab('d.test 1 A 192.0.2.1\ntest 1 SOA 1');
  expect(locate('sip:u@d.test:5060')).toEqual(['udp 192.0.2.1:5060']);
  expect(dns.asked()).toHaveLength(2);
  clock.advance(999);
  expect(locate('sip:u@d.test:5060')).toEqual(['udp 192.0.2.1:5060']);
  expect(dns.asked()).toEqual([]);
  clock.advance(1001);
  dns.zone = 'd.test 1 A 192.0.2.2';
  expect(locate('sip:u@d.test:5060')).toEqual(['udp 192.0.2.2:5060']);
  expect(dns.asked()).toEqual(['AAAA d.test', 'A d.test']);
});

test('a TTL of 0 is asked for each time, one of a week for an hour', () => {
  const zero = lab('d.test 0 A 192.0.2.1');
  zero.locate('sip:u@d.test:5060');
  zero.locate('sip:u@d.test:5060');
  expect(zero.dns.asked().filter((q) => q === 'A d.test')).toHaveLength(2);
  const week = lab('d.test 604800 A 192.0.2.1');
  week.locate('sip:u@d.test:5060');
  week.clock.advance(3_599_000);
  week.locate('sip:u@d.test:5060');
  expect(week.dns.asked().filter((q) => q === 'A d.test')).toHaveLength(1);
  week.clock.advance(1_000);
  week.locate('sip:u@d.test:5060');
  expect(week.dns.asked()).toContain('A d.test');
});

test('D20: what is not there is answered at once, and remembered as long as the SOA allows (RFC 2308 §5)', () => {
  const { locate, dns, clock } = lab('test 60 SOA 5');
  expect(locate('sip:u@nx.test')).toEqual(['404 nx.test has no address']);
  expect(dns.asked()).toHaveLength(6);
  clock.advance(4_999);
  expect(locate('sip:u@nx.test')).toEqual(['404 nx.test has no address']);
  expect(dns.asked()).toEqual([]);
  clock.advance(1);
  locate('sip:u@nx.test');
  expect(dns.asked()).toHaveLength(6);
  clock.advance(60_000);
  expect(clock.armed()).toEqual([]);
});

test('D20: what is not there is asked for again after five minutes, however long the SOA says (RFC 2308 §5)', () => {
  const { locate, dns, clock } = lab('test 86400 SOA 86400');
  locate('sip:u@nx.test');
  dns.asked();
  clock.advance(299_999);
  locate('sip:u@nx.test');
  expect(dns.asked()).toEqual([]);
  clock.advance(1);
  locate('sip:u@nx.test');
  expect(dns.asked()).toHaveLength(6);
});

test('D21: a name server that fails is a 504 that says so, and nothing is remembered of it for long', () => {
  const { locate, dns, clock } = lab('* SERVFAIL');
  expect(locate('sip:u@d.test')).toEqual(['504 cannot look up d.test: the name server says SERVFAIL']);
  expect(dns.asked()).toHaveLength(6);
  locate('sip:u@d.test');
  expect(dns.asked()).toEqual([]);
  dns.zone = 'd.test 60 A 192.0.2.1';
  clock.advance(2_000);
  expect(locate('sip:u@d.test')).toEqual(['udp 192.0.2.1:5060']);
});

test('whoever dials into silence leaves room for users, and these for the servers of the configuration (security S12)', () => {
  const { locator, dns, start, shown } = lab('test 60 SOA 5\n* SILENT');
  const wanted = (host: string) => ({ host, port: 5060, transport: undefined, secure: false });
  const asked: string[] = [];
  for (let i = 0; i < 40; i++) locator.locate({ ...wanted(`s${i}.test`), behalf: 'stranger' }, ({ kind }) => asked.push(kind));
  expect([dns.asked().length, asked.length]).toEqual([50, 15]);
  for (let i = 0; i < 100; i++) start(`sip:u@u${i}.test:5060`);
  expect(dns.asked()).toHaveLength(100);
  expect(shown(start('sip:u@d.test:5060').outcome.located)).toEqual(['504 cannot look up d.test: 150 other questions are open']);
  locator.locate({ ...wanted('d.test'), behalf: 'configured' }, () => {});
  expect(dns.asked()).toEqual(['AAAA d.test', 'A d.test']);
});

test('one caller who dials into silence has at most as many questions open as are left for all others, strangers and users alike', () => {
  const { locator, dns } = lab('* SILENT');
  const failed: string[] = [];
  const locate = (behalf: 'user' | 'stranger', asker: string, host: string) =>
    locator.locate({ host, port: 5060, transport: undefined, secure: false, behalf, asker }, (located) => {
      if (located.kind === 'failed') failed.push(located.why);
    });
  for (let i = 0; i < 100; i++) locate('user', 'u.alice', `a${i}.test`);
  expect(dns.asked()).toHaveLength(75);
  expect(failed.at(-1)).toBe('cannot look up a99.test: 75 questions of the same caller are open');
  for (let i = 0; i < 100; i++) locate('user', 'u.bob', `b${i}.test`);
  expect(dns.asked()).toHaveLength(38);
  locate('user', 'u.carol', 'c.test');
  expect(dns.asked()).toEqual(['AAAA c.test', 'A c.test']);
  locate('stranger', '192.0.2.1', 's.test');
  expect(dns.asked()).toEqual([]);
});

test('what one caller asked is counted against him until it is answered', () => {
  const { locator, dns, clock } = lab('* SERVFAIL');
  dns.lag = 10;
  for (let round = 0; round < 3; round++) {
    for (let i = 0; i < 40; i++) locator.resolverFor('u.alice').query(`a${round}-${i}.test`, 'NAPTR', () => {});
    expect(dns.asked()).toHaveLength(40);
    clock.advance(10);
  }
  for (let i = 0; i < 100; i++) locator.resolverFor('u.alice').query(`b${i}.test`, 'NAPTR', () => {});
  expect(dns.asked()).toHaveLength(75);
});

test('a stranger has nothing looked for in the local network (RFC 6762 §3)', () => {
  const { locator, dns, locate } = lab('tv.local 60 A 10.0.0.9\nd.test 60 CNAME tv.local');
  const wanted = { host: 'tv.local', port: 5060, transport: undefined, secure: false, behalf: 'stranger' as const };
  const kinds: string[] = [];
  locator.locate(wanted, ({ kind }) => kinds.push(kind));
  expect([kinds, dns.asked()]).toEqual([['failed'], []]);
  expect(locate('sip:u@tv.local:5060')).toEqual(['udp 10.0.0.9:5060']);
});

test('an answer that leads to a bug for one who asked is heard by the others', () => {
  const { locator, dns, clock } = lab('d.test 60 A 192.0.2.1');
  dns.lag = 10;
  const heard: string[] = [];
  locator.resolver.query('d.test', 'A', () => {
    throw new Error('a bug');
  });
  locator.resolver.query('d.test', 'A', ({ kind }) => heard.push(kind));
  locator.resolver.query('d.test', 'A', ({ kind }) => heard.push(kind));
  expect(() => clock.advance(10)).toThrow('a bug');
  expect(heard).toEqual(['records', 'records']);
});

test('of an answer no more than 64 records are kept', () => {
  const { locator } = lab(Array.from({ length: 100 }, (_, i) => `d.test 60 A 192.0.2.${i}`).join('\n'));
  locator.resolver.query('d.test', 'A', () => {});
  const [line] = locator.remembered().answers;
  expect(line?.answer.kind === 'records' && line.answer.records.length).toBe(64);
});

test('D21: silence is a 504 in less than 5 s', () => {
  const { start, clock, shown } = lab('* SILENT');
  const { outcome } = start('sip:u@d.test');
  clock.advance(4_799);
  expect(outcome.located).toBeUndefined();
  clock.advance(1);
  expect(shown(outcome.located)).toEqual(['504 cannot look up d.test: no name server answered in time']);
  clock.advance(10_000);
  expect(clock.armed()).toEqual([]);
});

test('a home router that swallows NAPTR and SRV questions costs its time and no call', () => {
  const { start, clock, shown } = lab(`
    _sips._tcp.d.test SILENT
    _sip._tcp.d.test SILENT
    _sip._udp.d.test SILENT
    d.test 60 A 192.0.2.1`);
  const { outcome } = start('sip:u@d.test');
  clock.advance(3_500);
  expect(shown(outcome.located)).toEqual(['udp 192.0.2.1:5060']);
  clock.advance(10_000);
});

test('D23: aliases are followed, and a loop of them ends at once', () => {
  const { locate } = lab(`
    _sip._udp.d.test 30 CNAME _sip._udp.real.test
    _sip._udp.real.test 30 SRV 1 0 5060 alias.test
    alias.test 30 CNAME a.test
    a.test 30 A 192.0.2.1
    loop.test 30 CNAME pool.test
    pool.test 30 CNAME loop.test`);
  expect(locate('sip:u@d.test')).toEqual(['udp 192.0.2.1:5060']);
  expect(locate('sip:u@loop.test')).toEqual(['504 cannot look up loop.test: loop.test is an alias that leads nowhere']);
});

test('D24: one family that DNS is slow about is not waited for (RFC 8305 §3)', () => {
  const { start, dns, clock, shown } = lab('d.test 60 A 192.0.2.1\nd.test 60 AAAA 2001:db8::1');
  dns.lag = (question) => (question.startsWith('AAAA') ? 4_000 : 20);
  const { outcome } = start('sip:u@d.test:5060');
  clock.advance(269);
  expect(outcome.located).toBeUndefined();
  clock.advance(1);
  expect(shown(outcome.located)).toEqual(['udp 192.0.2.1:5060']);
  clock.advance(5_000);
  const later = start('sip:u@d.test:5060').outcome;
  expect(shown(later.located)).toEqual(['udp [2001:db8::1]:5060', 'udp 192.0.2.1:5060']);
});

test('a better server whose address comes late is waited for, a worse one is not', () => {
  const late = (name: string) => {
    const { start, dns, clock, shown } = lab(TWO);
    dns.lag = (question) => (question.endsWith(name) ? 1_000 : 10);
    const { outcome } = start(URI);
    clock.advance(5_000);
    return [outcome.at, ...shown(outcome.located)];
  };
  expect(late(' b.d.test')).toEqual([270, 'udp 192.0.2.1:5060']);
  expect(late(' a.d.test')).toEqual([1010, 'udp 192.0.2.1:5060', 'udp 192.0.2.2:5060']);
});

test('a server whose addresses are remembered is not kept waiting for those of a worse one (RFC 8305 §3)', () => {
  const { start, dns, clock } = lab(`${TWO}\na.d.test 60 AAAA 2001:db8::1`);
  dns.lag = (question) => (question.endsWith(' b.d.test') ? 4_000 : 10);
  start('sip:u@a.d.test:5060');
  clock.advance(1_000);
  const { outcome } = start(URI);
  clock.advance(5_000);
  expect(outcome.at).toBe(1_260);
});

test('a transport that has come is not kept waiting for a worse one that DNS is slow about, but for a better one (RFC 3263 §4.1)', () => {
  const zone = `
    _sip._tcp.d.test 60 SRV 10 0 5060 a.d.test
    _sip._udp.d.test 60 SRV 10 0 5060 a.d.test
    a.d.test 60 A 192.0.2.1`;
  const late = (service: string) => {
    const { start, dns, clock, shown } = lab(zone, { transports: () => ['udp', 'tcp'] });
    dns.lag = (question) => (question.startsWith(`SRV ${service}`) ? 1_000 : 10);
    const { outcome } = start('sip:u@d.test');
    clock.advance(5_000);
    return [outcome.at, ...shown(outcome.located)];
  };
  expect(late('_sip._udp')).toEqual([280, 'tcp 192.0.2.1:5060']);
  expect(late('_sip._tcp')).toEqual([1020, 'tcp 192.0.2.1:5060', 'udp 192.0.2.1:5060']);
});

test('many who ask the same at once are one question', () => {
  const { start, dns, clock } = lab(TWO);
  dns.lag = 50;
  const calls = Array.from({ length: 20 }, () => start(URI));
  clock.advance(200);
  expect(calls.every(({ outcome }) => outcome.located?.kind === 'hops')).toBe(true);
  expect(dns.asked()).toEqual(['SRV _sip._udp.d.test', 'AAAA a.d.test', 'A a.d.test', 'AAAA b.d.test', 'A b.d.test']);
  expect(clock.armed()).toEqual([]);
});

test('after cancel nobody is told, and no timer stays', () => {
  const { start, dns, clock } = lab('d.test SILENT');
  dns.lag = 50;
  const { outcome, cancel } = start('sip:u@d.test');
  clock.advance(10);
  cancel();
  expect(clock.armed().map(({ name }) => name)).toEqual(['sim-dns']);
  clock.advance(10_000);
  expect(outcome.located).toBeUndefined();
});

test('a hop that failed is tried last for 30 s, then 60, then 120, and first again once it works', () => {
  const { locate, locator, clock } = lab(TWO);
  const a = hop('udp 192.0.2.1:5060');
  const [first, last] = [
    ['udp 192.0.2.1:5060', 'udp 192.0.2.2:5060'],
    ['udp 192.0.2.2:5060', 'udp 192.0.2.1:5060'],
  ];
  expect(locate(URI)).toEqual(first);
  for (const seconds of [30, 60, 120, 120]) {
    locator.failed(a);
    // Calls that were under way fail as well: that is the same failure.
    locator.failed(a);
    clock.advance(seconds * 1000 - 1);
    expect([seconds, ...locate(URI)]).toEqual([seconds, ...last]);
    clock.advance(1);
    expect([seconds, ...locate(URI)]).toEqual([seconds, ...first]);
  }
  locator.failed(a);
  locator.succeeded(a);
  expect(locate(URI)).toEqual(first);
  locator.failed(a);
  clock.advance(30_000);
  expect(locate(URI)).toEqual(first);
  expect(clock.armed()).toEqual([]);
});

test('Retry-After is honoured up to 120 s, and concerns that hop alone (RFC 3261 §21.5.4)', () => {
  const { locate, locator, clock } = lab(TWO);
  const [a, b] = [hop('udp 192.0.2.1:5060'), hop('udp 192.0.2.2:5060')];
  locator.failed(a, 5);
  clock.advance(4_999);
  expect(locator.remembered().grey).toEqual([{ hop: 'udp:192.0.2.1:5060', seconds: 1 }]);
  clock.advance(1);
  expect(locate(URI)[0]).toBe('udp 192.0.2.1:5060');
  locator.failed(a, 86_400);
  locator.failed(b);
  expect(locate(URI)).toEqual(['udp 192.0.2.1:5060', 'udp 192.0.2.2:5060']);
  expect(locator.remembered().grey).toEqual([
    { hop: 'udp:192.0.2.1:5060', seconds: 120 },
    { hop: 'udp:192.0.2.2:5060', seconds: 30 },
  ]);
});

test('D30: another network, or another name server, makes everything forgotten', () => {
  const { locate, locator, dns } = lab(TWO);
  const a = hop('udp 192.0.2.1:5060');
  const changes: [string, () => void, number][] = [
    ['network', () => locator.networkChanged(), 1],
    ['name server', () => dns.changed?.(), 1],
  ];
  for (const [what, change, flushed] of changes) {
    locate(URI);
    locator.failed(a);
    dns.asked();
    expect(locate(URI)[0]).toBe('udp 192.0.2.2:5060');
    expect(dns.asked()).toEqual([]);
    change();
    expect([what, locate(URI)[0], dns.asked()[0], dns.flushed]).toEqual([
      what,
      'udp 192.0.2.1:5060',
      'SRV _sip._udp.d.test',
      flushed,
    ]);
  }
});

test('an answer from before the network changed reaches who asked, and is not remembered', () => {
  const { start, locate, locator, dns, clock, shown } = lab('d.test 60 A 192.0.2.1\ntest 60 SOA 60');
  dns.lag = 100;
  const { outcome } = start('sip:u@d.test:5060');
  clock.advance(50);
  locator.networkChanged();
  const after = start('sip:u@d.test:5060').outcome;
  clock.advance(50);
  expect(shown(outcome.located)).toEqual(['udp 192.0.2.1:5060']);
  expect(after.located).toBeUndefined();
  dns.lag = 0;
  dns.zone = 'd.test 60 A 192.0.2.2';
  expect(locate('sip:u@d.test:5060')).toEqual(['(nothing yet)']);
  clock.advance(50);
  expect(after.located?.kind).toBe('hops');
  expect(dns.asked()).toHaveLength(4);
});

test('what is remembered can be looked at, and is bounded', () => {
  const { locate, locator, dns } = lab('d.test 60 A 192.0.2.1\n_sip._udp.d.test 5 SRV 1 0 5060 d.test\ntest 60 SOA 7');
  locate(URI);
  expect(locator.remembered().answers.map(({ type, name, seconds }) => `${type} ${name} ${seconds}`)).toEqual([
    'SRV _sip._udp.d.test 5',
    'AAAA d.test 7',
    'A d.test 60',
  ]);
  dns.zone = 'test 60 SOA 60';
  for (let i = 0; i < 1_200; i++) {
    locate(`sip:u@h${i}.test:5060`);
    locator.failed({ ...hop('udp 192.0.2.1:5060'), port: 1000 + i });
  }
  expect(locator.remembered().answers).toHaveLength(1_000);
  expect(locator.remembered().grey).toHaveLength(1_000);
});
