import { expect, test } from 'vitest';
import { Traffic } from '../../../src/core/call/traffic.ts';
import { CALL_KINDS, callKind } from '../../../src/core/routing/call-kind.ts';
import type { Principal } from '../../../src/core/routing/decision.ts';
import { route } from '../../../src/core/routing/route.ts';
import { parseUri } from '../../../src/sip/message/uri.ts';
import { Desk, HOUSE } from '../../support/desk.ts';
import { snapshotOf } from '../../support/routing.ts';

const TRUNKS = `${HOUSE}[provider acme]
registrar = sip:acme.example
inbound = bob
[modem gsm0]
port = /dev/ttyUSB0
inbound = bob
[dial line]
match = 9X!
strip = 1
to = modem gsm0
[dial out]
match = 0X!
to = provider acme
`.replace('[daemon]', '[daemon]\ncountry = DE\nenum = e164.arpa');

const user: Principal = { kind: 'user', name: 'alice' };
const kindOf = (dialed: string, principal: Principal = user) => {
  const uri = parseUri(dialed.includes(':') ? dialed : `sip:${dialed}@home.example`);
  return callKind(principal, route({ method: 'INVITE', uri, principal }, snapshotOf(TRUNKS)));
};

test('a call of ours is of the kind that it leads to, and one of others of the kind that they are', () => {
  expect(kindOf('bob')).toBe('internal');
  expect(kindOf('sip:x@away.example')).toBe('peerOut');
  expect(kindOf('030123456')).toBe('providerOut'); // ENUM is asked first
  expect(kindOf('90171234567')).toBe('modemOut');
  expect(kindOf('112')).toBe('emergency');
  expect(kindOf('299')).toBe('refused');
  expect(kindOf('bob', { kind: 'anonymous' })).toBe('anonymous');
  expect(kindOf('bob', { kind: 'guest', aor: 'g@home.example' })).toBe('guest');
  expect(kindOf('bob', { kind: 'peer', domain: 'away.example' })).toBe('peerIn');
  expect(kindOf('bob', { kind: 'provider', name: 'acme' })).toBe('providerIn');
  expect(kindOf('bob', { kind: 'line', name: 'gsm0' })).toBe('modemIn');
  expect(kindOf('bob', { kind: 'unproved', stale: false })).toBeUndefined();
});

test('an hour and a day begin anew when they do, the start does not', () => {
  let wall = new Date(2026, 10, 3, 22, 59, 59).getTime();
  const traffic = new Traffic({ wall: () => wall });
  const seen = () => {
    const { total, today, hour } = traffic.report();
    return [total.internal, today.internal, hour.internal];
  };
  traffic.count('internal');
  traffic.count('refused');
  expect(seen()).toEqual([1, 1, 1]);
  wall += 2_000;
  expect(seen()).toEqual([1, 1, 0]);
  traffic.count('internal');
  expect(seen()).toEqual([2, 2, 1]);
  wall += 3_600_000;
  expect(seen()).toEqual([2, 0, 0]);
  expect(Object.keys(traffic.report().total)).toEqual([...CALL_KINDS]);
});

test.each([
  ['Asia/Kolkata', [2026, 10, 3, 23, 59, 59], 2_000, [2, 1, 1]],
  ['Asia/Kathmandu', [2026, 10, 3, 12, 59, 59], 2_000, [2, 2, 1]],
  ['Asia/Kolkata', [2026, 10, 3, 12, 29, 59], 2_000, [2, 2, 2]],
  // Summer time ends: the hour from two to three comes twice, and is two hours.
  ['Europe/Berlin', [2026, 9, 25, 2, 30, 0], 3_600_000, [2, 2, 1]],
  ['Europe/Berlin', [2026, 2, 29, 1, 59, 59], 2_000, [2, 2, 1]],
])('the day and the hour are those of the clock on the wall, %s %j', (zone, date, later, seen) => {
  const before = process.env.TZ;
  process.env.TZ = zone;
  try {
    const [year, month, day, hour, minute, second] = date as [number, number, number, number, number, number];
    let wall = new Date(year, month, day, hour, minute, second).getTime();
    const traffic = new Traffic({ wall: () => wall });
    traffic.count('internal');
    wall += later;
    traffic.count('internal');
    const { total, today, hour: inHour } = traffic.report();
    expect([total.internal, today.internal, inHour.internal]).toEqual(seen);
  } finally {
    if (before === undefined) delete process.env.TZ;
    else process.env.TZ = before;
  }
});

test('the exchange counts a call once, however often it is challenged or retransmitted', async () => {
  const desk = await Desk.open();
  const alice = await desk.phone('alice', '10.0.0.2');
  const bob = await desk.phone('bob', '10.0.0.3');
  bob.register();
  alice.call('INVITE', 'sip:bob@home.example');
  desk.run(3_000);
  alice.call('INVITE', 'sip:nobody@home.example');
  alice.call('MESSAGE', 'sip:bob@home.example');
  const { total } = desk.exchange.traffic.report();
  expect([total.internal, total.refused, total.anonymous]).toEqual([1, 1, 0]);
});
