import { expect, test } from 'vitest';
import { dialogReport, dnsReports } from '../../../src/control/dbus/tell.ts';
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
  const locator = new Locator({ clock, random: new SimRandom(), resolver, transports: () => ['udp'] });
  locator.locate({ host: 'away.example', port: 5060, transport: 'udp', secure: false }, () => {});
  clock.advance(20_000);
  locator.failed({ transport: 'udp', host: '192.0.2.10', port: 5060, domain: 'away.example' });
  expect(dnsReports(locator.remembered())).toEqual([
    { kind: 'answer', what: 'A away.example: 192.0.2.10', seconds: 40 },
    { kind: 'grey', what: 'udp:192.0.2.10:5060', seconds: 30 },
  ]);
});
