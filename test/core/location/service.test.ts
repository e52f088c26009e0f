import { assert, test } from 'vitest';
import type { Binding } from '../../../src/core/location/binding.ts';
import { LocationService } from '../../../src/core/location/service.ts';
import type { FlowName } from '../../../src/sip/transport/flow.ts';
import { binding, udp } from '../../support/routing.ts';
import { SimClock } from '../../support/sim-clock.ts';
import { SimLog } from '../../support/sim-log.ts';

const over = (connection: string): FlowName => ({ ...udp, transport: 'tcp', connection });

function setup() {
  const clock = new SimClock(0);
  const log = new SimLog();
  const location = new LocationService(clock, log);
  const events: string[] = [];
  location.subscribe((event) => events.push(`${clock.now()} ${event.kind} ${event.binding.uri}`));
  return { clock, log, location, events };
}

const at = (uri: string, more: Partial<Binding> = {}): Binding =>
  binding(uri, 1, { aor: 'alice', callId: 'a', expires: 60_000, flow: udp, ...more });

const uris = (bindings: readonly Binding[]): readonly string[] => bindings.map((binding) => binding.uri);

test('bindings are given out with the highest q first, then the newest (RFC 3261 §16.6)', () => {
  const { location } = setup();
  location.commit('alice', [at('sip:a@h1', { q: 0.5 }), at('sip:a@h2'), at('sip:a@h3', { since: 5 })]);
  assert.deepEqual(uris(location.bindings('alice')), ['sip:a@h3', 'sip:a@h2', 'sip:a@h1']);
  assert.deepEqual(location.bindings('bob'), []);
  assert.equal(location.count, 3);
});

test('a binding ends on its millisecond, and is swept (RFC 3261 §10.2.1.1)', () => {
  const { clock, location, events } = setup();
  location.commit('alice', [at('sip:a@h1', { expires: 60_000 }), at('sip:a@h2', { expires: 60_500 })]);
  clock.advance(59_999);
  assert.deepEqual(uris(location.bindings('alice')), ['sip:a@h1', 'sip:a@h2']);
  clock.advance(1);
  assert.deepEqual(uris(location.bindings('alice')), ['sip:a@h2']);
  assert.deepEqual(uris([...location.all()]), ['sip:a@h2']);
  clock.advance(499);
  assert.deepEqual(uris(location.bindings('alice')), ['sip:a@h2']);
  clock.advance(1);
  assert.deepEqual(location.bindings('alice'), []);
  clock.advance(500);
  assert.equal(location.count, 0);
  assert.deepEqual(events, ['0 added sip:a@h1', '0 added sip:a@h2', '60000 expired sip:a@h1', '61000 expired sip:a@h2']);
  assert.deepEqual(clock.armed(), []);
});

test('who listens hears of bindings also where the log does not want them (house, 8)', () => {
  class Quiet extends SimLog {
    override wants(): boolean {
      return false;
    }
  }
  const log = new Quiet();
  const location = new LocationService(new SimClock(0), log);
  const events: string[] = [];
  const stop = location.subscribe(({ kind, binding: { uri } }) => events.push(`${kind} ${uri}`));
  location.commit('alice', [at('sip:a@h1')]);
  location.remove('alice', 'sip:a@h1');
  stop();
  location.commit('alice', [at('sip:a@h1')]);
  assert.deepEqual([events, log.lines], [['added sip:a@h1', 'removed sip:a@h1'], []]);
});

test('sweeps lie a second apart, and nothing is armed without bindings', () => {
  const { clock, location } = setup();
  location.commit('alice', [at('sip:a@h1', { expires: 60_000 })]);
  location.commit('bob', [at('sip:b@h1', { aor: 'bob', expires: 100 })]);
  assert.deepEqual(
    clock.armed().map((timer) => `${timer.name} ${timer.due}`),
    ['expire bindings 1000'],
  );
  clock.advance(1_000);
  assert.deepEqual(
    clock.armed().map((timer) => timer.due),
    [60_000],
  );
  location.commit('alice', []);
  assert.deepEqual(clock.armed(), []);
});

test('what was stored before a restart ends without another change, and who listens hears of it', () => {
  const { clock, location, events } = setup();
  location.restore('alice', [at('sip:a@h1', { expires: 60_000 })]);
  assert.deepEqual(events, []);
  clock.advance(60_000);
  assert.deepEqual(events, ['60000 expired sip:a@h1']);
  assert.equal(location.count, 0);
});

test('a refresh is told as a refresh, of the same contact or of the same device (RFC 5626 §6)', () => {
  const { location, events } = setup();
  const kept = at('sip:a@h0');
  location.commit('alice', [kept, at('sip:a@h1'), at('sip:a@h2', { instance: 'i', regId: 1 })]);
  events.length = 0;
  location.commit('alice', [kept, at('sip:a@h1', { cseq: 2 }), at('sip:a@h3', { instance: 'i', regId: 1 })]);
  location.commit('alice', [kept]);
  assert.deepEqual(events, ['0 refreshed sip:a@h1', '0 refreshed sip:a@h3', '0 removed sip:a@h1', '0 removed sip:a@h3']);
});

