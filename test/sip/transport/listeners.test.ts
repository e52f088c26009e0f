import { assert, test } from 'vitest';
import { TransportLayer } from '../../../src/sip/transport/layer.ts';
import type { ListenAddress } from '../../../src/sip/transport/listen.ts';
import { Listeners } from '../../../src/sip/transport/listeners.ts';
import { SimClock } from '../../support/sim-clock.ts';
import { SimLog } from '../../support/sim-log.ts';
import { SimNetwork } from '../../support/sim-network.ts';
import { SimRandom } from '../../support/sim-random.ts';

const EVERYWHERE: ListenAddress = { transport: 'udp', host: '0.0.0.0', port: 5060 };
const FIRST: ListenAddress = { transport: 'udp', host: '10.0.0.1', port: 5060 };
const SECOND: ListenAddress = { transport: 'udp', host: '10.0.0.2', port: 5060 };

/** Lets promises settle: binding a socket is one. */
const settle = () => new Promise((done) => setImmediate(done));

function setup(...wanted: ListenAddress[]) {
  const clock = new SimClock();
  const random = new SimRandom();
  const log = new SimLog();
  const host = new SimNetwork(clock, random).host('10.0.0.1', '10.0.0.2');
  const transport = new TransportLayer({ clock, network: host, random, log });
  const state = { wanted, changes: 0, sleeps: 0 };
  const listeners = new Listeners({
    ...{ clock, network: host, log, transport },
    listening: () => ({ wanted: state.wanted, credentials: undefined }),
    changed(slept) {
      state.changes++;
      if (slept) state.sleeps++;
    },
  });
  const points = () => transport.points.map(({ sentBy }) => sentBy);
  const later = async (ms: number) => {
    for (let at = 0; at < ms; at += 1_000) {
      clock.advance(1_000);
      await settle();
    }
  };
  return { clock, log, host, listeners, state, points, later };
}

test('a wildcard is kept in step with the interfaces, a written address with the configuration', async () => {
  const { host, listeners, state, points, later, clock } = setup(EVERYWHERE);
  await listeners.start();
  assert.deepEqual(points(), ['10.0.0.1:5060', '10.0.0.2:5060']);
  host.addAddress('10.0.0.3');
  host.removeAddress('10.0.0.1');
  await later(1_000);
  assert.deepEqual(points(), ['10.0.0.2:5060', '10.0.0.3:5060']);
  assert.equal(state.changes, 1);
  state.wanted = [SECOND];
  listeners.follow();
  assert.deepEqual(points(), ['10.0.0.2:5060']);
  assert.deepEqual(clock.armed(), []);
});

test('an interface that comes, by several addresses and transports, is told once, when all of it is there (RFC 3261 §10.2)', async () => {
  const { host, listeners, state, points, later } = setup(EVERYWHERE, { ...EVERYWHERE, transport: 'tcp' });
  await listeners.start();
  const told: number[] = [];
  for (const address of ['10.0.0.3', '10.0.0.4']) host.addAddress(address);
  host.removeAddress('10.0.0.2');
  await later(3_000);
  told.push(state.changes, points().length);
  // One that is taken keeps nothing back.
  host.addAddress('10.0.0.5');
  const other = host.bind({ host: '10.0.0.5', port: 5060 }, () => undefined);
  await later(3_000);
  told.push(state.changes, points().length);
  other.close();
  await later(2_000);
  told.push(state.changes, points().length);
  assert.deepEqual(told, [1, 6, 2, 7, 3, 8]);
});

test('an address that is taken later is said once, tried again, and a problem until it is had', async () => {
  const { host, log, listeners, points, later } = setup(EVERYWHERE);
  await listeners.start();
  host.addAddress('10.0.0.3');
  const other = host.bind({ host: '10.0.0.3', port: 5060 }, () => undefined);
  await later(5_000);
  const why = 'cannot listen on udp:10.0.0.3:5060: 10.0.0.3 port 5060 is taken';
  assert.deepEqual(log.of('warning'), [why]);
  assert.deepEqual(listeners.problems, [why]);
  other.close();
  await later(1_000);
  assert.deepEqual(points(), ['10.0.0.1:5060', '10.0.0.2:5060', '10.0.0.3:5060']);
  assert.deepEqual(listeners.problems, []);
});

