import { expect, test } from 'vitest';
import { verify } from '../../../src/control/cli/dns-verify.ts';
import type { DnsRecord } from '../../../src/control/dbus/reports.ts';
import { SimClock } from '../../support/sim-clock.ts';
import { SimResolver } from '../../support/sim-resolver.ts';

/** What is to be published for a domain that is heard by UDP and TLS, at an address of each family. */
const recordsOf = (domain: string, ...addresses: readonly string[]): readonly DnsRecord[] => [
  { name: domain, type: 'NAPTR', data: `10 50 "s" "SIP+D2U" "" _sip._udp.${domain}.` },
  { name: `_sip._udp.${domain}`, type: 'SRV', data: `0 0 5060 sip.${domain}.` },
  { name: `_sips._tcp.${domain}`, type: 'SRV', data: `0 0 5061 sip.${domain}.` },
  ...addresses.map((data): DnsRecord => ({ name: `sip.${domain}`, type: data.includes(':') ? 'AAAA' : 'A', data })),
];

const HERE = ['198.51.100.7', '2001:db8:1::7'];
const PUBLISHED = `
home.example 60 NAPTR 20 70 s SIP+D2U "" _sip._udp.home.example
_sip._udp.home.example 60 SRV 0 0 5060 sip.home.example
_sips._tcp.home.example 60 SRV 0 0 5061 sip.home.example
sip.home.example 60 A 198.51.100.7
sip.home.example 60 AAAA 2001:db8:1::7
`;

async function verdicts(zone: string, records = recordsOf('home.example', ...HERE)): Promise<readonly string[]> {
  const found = await verify(records, new SimResolver(new SimClock(), zone));
  return found.flatMap(({ state, type, name, data, hint }) =>
    state === 'right' ? [] : [`${state} ${type} ${name} ${data}: ${hint}`],
  );
}

test('what leads here is right, however it is ordered and whatever its target is called', async () => {
  expect(await verdicts(PUBLISHED)).toEqual([]);
  const elsewhere = 'sip.home.example 60 A 192.0.2.1\n';
  const other = PUBLISHED.replace('0 0 5060 sip.home.example', '5 7 5060 pbx.home.example');
  expect(await verdicts(`${other}pbx.home.example 60 AAAA 2001:db8:1::7\n`)).toEqual([]);
  const wrong = 'wrong SRV _sip._udp.home.example 0 0 5060 sip.home.example.';
  expect(await verdicts(`${other}pbx.home.example 60 A 192.0.2.1\n`)).toEqual([
    `${wrong}: there is 5 7 5060 pbx.home.example. instead`,
  ]);
  expect(await verdicts(PUBLISHED.replace('5060', '5080'))).toEqual([`${wrong}: there is 0 0 5080 sip.home.example. instead`]);
  expect(await verdicts(PUBLISHED.replace('SIP+D2U', 'SIP+D2T'))).toEqual([
    expect.stringMatching(/^wrong NAPTR home\.example .*: there is 20 70 "s" "SIP\+D2T" "" _sip\._udp\.home\.example\. instead$/),
  ]);
  expect(await verdicts(PUBLISHED + elsewhere)).toEqual([
    'extra A sip.home.example 192.0.2.1: no address of this host: callers go there as well',
  ]);
  expect(await verdicts(`${PUBLISHED}_sip._udp.home.example 60 SRV 9 0 5060 away.example\n`)).toEqual([
    'extra SRV _sip._udp.home.example 9 0 5060 away.example.: we do not listen there: callers go there as well',
  ]);
});

test('an address of the family that this host has not is one too many', async () => {
  const four = recordsOf('home.example', HERE[0]!);
  expect(await verdicts(PUBLISHED, four)).toEqual([
    'extra AAAA sip.home.example 2001:db8:1::7: no address of this host: callers go there as well',
  ]);
  expect(await verdicts(PUBLISHED, recordsOf('home.example', HERE[1]!))).toEqual([
    'extra A sip.home.example 198.51.100.7: no address of this host: callers go there as well',
  ]);
});

test('behind a router nobody can say whether an address is ours', async () => {
  const blind = 'set public_address in [daemon], then it can be compared';
  expect(await verdicts(PUBLISHED, recordsOf('home.example', '192.168.1.2'))).toEqual([
    `unknown A sip.home.example 198.51.100.7: ${blind}`,
    `unknown AAAA sip.home.example 2001:db8:1::7: ${blind}`,
  ]);
});

test('each domain is found by its own address or not, and only where that is ours (RFC 3263 §4.2)', async () => {
  const both = [...recordsOf('home.example', ...HERE), ...recordsOf('two.example', ...HERE)];
  const states = async (zone: string) =>
    (await verdicts(zone, both)).flatMap((line) => (/NAPTR/.test(line) ? [] : [line.split(' ').slice(0, 3).join(' ')]));
  const missing = (word: string) => [
    ...[`${word} SRV _sip._udp.two.example`, `${word} SRV _sips._tcp.two.example`],
    ...[`${word} A sip.two.example`, `${word} AAAA sip.two.example`],
  ];
  expect(await states(PUBLISHED)).toEqual(missing('missing'));
  expect(await states(`${PUBLISHED}two.example 60 AAAA 2001:db8:1::7\n`)).toEqual(missing('optional'));
  expect(await states(`${PUBLISHED}two.example 60 A 192.0.2.1\n`)).toEqual(missing('missing'));
});
