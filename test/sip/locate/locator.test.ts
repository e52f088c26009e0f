import { describe, expect, test } from 'vitest';
import { hop, lab } from './lab.ts';

const D = `
  d.test              30 NAPTR 50 50 s SIPS+D2T "" _sips._tcp.d.test
  d.test              30 NAPTR 90 50 s SIP+D2T "" _sip._tcp.d.test
  d.test              30 NAPTR 100 50 s SIP+D2U "" _sip._udp.d.test
  _sips._tcp.d.test   30 SRV 10 0 5061 a.d.test
  _sip._tcp.d.test    30 SRV 10 0 5070 a.d.test
  _sip._udp.d.test    30 SRV 10 0 5080 a.d.test
  a.d.test            30 A 192.0.2.1
  d.test              30 A 192.0.2.99
  test                300 SOA 300
`;
const without = (zone: string, what: RegExp) =>
  zone
    .split('\n')
    .filter((line) => !what.test(line))
    .join('\n');

describe('IP literals', () => {
  test.each([
    ['sip:u@192.0.2.1', 'udp 192.0.2.1:5060'],
    ['sips:u@192.0.2.1', 'tls 192.0.2.1:5061'],
    ['sip:u@192.0.2.1:5070;transport=tcp', 'tcp 192.0.2.1:5070'],
    ['sip:u@192.0.2.1;transport=TLS', 'tls 192.0.2.1:5061'],
    ['sip:u@[2001:DB8:0::1]', 'udp [2001:db8::1]:5060'],
    ['sip:u@[::ffff:192.0.2.1]', 'udp 192.0.2.1:5060'],
    ['sip:u@d.test;maddr=192.0.2.9', 'udp 192.0.2.9:5060'],
    ['sip:u@d.test;maddr=[2001:db8::9];transport=tcp', 'tcp [2001:db8::9]:5060'],
  ])('D01, D02: %s is %s, at once and without a question (RFC 3263 §4.1)', (uri, expected) => {
    const { locate, dns, clock } = lab('* SERVFAIL');
    expect(locate(uri)).toEqual([expected]);
    expect(dns.queries).toEqual([]);
    expect(clock.armed()).toEqual([]);
  });

  test('a certificate must name what the URI names, not the maddr that leads there (RFC 5922 §4)', () => {
    const { start } = lab('');
    expect(start('sips:u@D.test.;maddr=192.0.2.9').outcome.located).toMatchObject({
      hops: [{ host: '192.0.2.9', domain: 'd.test' }],
    });
    expect(start('sips:u@192.0.2.9').outcome.located).toMatchObject({ hops: [{ domain: '192.0.2.9' }] });
  });

  test('what cannot be sent by is refused', () => {
    const { locate } = lab('', { transports: (family) => (family === 4 ? ['udp'] : []) });
    expect(locate('sips:u@192.0.2.1')).toEqual(['480 nothing here speaks TLS over IPv4']);
    expect(locate('sip:u@[2001:db8::1]')).toEqual(['480 nothing here speaks UDP over IPv6']);
  });

  test.each(['127.1', '2130706433', '0x7f000001', '0177.0.0.1', '256.1.1.1', '1.2.3', 'a..b', '-'.repeat(64), '.'])(
    'a host that is neither address nor name is refused without a question: %s',
    (host) => {
      const { locate, dns } = lab('');
      expect(locate(`sip:u@${host}`)).toEqual([`404 "${host}" is no name of a host`]);
      expect(dns.queries).toEqual([]);
    },
  );
});