test('when a connection closes, its outbound flows and contacts elsewhere end, the rest stay (RFC 5626 §7)', () => {
  const { location } = setup();
  location.commit('alice', [
    at('sip:a@192.0.2.7', { flow: over('c1') }),
    at('sip:a@192.0.2.7:1', { flow: over('c1'), instance: 'i', regId: 1 }),
    at('sip:a@10.0.0.7', { flow: over('c1'), routeToSource: true }),
    at('sip:a@10.0.0.8', { flow: over('c2'), routeToSource: true }),
    at('sip:a@10.0.0.9', { routeToSource: true }),
  ]);
  location.commit('bob', [at('sip:b@10.0.0.7', { aor: 'bob', flow: over('c1'), routeToSource: true })]);
  location.connectionClosed('c1');
  assert.deepEqual(uris(location.bindings('alice')), ['sip:a@192.0.2.7', 'sip:a@10.0.0.8', 'sip:a@10.0.0.9']);
  assert.deepEqual(location.bindings('bob'), []);
  location.connectionClosed('c1');
  location.connectionClosed('never');
  location.connectionClosed('c2');
  assert.deepEqual(uris(location.bindings('alice')), ['sip:a@192.0.2.7', 'sip:a@10.0.0.9']);
  assert.equal(location.count, 2);
});

test('a binding that moved to a new connection survives the end of the old one (RFC 5626 §6)', () => {
  const { location } = setup();
  const flow = { instance: 'i', regId: 1 };
  location.commit('alice', [at('sip:a@h1', { flow: over('c1'), ...flow })]);
  location.commit('alice', [at('sip:a@h1', { flow: over('c2'), ...flow })]);
  assert.equal(location.connections, 1);
  location.connectionClosed('c1');
  assert.deepEqual(uris(location.bindings('alice')), ['sip:a@h1']);
  location.connectionClosed('c2');
  assert.deepEqual(location.bindings('alice'), []);
  assert.equal(location.connections, 0);
});

test('two users on one connection: who leaves it takes nothing from the other, and what stays is on none once it has closed (RFC 5626 §7)', () => {
  const { location } = setup();
  location.commit('alice', [at('sip:a@h1', { flow: over('c1'), regId: 1, instance: '<urn:a>' })]);
  location.commit('bob', [at('sip:b@h1', { aor: 'bob', flow: over('c1'), regId: 1, instance: '<urn:b>' })]);
  location.commit('carol', [at('sip:c@h1', { aor: 'carol', flow: over('c1') })]);
  location.commit('alice', []);
  assert.equal(location.connections, 1);
  location.connectionClosed('c1');
  assert.deepEqual([...location.aors], ['carol']);
  assert.equal(location.connections, 0);
});

test('one binding is removed by its contact or its URI, no other', () => {
  const { location, events } = setup();
  location.commit('alice', [at('sip:a@h1'), at('sip:a@h2')]);
  assert.isFalse(location.remove('alice', 'sip:a@h3'));
  assert.isTrue(location.remove('alice', 'sip:a@h1'));
  assert.isTrue(location.remove('alice', '<sip:a@h2>'));
  assert.deepEqual([...location.aors], []);
  assert.deepEqual(events.slice(2), ['0 removed sip:a@h1', '0 removed sip:a@h2']);
});

test('who watches hears of every change, also by expiry; who stopped hears nothing', () => {
  const { clock, location } = setup();
  const changed: string[] = [];
  const stop = location.watch((aor) => changed.push(aor));
  location.commit('alice', [at('sip:a@h1')]);
  clock.advance(60_000);
  stop();
  location.commit('bob', [at('sip:b@h1', { aor: 'bob', expires: 120_000 })]);
  assert.deepEqual(changed, ['alice', 'alice']);
});

test('a name with a line end cannot write a line of the log (security S17)', () => {
  const { location, log } = setup();
  location.commit('a\r\nb', [at('sip:a@h1', { aor: 'a\r\nb' })]);
  assert.deepEqual(log.lines, ['info: binding added: a??b at sip:a@h1']);
});

test('a clock that steps ends no binding and keeps none: what was heard in this run lasts as long as it was granted (RFC 3261 §10.3)', () => {
  for (const step of [10 * 365 * 86_400_000, -3_600_000]) {
    const { clock, location } = setup();
    location.commit('alice', [at('sip:a@h1')]);
    clock.step(step);
    assert.equal(location.ahead, step);
    clock.advance(59_999);
    assert.deepEqual(uris(location.bindings('alice')), ['sip:a@h1']);
    clock.advance(1);
    assert.deepEqual(uris(location.bindings('alice')), []);
    assert.equal(location.count, 0);
  }
});
