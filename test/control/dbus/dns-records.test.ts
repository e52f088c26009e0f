import { expect, test } from 'vitest';
import { verify } from '../../../src/control/cli/dns-verify.ts';
import { dnsRecords } from '../../../src/control/dbus/dns-domains.ts';
import { type Published, recordsToPublish } from '../../../src/control/dbus/dns-records.ts';
import { readConfig } from '../../support/desk.ts';
import { SimClock } from '../../support/sim-clock.ts';
import { SimResolver } from '../../support/sim-resolver.ts';

const point = (text: string) => {
  const [, transport, host, port] = /^(\w+) (\S+) (\d+)$/.exec(text)!;
  return { transport: transport as 'udp' | 'tcp' | 'tls', host: host!, port: Number(port) };
};

function publish(points: readonly string[], more: Partial<Published> = {}) {
  const { records, warnings } = recordsToPublish({
    ...{ domains: ['example.org'], hostName: 'desk', points: points.map(point), publicAddress: undefined },
    ...more,
  });
  return { records: records.map(({ name, type, data }) => `${name} ${type} ${data}`), warnings };
}

const EVERY = ['udp 192.0.2.7 5060', 'tcp 192.0.2.7 5060', 'tls 192.0.2.7 5061', 'tls 2001:db8::7 5061', 'udp 127.0.0.1 5060'];

test('each transport that is heard has its NAPTR and SRV, the most secure first, at every address (RFC 3263 §4.1, RFC 2782)', () => {
  expect(publish(EVERY)).toEqual({
    records: [
      'example.org NAPTR 10 50 "s" "SIPS+D2T" "" _sips._tcp.example.org.',
      'example.org NAPTR 20 50 "s" "SIP+D2T" "" _sip._tcp.example.org.',
      'example.org NAPTR 30 50 "s" "SIP+D2U" "" _sip._udp.example.org.',
      '_sips._tcp.example.org SRV 0 0 5061 sip.example.org.',
      '_sip._tcp.example.org SRV 0 0 5060 sip.example.org.',
      '_sip._udp.example.org SRV 0 0 5060 sip.example.org.',
      'sip.example.org A 192.0.2.7',
      'sip.example.org AAAA 2001:db8::7',
    ],
    warnings: [],
  });
});

test('without a certificate there is no TLS to publish, and a port of its own comes after the usual one', () => {
  const { records, warnings } = publish(['udp 192.0.2.7 5080', 'udp 192.0.2.7 5060'], { hostName: 'pbx.example.org' });
  expect(records).toEqual([
    'example.org NAPTR 30 50 "s" "SIP+D2U" "" _sip._udp.example.org.',
    '_sip._udp.example.org SRV 0 0 5060 pbx.example.org.',
    '_sip._udp.example.org SRV 10 0 5080 pbx.example.org.',
    'pbx.example.org A 192.0.2.7',
  ]);
  expect(warnings).toEqual([expect.stringMatching(/^there is no TLS/)]);
});

test('behind a NAT its address is published in place of those of its family', () => {
  const points = ['tls 10.0.0.7 5061', 'tls 2001:db8::7 5061', 'tls 192.0.2.9 5061'];
  const { records, warnings } = publish(points, { publicAddress: '198.51.100.1' });
  expect(records.slice(2)).toEqual(['sip.example.org A 198.51.100.1', 'sip.example.org AAAA 2001:db8::7']);
  expect(warnings).toEqual([]);
  expect(publish(points, { publicAddress: '10.0.0.1' }).warnings).toEqual([
    'public_address 10.0.0.1 is none that the internet reaches',
  ]);
});

test('where only private addresses are known they are published with a warning, and public ones without those', () => {
  expect(publish(['tls 10.0.0.7 5061']).warnings).toEqual([
    expect.stringMatching(/^only private addresses are known \(10\.0\.0\.7\): set public_address/),
  ]);
  expect(publish(['tls 10.0.0.7 5061', 'tls 192.0.2.7 5061']).records.at(-1)).toBe('sip.example.org A 192.0.2.7');
  expect(publish(['tls 127.0.0.1 5061']).warnings[0]).toMatch(/^it listens on no address that others could reach/);
});

test('where only private addresses are known nobody can say whether those that are published lead here', async () => {
  const { records } = recordsToPublish({
    ...{ domains: ['example.org'], hostName: 'desk', publicAddress: undefined, points: [point('udp 10.0.0.7 5060')] },
  });
  const zone = '_sip._udp.example.org 60 SRV 0 0 5060 pbx.example.org\nsip.example.org 60 A 192.0.2.7\n';
  const verdicts = await verify(records, new SimResolver(new SimClock(), zone));
  expect(verdicts.map(({ state, type, data }) => [state, type, data])).toEqual([
    ['optional', 'NAPTR', expect.anything()],
    ['right', 'SRV', '0 0 5060 sip.example.org.'],
    ['unknown', 'A', '192.0.2.7'],
  ]);
});

test('a domain that DNS cannot know is said to be none', () => {
  for (const domain of ['desk', 'desk.local', '192.0.2.7', '[2001:db8::7]'])
    expect(publish(EVERY, { domains: [domain] })).toEqual({
      records: [],
      warnings: [expect.stringMatching(/is no domain of the internet|is an address/)],
    });
});

test('what is published is compared record by record; NAPTR may be missing', async () => {
  const { records } = recordsToPublish({
    ...{ domains: ['example.org'], hostName: 'desk', publicAddress: undefined },
    points: ['udp 192.0.2.7 5060', 'tcp 192.0.2.7 5060'].map(point),
  });
  const ask = async (zone: string) =>
    (await verify(records, new SimResolver(new SimClock(), zone))).map(({ state, type, data, hint }) => [
      state,
      type,
      data,
      hint,
    ]);
  expect(
    await ask(`
      _sip._udp.example.org 60 SRV 0 0 5060 sip.example.org
      _sip._udp.example.org 60 SRV 1 0 5060 old.example.org
      old.example.org 60 A 192.0.2.8
      sip.example.org 60 A 192.0.2.7
      sip.example.org 60 AAAA 2001:db8::66`),
  ).toEqual([
    ['optional', 'NAPTR', '20 50 "s" "SIP+D2T" "" _sip._tcp.example.org.', expect.stringMatching(/^callers look for SRV/)],
    ['optional', 'NAPTR', '30 50 "s" "SIP+D2U" "" _sip._udp.example.org.', expect.stringMatching(/^callers look for SRV/)],
    ['missing', 'SRV', '0 0 5060 sip.example.org.', 'publish it'],
    ['right', 'SRV', '0 0 5060 sip.example.org.', ''],
    ['extra', 'SRV', '1 0 5060 old.example.org.', 'we do not listen there: callers go there as well'],
    ['right', 'A', '192.0.2.7', ''],
    ['extra', 'AAAA', '2001:db8::66', 'no address of this host: callers go there as well'],
  ]);
});

test('no address that leaves by itself is published: who asks DNS keeps it for longer (RFC 8981, RFC 4862 §5.5.4)', () => {
  const { config } = readConfig('[domain example.org]\n[daemon]\ndomain = example.org\n');
  const points = ['udp 2001:db8::1:7 5060', 'udp 2001:db8::7 5060'].map(point);
  const interfaces = [
    { host: '2001:db8::7', family: 6, prefix: 64 },
    { host: '2001:db8::1:7', family: 6, prefix: 64, passing: true },
  ] as const;
  const { records } = dnsRecords('', { config: config!, points, hostName: 'desk', interfaces });
  expect(records.filter(({ type }) => type === 'AAAA').map(({ data }) => data)).toEqual(['2001:db8::7']);
});
