import { expect, test } from 'vitest';
import { bindingReport, dialogReport, dnsReports, phoneReport } from '../../../src/control/dbus/tell.ts';
import type { Binding } from '../../../src/core/location/binding.ts';
import { Locator } from '../../../src/sip/locate/locator.ts';
import { SimClock } from '../../support/sim-clock.ts';
import { SimRandom } from '../../support/sim-random.ts';
import { SimResolver } from '../../support/sim-resolver.ts';

test('a dialog is told by its side and who is there', () => {
  const dialog = { callId: 'c', localTag: 'l', remoteTag: 'r', target: 'sip:x@192.0.2.1' };
  const state = { role: 'uac', state: 'confirmed', provider: 'acme', name: '<sip:030@acme.example>', dialog } as const;
  expect(dialogReport(state)).toEqual({
    ...{ role: 'uac', state: 'confirmed', side: 'provider acme', name: '<sip:030@acme.example>', callId: 'c' },
    ...{ localTag: 'l', remoteTag: 'r', target: 'sip:x@192.0.2.1' },
  });
  expect(dialogReport({ ...state, provider: undefined }).side).toBe('house');
});

test('what is remembered of DNS is told with what was answered, and for how long yet', () => {
  const clock = new SimClock();
  const resolver = new SimResolver(clock, 'away.example 60 A 192.0.2.10\n');
  const locator = new Locator({ clock, random: new SimRandom(), resolver, transports: () => ['udp'], sourceFor: (host) => host });
  locator.locate({ host: 'away.example', port: 5060, transport: 'udp', secure: false }, () => {});
  clock.advance(20_000);
  locator.failed({ transport: 'udp', host: '192.0.2.10', port: 5060, domain: 'away.example' });
  expect(dnsReports(locator.remembered())).toEqual([
    { kind: 'answer', what: 'A away.example: 192.0.2.10', seconds: 40 },
    { kind: 'grey', what: 'udp:192.0.2.10:5060', seconds: 30 },
  ]);
});

test('the times of a phone are told by the wall clock, however it was set since', () => {
  const flow = {
    transport: 'udp',
    local: { host: '10.0.0.1', port: 5060 },
    remote: { host: '10.0.0.2', port: 5060 },
    connection: '',
  } as const;
  const binding: Binding = {
    ...{ aor: 'alice', contact: '<sip:a@10.0.0.2>', uri: 'sip:a@10.0.0.2', q: 1, since: 1_000, expires: 61_000 },
    ...{ callId: 'c', cseq: 1, path: [], flow, routeToSource: false },
  };
  expect(phoneReport(binding, binding.uri, 86_400_000)).toMatchObject({ since: 86_401_000, expires: 86_461_000 });
  expect(bindingReport(binding, -500)).toMatchObject({ since: 500, expires: 60_500 });
});
