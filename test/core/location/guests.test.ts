import { assert, test } from 'vitest';
import { GuestFlows } from '../../../src/core/location/guests.ts';
import { LocationService } from '../../../src/core/location/service.ts';
import { parseUri } from '../../../src/sip/message/uri.ts';
import type { FlowName } from '../../../src/sip/transport/flow.ts';
import { binding } from '../../support/routing.ts';
import { SimClock } from '../../support/sim-clock.ts';
import { SimLog } from '../../support/sim-log.ts';

const from = (host: string, port: number): FlowName => ({
  transport: 'udp',
  local: { host: '192.0.2.1', port: 5060 },
  remote: { host, port },
  connection: '',
});

test('where several guests are bound by one flow From says which, as long as that one is bound; else it is one of them (house 5)', () => {
  const location = new LocationService(new SimClock(0), new SimLog());
  const guests = new GuestFlows(location);
  const flow = from('192.0.2.7', 5060);
  const bind = (name: string, expires: number) => {
    const aor = `${name}@open.example`;
    const twice = [`sip:${name}@192.0.2.7`, `sip:${name}@192.0.2.7;x=y`].map((uri) => binding(uri, 1, { aor, expires, flow }));
    location.commit(aor, expires === 0 ? [] : twice);
  };
  const said = (...uris: readonly string[]) => uris.map((uri) => guests.at(flow, parseUri(uri)));
  bind('gus', 60_000);
  bind('gil', 60_000);
  bind('gus', 60_000);
  assert.deepEqual(said('sip:gil@open.example', 'sip:g%75s@open.example:5070', 'sip:eve@open.example', 'tel:+49301'), [
    'gil@open.example',
    'gus@open.example',
    'gus@open.example',
    'gus@open.example',
  ]);
  bind('gus', 0);
  assert.deepEqual(said('sip:gil@open.example', 'sip:gus@open.example'), ['gil@open.example', 'gil@open.example']);
  bind('gil', 0);
  assert.deepEqual(said('sip:gil@open.example'), [undefined]);
});

test('guests are counted once for each network, and no longer than they are bound (interface §4, domain; security S12)', () => {
  const clock = new SimClock(0);
  const location = new LocationService(clock, new SimLog());
  const guests = new GuestFlows(location);
  const bind = (aor: string, ...flows: readonly FlowName[]) =>
    location.commit(
      aor,
      flows.map((flow) => binding(`sip:x@${flow.remote.host}:${flow.remote.port}`, 1, { aor, expires: 60_000, flow })),
    );
  const counted = () => [guests.count, guests.countFrom(from('192.0.2.7', 1)), guests.countFrom(from('192.0.2.8', 1))];
  bind('gus@open.example', from('192.0.2.7', 5060), from('192.0.2.7', 5070));
  bind('gil@open.example', from('192.0.2.7', 5080));
  bind('alice', from('192.0.2.7', 5090));
  assert.deepEqual(counted(), [2, 2, 0]);
  assert.equal(guests.at(from('192.0.2.7', 5070)), 'gus@open.example');
  bind('gus@open.example', from('192.0.2.8', 5060));
  assert.deepEqual(counted(), [2, 1, 1]);
  assert.equal(guests.at(from('192.0.2.7', 5070)), undefined);
  bind('gus@open.example');
  assert.deepEqual(counted(), [1, 1, 0]);
  // Another one that ends has just been swept, and the next sweep is a second away.
  location.commit('x@open.example', [
    binding('sip:x@h', 1, { aor: 'x@open.example', expires: 59_900, flow: from('192.0.2.9', 1) }),
  ]);
  clock.advance(59_999);
  assert.equal(guests.at(from('192.0.2.7', 5080)), 'gil@open.example');
  clock.advance(1);
  assert.equal(guests.at(from('192.0.2.7', 5080)), undefined);
  clock.advance(2_000);
  assert.deepEqual(counted(), [0, 0, 0]);
});