describe('what is asked', () => {
  test('D03: an explicit port asks for addresses alone (RFC 3263 §4.2)', () => {
    const { locate, dns } = lab(`${D}\nh.test 30 A 192.0.2.5`);
    expect(locate('sip:u@h.test:5080')).toEqual(['udp 192.0.2.5:5080']);
    expect(dns.asked()).toEqual(['AAAA h.test', 'A h.test']);
    expect(locate('sips:u@d.test:5999')).toEqual(['tls 192.0.2.99:5999']);
    expect(locate('sip:u@d.test:5999;transport=tcp')).toEqual(['tcp 192.0.2.99:5999']);
  });

  test('D04: a transport asks for its SRV and for no NAPTR (RFC 3263 §4.1)', () => {
    const { locate, dns } = lab(D);
    expect(locate('sip:u@d.test;transport=tcp')).toEqual(['tcp 192.0.2.1:5070']);
    expect(dns.asked()).toEqual(['SRV _sip._tcp.d.test', 'AAAA a.d.test', 'A a.d.test']);
    expect(locate('sip:u@d.test;transport=tls')).toEqual(['tls 192.0.2.1:5061']);
    expect(dns.asked()).toEqual(['SRV _sips._tcp.d.test']);
    expect(locate('sips:u@d.test;transport=tcp')).toEqual(['tls 192.0.2.1:5061']);
    expect(locate('sip:u@d.test;transport=udp')).toEqual(['udp 192.0.2.1:5080']);
  });

  test('D05: the order of NAPTR decides the transport (RFC 3263 §4.1)', () => {
    expect(lab(D).locate('sip:u@d.test')).toEqual(['tls 192.0.2.1:5061']);
    const swapped = D.replace('NAPTR 90 ', 'NAPTR 40 ');
    expect(lab(swapped).locate('sip:u@d.test')[0]).toBe('tcp 192.0.2.1:5070');
    const clear = { transports: () => ['udp', 'tcp'] as const };
    expect(lab(D, clear).locate('sip:u@d.test')).toEqual(['tcp 192.0.2.1:5070', 'udp 192.0.2.1:5080']);
    expect(lab(D, { transports: () => ['udp'] }).locate('sip:u@d.test')).toEqual(['udp 192.0.2.1:5080']);
  });

  test('D05: among NAPTR of one order TLS is first, then preference decides (RFC 3403 §4.1)', () => {
    const equal = D.replace('NAPTR 50 50', 'NAPTR 90 60').replace('NAPTR 100 50', 'NAPTR 90 40');
    expect(lab(equal).locate('sip:u@d.test')).toEqual(['tls 192.0.2.1:5061']);
    expect(lab(equal, { transports: () => ['udp', 'tcp'] }).locate('sip:u@d.test')[0]).toBe('udp 192.0.2.1:5080');
  });

  test('what offers TLS is not tried in clear after it: nobody gains by breaking the TLS (RFC 3263 §7)', () => {
    expect(lab(without(D, /NAPTR/)).locate('sip:u@d.test')).toEqual(['tls 192.0.2.1:5061']);
  });

  test('a NAPTR may lead to another domain, and its certificate still names the first (RFC 3263 §4.1, RFC 5922 §4)', () => {
    const { start } = lab(`
      d.test              30 NAPTR 50 50 S sips+d2t "" _sips._tcp.other.test.
      _sips._tcp.other.test 30 SRV 0 0 5062 sip.other.test.
      sip.other.test      30 A 192.0.2.4`);
    for (const uri of ['sip:u@d.test', 'sips:u@d.test'])
      expect(start(uri).outcome.located, uri).toMatchObject({
        hops: [{ transport: 'tls', host: '192.0.2.4', port: 5062, domain: 'd.test' }],
      });
  });

  test('D06: NAPTR of services that we do not know, or that lead to no SRV, count as none (RFC 3263 §4.1)', () => {
    const strange = `
      d.test 30 NAPTR 10 10 a SIP+D2T "" _sip._udp.d.test
      d.test 30 NAPTR 10 10 s SIP+D2T !^.*$!x.y.test! _sip._udp.d.test
      d.test 30 NAPTR 10 10 s SIP+D2T "" .
      d.test 30 NAPTR 10 10 s SIP+D2S "" _sip._sctp.d.test
      d.test 30 NAPTR 10 10 u E2U+sip !^.*$!sip:x@y.test! .
      ${without(D, /NAPTR|_sips/)}`;
    const { locate, dns } = lab(strange);
    expect(locate('sip:u@d.test')).toEqual(['tcp 192.0.2.1:5070', 'udp 192.0.2.1:5080']);
    expect(dns.asked().slice(0, 4)).toEqual([
      'NAPTR d.test',
      'SRV _sips._tcp.d.test',
      'SRV _sip._tcp.d.test',
      'SRV _sip._udp.d.test',
    ]);
  });

  test.each([
    ['_sips._tcp', 'tls 192.0.2.1:5061'],
    ['_sip._tcp', 'tcp 192.0.2.1:5070'],
    ['_sip._udp', 'udp 192.0.2.1:5080'],
  ])('D07: without NAPTR the SRV that is there is used: %s (RFC 3263 §4.1)', (name, expected) => {
    const others = without(D, /NAPTR/).split('\n');
    const zone = others.filter((line) => !/ SRV /.test(line) || line.trim().startsWith(`${name}.`)).join('\n');
    expect(lab(zone).locate('sip:u@d.test')).toEqual([expected]);
  });

  test('D08: without NAPTR and SRV it is UDP to the addresses of the domain (RFC 3263 §4.2)', () => {
    const { locate, start } = lab('d.test 30 A 192.0.2.99');
    expect(locate('sip:u@d.test')).toEqual(['udp 192.0.2.99:5060']);
    expect(locate('sips:u@d.test')).toEqual(['tls 192.0.2.99:5061']);
    expect(start('sip:u@d.test').outcome.located?.records).toEqual([
      'NAPTR d.test: none',
      'SRV _sips._tcp.d.test: there is no such name',
      'SRV _sip._tcp.d.test: there is no such name',
      'SRV _sip._udp.d.test: there is no such name',
      'AAAA d.test: none',
      'A d.test: 192.0.2.99',
    ]);
  });

  test('D08: without UDP here it is TCP', () => {
    expect(lab('d.test 30 A 192.0.2.99', { transports: () => ['tcp'] }).locate('sip:u@d.test')).toEqual(['tcp 192.0.2.99:5060']);
  });

  test('D09: a domain with IPv6 alone (RFC 6157 §5)', () => {
    expect(lab('d.test 30 AAAA 2001:db8::9').locate('sip:u@d.test')).toEqual(['udp [2001:db8::9]:5060']);
    const four = lab('d.test 30 AAAA 2001:db8::9', { transports: (family) => (family === 4 ? ['udp'] : []) });
    expect(four.locate('sip:u@d.test')).toEqual(['480 d.test has no IPv4 address']);
    expect(four.dns.queries).not.toContain('AAAA d.test');
    expect(four.locate('sip:u@nx.test')).toEqual(['404 nx.test has no address']);
  });

  test('D26: a trailing dot and capitals make no difference', () => {
    const { locate, dns } = lab(D);
    expect(locate('sip:u@D.TEST.')).toEqual(['tls 192.0.2.1:5061']);
    expect(dns.queries[0]).toBe('NAPTR d.test');
  });

  test('D28: a name of other letters is asked for as its A-label (RFC 5891 §5)', () => {
    const { locator, dns } = lab('xn--bcher-kva.test 30 A 192.0.2.7');
    const host = 'B\u00c3\u009ccher.test'; // "BÜcher.test" as it stands on the wire
    const hops: unknown[] = [];
    locator.locate({ host, port: 5060, transport: undefined, secure: false }, (located) => hops.push(located));
    expect(hops).toMatchObject([{ hops: [{ host: '192.0.2.7', domain: 'xn--bcher-kva.test' }] }]);
    expect(dns.asked()).toEqual(['AAAA xn--bcher-kva.test', 'A xn--bcher-kva.test']);
  });

  test('D29: a sips URI leaves by TLS or not at all (RFC 3261 §26.2.2)', () => {
    const udp = lab(`_sip._udp.d.test 30 SRV 1 1 5060 a.d.test\na.d.test 30 A 192.0.2.1`);
    expect(udp.locate('sips:u@d.test')).toEqual(['404 d.test has no address']);
    expect(udp.dns.queries).not.toContain('SRV _sip._udp.d.test');
    expect(udp.locate('sips:u@d.test;transport=udp')).toEqual(['480 a sips URI never leaves by UDP']);
    expect(lab(D, { transports: () => ['udp', 'tcp'] }).locate('sips:u@d.test')).toEqual(['480 nothing here speaks TLS']);
    expect(lab(D.replace('NAPTR 50', 'NAPTR 500')).locate('sips:u@d.test')).toEqual(['tls 192.0.2.1:5061']);
  });

  test('a URI of another scheme, or with a transport that nobody here speaks, is refused without a question', () => {
    const { locate, dns } = lab(D);
    expect(locate('tel:+15550100')).toEqual(['416 a tel URI has no host that SIP could be sent to']);
    expect(locate('sip:u@d.test;transport=sctp')).toEqual(['480 transport=sctp is not supported']);
    expect(dns.queries).toEqual([]);
  });
});