test('a written address that a reload brought and that is taken is tried again too', async () => {
  const { host, listeners, state, points, later, clock } = setup(FIRST);
  await listeners.start();
  const other = host.bind({ host: '10.0.0.2', port: 5060 }, () => undefined);
  state.wanted = [FIRST, SECOND];
  listeners.follow();
  await later(2_000);
  assert.deepEqual(points(), ['10.0.0.1:5060']);
  other.close();
  await later(2_000);
  assert.deepEqual(points(), ['10.0.0.1:5060', '10.0.0.2:5060']);
  assert.deepEqual(clock.armed(), []);
});

test('an address of a wildcard that cannot be bound yet does not keep the daemon from starting (RFC 4862 §5.4)', async () => {
  const { host, listeners, points, later } = setup(EVERYWHERE);
  const real = host.interfaces.bind(host);
  host.interfaces = () => [...real(), { host: '10.0.0.9', family: 4, prefix: 24 }];
  await listeners.start();
  assert.deepEqual(points(), ['10.0.0.1:5060', '10.0.0.2:5060']);
  host.interfaces = real;
  host.addAddress('10.0.0.9');
  await later(1_000);
  assert.deepEqual(points(), ['10.0.0.1:5060', '10.0.0.2:5060', '10.0.0.9:5060']);
});

test('an address that is bound three seconds after it came is no problem, and one that never is is said once (RFC 4862 §5.4)', async () => {
  const { host, log, listeners, points, later } = setup(EVERYWHERE);
  await listeners.start();
  const real = host.interfaces.bind(host);
  host.interfaces = () => [...real(), { host: '10.0.0.9', family: 4, prefix: 24 }];
  await later(3_000);
  assert.deepEqual([log.of('warning'), listeners.problems], [[], []]);
  host.interfaces = real;
  host.addAddress('10.0.0.9');
  await later(1_000);
  assert.deepEqual(points(), ['10.0.0.1:5060', '10.0.0.2:5060', '10.0.0.9:5060']);
  host.interfaces = () => [...real(), { host: '10.0.0.8', family: 4, prefix: 24 }];
  await later(8_000);
  const why = 'cannot listen on udp:10.0.0.8:5060: 10.0.0.8 is no address of this machine';
  assert.deepEqual([log.of('warning'), listeners.problems], [[why], [why]]);
});

test('a link-local address whose interface was made anew under the same name is bound anew (RFC 4007 §6)', async () => {
  const { host, listeners, points, log, later } = setup({ ...EVERYWHERE, host: '::' });
  const local = { host: 'fe80::1%br0', family: 6, prefix: 64 } as const;
  host.addAddress(local.host);
  host.interfaces = () => [{ ...local, link: 4 }];
  await listeners.start();
  await later(2_000);
  assert.deepEqual([points(), log.of('notice')], [['[fe80::1]:5060'], []]);
  host.interfaces = () => [{ ...local, link: 9 }];
  await later(2_000);
  assert.deepEqual(points(), ['[fe80::1]:5060']);
  assert.deepEqual(log.of('notice'), [
    'no longer listening on udp:[fe80::1%br0]:5060',
    'now also listening on udp:[fe80::1%br0]:5060',
  ]);
});

test('an address that was written, or is taken, keeps the daemon from starting', async () => {
  const missing = setup({ ...FIRST, host: '10.0.0.9' });
  assert.match(await missing.listeners.start().then(String, String), /cannot listen on udp:10\.0\.0\.9:5060/);
  const taken = setup(EVERYWHERE);
  taken.host.bind({ host: '10.0.0.2', port: 5060 }, () => undefined);
  assert.match(await taken.listeners.start().then(String, String), /10\.0\.0\.2 port 5060 is taken/);
});

test('what is wanted no more when it is bound at last is closed again, and nothing is bound twice', async () => {
  const { log, listeners, state, points } = setup(FIRST);
  await listeners.start();
  state.wanted = [FIRST, SECOND];
  listeners.follow();
  listeners.follow();
  await settle();
  assert.deepEqual(points(), ['10.0.0.1:5060', '10.0.0.2:5060']);
  assert.deepEqual(log.of('warning'), []);
  state.wanted = [FIRST];
  listeners.follow();
  state.wanted = [FIRST, SECOND];
  listeners.follow();
  state.wanted = [FIRST];
  listeners.follow();
  await settle();
  assert.deepEqual(points(), ['10.0.0.1:5060']);
});

