import { expect, test } from 'vitest';
import { serverAddress } from '../../src/core/first-start.ts';
import { pointToName } from '../../src/core/point-to-name.ts';
import { hostPort, type Transport } from '../../src/sip/message/uri.ts';
import type { ListeningPoint } from '../../src/sip/transport/flow.ts';
import { unzoned } from '../../src/sip/transport/flow.ts';

const at = (host: string, transport: Transport = 'udp', port = 5060): ListeningPoint => {
  return { transport, address: { host, port }, sentBy: hostPort(unzoned(host), port) };
};

const LOOPBACK = [at('127.0.0.1'), at('::1')];

test('a softphone is told an IPv6 address where no other one leads here from elsewhere (RFC 6157 §3.1)', () => {
  const told = (...hosts: readonly string[]) => serverAddress([...LOOPBACK, ...hosts.map((host) => at(host))]);
  expect(told('fe80::1%eth0', '2001:db8::7')).toBe('[2001:db8::7]');
  expect(told('fd00::7', 'fe80::1%eth0')).toBe('[fd00::7]');
  expect(told('2001:db8::7', '192.0.2.7')).toBe('192.0.2.7');
  expect(told('2001:db8::7', '10.0.0.7')).toBe('10.0.0.7');
});

test('what only few reach is told after what many do: a translator of RFC 7335 or an address without DHCP (RFC 3927)', () => {
  const told = (...hosts: readonly string[]) => serverAddress([...LOOPBACK, ...hosts.map((host) => at(host))]);
  expect(told('192.0.0.1', '2001:db8::7')).toBe('[2001:db8::7]');
  expect(told('169.254.3.4', '2001:db8::7')).toBe('[2001:db8::7]');
  expect(told('fe80::1%eth0', '169.254.3.4')).toBe('169.254.3.4');
});

test('no link-local IPv6 address is told, for each machine has a zone of its own for it (RFC 4007 §11)', () => {
  expect(serverAddress([at('fe80::1%eth0'), ...LOOPBACK])).toBe('127.0.0.1');
});

test('UDP is named before other transports of addresses that as many reach', () => {
  const points = [at('127.0.0.1', 'tcp'), at('192.0.2.7', 'tcp'), at('192.0.2.8', 'udp', 5070)];
  expect(pointToName(points)).toBe(points[2]);
  expect(pointToName(points.slice(0, 2))).toBe(points[1]);
  expect(pointToName([])).toBe(undefined);
});