describe('SRV records', () => {
  const weighted = `
    _sip._udp.d.test 30 SRV 20 0 5060 last.d.test
    _sip._udp.d.test 30 SRV 10 60 5060 sixty.d.test
    _sip._udp.d.test 30 SRV 10 40 5060 forty.d.test
    sixty.d.test 30 A 192.0.2.60
    forty.d.test 30 A 192.0.2.40
    last.d.test 30 A 192.0.2.20`;

  test('D10: weights share the calls, and priority comes before them (RFC 2782)', () => {
    const { locate, clock } = lab(weighted);
    const first = new Map<string, number>();
    for (let call = 0; call < 1000; call++) {
      const hops = locate('sip:u@d.test;transport=udp');
      expect(hops).toHaveLength(3);
      expect(hops[2]).toBe('udp 192.0.2.20:5060');
      first.set(hops[0]!, (first.get(hops[0]!) ?? 0) + 1);
    }
    // A throw of 0 to 100 that is at most 60: 600 of 1000, within the 99 % interval of the binomial distribution.
    expect(first.get('udp 192.0.2.60:5060')).toBeGreaterThan(560);
    expect(first.get('udp 192.0.2.60:5060')).toBeLessThan(640);
    expect(first.size).toBe(2);
    expect(clock.armed()).toEqual([]);
  });

  test('D12: a target of "." says that the service is not there (RFC 2782)', () => {
    const { locate, dns } = lab(`d.test 30 A 192.0.2.1\n_sip._udp.d.test 30 SRV 0 0 0 .`);
    expect(locate('sip:u@d.test')).toEqual(['404 d.test says that it has no SIP by UDP']);
    expect(dns.queries.filter((question) => /^A/.test(question))).toEqual([]);
    const other = lab(`_sips._tcp.d.test 30 SRV 0 0 0 .\n_sip._tcp.d.test 30 SRV 0 0 5060 d.test\nd.test 30 A 192.0.2.1`);
    expect(other.locate('sip:u@d.test')).toEqual(['tcp 192.0.2.1:5060']);
  });

  test('targets that cannot be names or ports are passed over', () => {
    const zone = `
      _sip._udp.d.test 30 SRV 1 0 5060 192.0.2.1
      _sip._udp.d.test 30 SRV 2 0 0 a.d.test
      _sip._udp.d.test 30 SRV 3 0 5060 a.d.test
      _sip._udp.d.test 30 SRV 4 0 5060 a.d.test
      a.d.test 30 A 192.0.2.1`;
    expect(lab(zone).locate('sip:u@d.test')).toEqual(['udp 192.0.2.1:5060']);
  });

  test('a zone of a thousand targets costs no thousand questions', () => {
    const many = Array.from(
      { length: 1000 },
      (_, i) => `_sip._udp.d.test 30 SRV ${i} 0 5060 t${i}.d.test\nt${i}.d.test 30 A 192.0.2.${i % 250}`,
    );
    const more = Array.from({ length: 16 }, (_, i) => `t${i}.d.test 30 A 198.51.100.${i}\nt${i}.d.test 30 AAAA 2001:db8::${i}`);
    const { start, dns } = lab([...many, ...more].join('\n'));
    const { located } = start('sip:u@d.test;transport=udp').outcome;
    expect(located?.kind === 'hops' && located.hops).toHaveLength(32);
    expect(dns.queries).toHaveLength(1 + 2 * 16);
    expect(located?.records[0]).toMatch(/ and 56 more$/);
  });

  test('a zone of a thousand services costs the questions of six, and a name that DNS cannot hold none', () => {
    const { locate, dns } = lab(
      Array.from({ length: 1000 }, (_, i) => `d.test 30 NAPTR ${i} 0 s SIP+D2U "" _sip._udp.n${i}.test`).join('\n'),
    );
    expect(locate('sip:u@d.test')).toEqual(['404 d.test has no address']);
    expect(dns.queries).toHaveLength(1 + 6 + 2);
    const long = 'a234567.'.repeat(32);
    expect(locate(`sip:u@${long.slice(2)}`)).toEqual([`404 ${long.slice(2, -1)} has no address`]);
    const before = dns.queries.length;
    expect(locate(`sip:u@${long.slice(1)}`)).toEqual([`404 "${long.slice(1)}" is no name of a host`]);
    expect(dns.queries).toHaveLength(before);
  });
});