test('nothing is opened after the end', async () => {
  const { clock, listeners, state, points } = setup(FIRST, EVERYWHERE);
  await listeners.start();
  state.wanted = [FIRST];
  listeners.follow();
  state.wanted = [FIRST, SECOND];
  listeners.follow();
  listeners.stop();
  await settle();
  assert.deepEqual(points(), ['10.0.0.1:5060']);
  assert.deepEqual(clock.armed(), []);
});

test('a machine that slept looks at its network anew, once, and one whose clock is corrected by a little does not', async () => {
  const { clock, listeners, state, log, later } = setup(EVERYWHERE);
  await listeners.start();
  clock.step(5_000);
  await later(2_000);
  clock.step(-3_600_000);
  await later(2_000);
  assert.equal(state.changes, 0);
  clock.step(8 * 3_600_000);
  await later(5_000);
  assert.deepEqual([state.changes, state.sleeps], [1, 1]);
  assert.deepEqual(log.of('notice'), ['the machine slept, or its clock was set: the network is looked at anew']);
});

test('a machine that sleeps while an address that came is being bound is told of as one that slept', async () => {
  const { clock, host, listeners, state } = setup(EVERYWHERE);
  await listeners.start();
  host.removeAddress('10.0.0.2');
  host.addAddress('10.0.0.3');
  listeners.follow();
  clock.step(8 * 3_600_000);
  listeners.follow();
  await settle();
  assert.deepEqual([state.changes, state.sleeps], [1, 1]);
});

test('what a configuration wants is opened before it is taken, and told once it is', async () => {
  const { log, listeners, state, points, later } = setup(FIRST);
  await listeners.start();
  await listeners.prepare({ wanted: [FIRST, SECOND], credentials: undefined });
  const both = ['10.0.0.1:5060', '10.0.0.2:5060'];
  assert.deepEqual([points(), log.of('notice'), state.changes], [both, [], 0]);
  state.wanted = [FIRST, SECOND];
  listeners.follow();
  listeners.follow();
  assert.deepEqual([points(), log.of('notice'), state.changes], [both, ['now also listening on udp:10.0.0.2:5060'], 1]);
  await later(2_000);
  assert.deepEqual(points(), both);
});

test('an address that is not to be had refuses a configuration only where that brings it, and no look at the network stops', async () => {
  const { host, listeners, state, points, later } = setup(EVERYWHERE);
  await listeners.start();
  host.addAddress('10.0.0.3');
  const other = host.bind({ host: '10.0.0.3', port: 5060 }, () => undefined);
  await later(1_000);
  await listeners.prepare({ wanted: [...state.wanted], credentials: undefined });
  listeners.follow();
  await settle();
  assert.equal(listeners.problems.length, 1);
  const more: ListenAddress = { transport: 'udp', host: '10.0.0.1', port: 5070 };
  const taken: ListenAddress = { transport: 'udp', host: '10.0.0.2', port: 5070 };
  host.bind({ host: '10.0.0.2', port: 5070 }, () => undefined);
  const why = await listeners.prepare({ wanted: [EVERYWHERE, more, taken], credentials: undefined }).then(String, String);
  assert.match(why, /cannot listen on udp:10\.0\.0\.2:5070/);
  assert.deepEqual(points(), ['10.0.0.1:5060', '10.0.0.2:5060']);
  other.close();
  await later(2_000);
  assert.deepEqual(points(), ['10.0.0.1:5060', '10.0.0.2:5060', '10.0.0.3:5060']);
});

test('a port that is our own changes from TCP to TLS, as it is closed first', async () => {
  const stream = { host: '10.0.0.1', port: 5060 };
  const { listeners, state, points, later } = setup({ ...stream, transport: 'tcp' });
  await listeners.start();
  const wanted: ListenAddress[] = [{ ...stream, transport: 'tls' }];
  await listeners.prepare({ wanted, credentials: undefined });
  assert.deepEqual(points(), ['10.0.0.1:5060']);
  state.wanted = wanted;
  listeners.follow();
  await later(2_000);
  assert.deepEqual(points(), ['10.0.0.1:5060']);
});