describe('the way back (RFC 3263 §5)', () => {
  test('D17: a response finds the servers of a sent-by without a port by the SRV of its transport', () => {
    const { locator } = lab(D);
    const hops: unknown[] = [];
    locator.locate({ host: 'd.test', port: undefined, transport: 'tcp', secure: false }, (located) => hops.push(located));
    expect(hops).toMatchObject([{ hops: [hop('tcp 192.0.2.1:5070')] }]);
  });

  test('who answers a name that a stranger wrote asks for the addresses of so few hosts as it will try', () => {
    const many = Array.from(
      { length: 40 },
      (_, i) => `_sip._tcp.d.test 0 SRV ${i} 0 5060 h${i}.d.test\nh${i}.d.test 0 A 192.0.2.${i + 1}`,
    );
    const { locator, dns } = lab(many.join('\n'));
    const hops: unknown[] = [];
    const wanted = { host: 'd.test', port: undefined, transport: 'tcp', secure: false, most: 2 } as const;
    locator.locate(wanted, (located) => hops.push(located));
    expect(hops).toMatchObject([{ hops: [hop('tcp 192.0.2.1:5060'), hop('tcp 192.0.2.2:5060')] }]);
    expect(dns.queries).toHaveLength(1 + 2 * 2);
  });
});
