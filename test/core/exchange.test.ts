import { assert, test } from 'vitest';
import type { Binding } from '../../src/core/location/binding.ts';
import { minuteOfWeek } from '../../src/core/routing/states.ts';
import { house } from '../rules/house.ts';
import { Desk, HOUSE, readConfig } from '../support/desk.ts';
import { RingHouse } from '../support/ring-house.ts';
import { SimClock } from '../support/sim-clock.ts';
import { SimStorage } from '../support/sim-storage.ts';

const TLS = `${HOUSE}`.replace('[domain', 'tls_listen = tls:10.0.0.1:5061\ntls_certificate = /c.pem\ntls_key = /k.pem\n[domain');
const credentials = { certificate: 'DNS:home.example', key: '', authorities: undefined };

test('a reload with bad certificates changes nothing: neither users, nor settings, nor what TLS shows', async () => {
  const desk = await Desk.open({ config: TLS, credentials });
  const { exchange } = desk;
  const { config, snapshot } = exchange;
  const read = readConfig(`${TLS}[user dave]\nextension = 204\n`);
  assert.throws(() => exchange.reload(read.config!, { ...credentials, certificate: 'garbage' }), 'cannot be read');
  assert.equal(exchange.config, config);
  assert.equal(exchange.snapshot, snapshot);
  exchange.reload(read.config!, credentials);
  assert.equal(exchange.snapshot.byName('dave')?.extension, '204');
});

test('the bindings of a user who is in no file any more end with the reload or the start that finds that, as after `user remove`', async () => {
  const open = '[domain open.example]\ninbound = anonymous\nregister = anonymous\n';
  const { desk } = await house({ config: `${HOUSE}${open}` });
  const { exchange, storage } = desk;
  const guest = await desk.phone('ann', '10.0.0.9');
  const ann = { to: '<sip:ann@open.example>', from: '<sip:ann@open.example>', headers: [`Contact: ${guest.contact}`] };
  guest.request('REGISTER', 'sip:open.example', ann);
  guest.response(200);
  const bound = (of: typeof exchange) => [...of.location.aors].sort();
  assert.deepEqual(bound(exchange), ['alice', 'ann@open.example', 'bob']);
  desk.run(1_000);
  const without = HOUSE.replace(/\[user bob\][^[]*/, '') + open;
  const restarted = await Desk.open({ config: without, storage });
  assert.deepEqual(bound(restarted.exchange), ['alice', 'ann@open.example']);
  exchange.reload(readConfig(without).config!);
  assert.deepEqual(bound(exchange), ['alice', 'ann@open.example']);
  assert.deepEqual(
    desk.log.lines.filter((line) => line.includes('binding removed')),
    ['info: binding removed: bob at sip:bob@10.0.0.3:5060'],
  );
});

test('a phone whose connection closes is registered by it no more (RFC 5626 §7)', async () => {
  const desk = await Desk.open();
  const alice = await desk.phone('alice', '10.0.0.2', 5060, 'tcp');
  const instance = '+sip.instance="<urn:uuid:00000000-0000-1000-8000-000000000001>"';
  alice.register([`Contact: ${alice.contact};reg-id=1;${instance}`, 'Supported: outbound, path', 'Expires: 3600']);
  const bindings = () => desk.exchange.location.bindings('alice').length;
  assert.equal(bindings(), 1);
  alice.close();
  desk.run(100);
  assert.equal(bindings(), 0);
});

test('guests who registered before a restart are guests after it: known by where they are, and counted (security S12)', async () => {
  const config = `${HOUSE}[domain open.example]\ninbound = anonymous\nregister = anonymous\n`;
  const desk = await Desk.open({ config });
  const ann = await desk.phone('ann', '10.0.0.9');
  const own = { to: '<sip:ann@open.example>', from: '<sip:ann@open.example>', headers: [`Contact: ${ann.contact}`] };
  ann.request('REGISTER', 'sip:open.example', own);
  ann.response(200);
  await desk.clock.pass(1_000);
  const { guests, location } = (await Desk.open({ config, storage: desk.storage })).exchange;
  const [{ flow }] = location.bindings('ann@open.example') as [Binding];
  assert.deepEqual([guests.at(flow), guests.countFrom(flow)], ['ann@open.example', 1]);
});

test('a user who is made anew under the name of one who is gone has spent nothing and was called by nobody (security S3)', async () => {
  const { desk, alice, bob } = await house({});
  const { exchange, storage, clock } = desk;
  alice.authenticated(alice.request('INVITE', 'sip:bob@home.example'), alice.response(407));
  bob.answer(bob.take('INVITE'), 486);
  const limits = { calls: 9, callsPerHour: 9, minutesPerDay: 9 };
  const trunk = { kind: 'provider', name: 'acme' };
  for (const name of ['alice', 'bob'])
    exchange.spending.start({ payer: { name, class: limits }, trunk, limits, emergency: false })!.ended();
  await clock.pass(2_000);
  const known = (of: typeof exchange) => [
    ...['alice', 'bob'].map((name) => of.spending.user(name).hour),
    of.spending.trunk(trunk).hour,
    of.snapshot.lastCaller('bob'),
  ];
  const before = storage.read('spending')!;
  assert.deepEqual(known(exchange), [1, 1, 2, { user: 'alice' }]);
  exchange.reload(readConfig(HOUSE).config!);
  assert.deepEqual(known(exchange), [1, 1, 2, { user: 'alice' }]);
  const without = HOUSE.replace(/\[user bob\][^[]*/, '');
  exchange.reload(readConfig(without).config!);
  exchange.reload(readConfig(HOUSE).config!);
  assert.deepEqual(known(exchange), [1, 0, 2, undefined]);
  await clock.pass(2_000);
  assert.notInclude(storage.read('spending'), 'bob');
  await storage.write('spending', before);
  const restarted = await Desk.open({ config: without, storage });
  assert.deepEqual(known(restarted.exchange), [1, 0, 2, undefined]);
});

test('who registers while the daemon ends is told nothing, for nobody writes it down any more: the next daemon hears it again (RFC 3261 §17.1.2.2)', async () => {
  const storage = new SimStorage();
  const { desk, phones } = await RingHouse.open({ storage, away: ['carol'] });
  desk.run(1_000);
  const ended = desk.exchange.stop();
  desk.run(200); // the telephone company has not said goodbye yet
  assert.throws(() => phones.carol.register(), 'carol has no 401, but nothing');
  desk.run(2_000);
  await ended;
  const next = await Desk.open({ storage });
  assert.deepEqual([...next.exchange.location.aors].sort(), ['alice', 'bob']);
});

test('behind a NAT who dials its address means us, by the ports that we listen on', async () => {
  const { exchange } = await Desk.open({ config: HOUSE.replace('[daemon]', '[daemon]\npublic_address = 198.51.100.7') });
  const of = (port?: number) => exchange.snapshot.domains.of('198.51.100.7', port)?.name;
  assert.deepEqual([of(), of(5060), of(5080)], ['home.example', 'home.example', undefined]);
});

test('what cannot be written down is told as long as that is so: bindings, calls, what they cost, states (house 8)', async () => {
  const { desk, alice, bob } = await house({ config: `${HOUSE}[state night]\n` });
  const { exchange, storage, clock } = desk;
  await clock.pass(2_000);
  assert.deepEqual(exchange.problems, []);
  storage.fails = 'ENOSPC';
  alice.register();
  alice.authenticated(alice.request('INVITE', 'sip:bob@home.example'), alice.response(407));
  bob.answer(bob.take('INVITE'), 486);
  const none = { calls: 9, callsPerHour: 9, minutesPerDay: 9 };
  const trunk = { kind: 'provider', name: 'acme' };
  exchange.spending.start({ payer: { name: 'alice', class: none }, trunk, limits: none, emergency: false })!.ended();
  await exchange.features.states.set('night', 'on').catch(() => {});
  await clock.pass(10_000);
  assert.deepEqual(exchange.problems, [
    'cannot write bindings.journal: ENOSPC; bindings are kept in memory only until it can be written',
    'cannot write history.jsonl: ENOSPC; the last 10000 calls are kept in memory until it can be written',
    'cannot write spending: ENOSPC; what calls cost is kept in memory only until it can be written',
    'cannot write states: ENOSPC; what was switched is so until the daemon stops',
  ]);
  storage.fails = undefined;
  await exchange.features.states.set('night', 'off');
  await clock.pass(120_000);
  assert.deepEqual(exchange.problems, []);
});

test('a clock that is set is noticed where addresses are a wildcard, and kill -9 after that ends no registration (RFC 3261 §10.3)', async () => {
  const desk = await Desk.open({ config: HOUSE.replace('udp:10.0.0.1:5060', 'udp:0.0.0.0:5060') });
  const alice = await desk.phone('alice', '10.0.0.2');
  alice.register();
  await desk.clock.pass(100);
  desk.clock.step(56 * 365 * 86_400_000);
  await desk.clock.pass(1_100);
  const [, expires] = /"expires":([0-9]+)/.exec(desk.storage.read('bindings.journal')!)!;
  assert.isAbove(Number(expires), desk.clock.wall());
});

test('who has used up an hour or a day by the limits in use is told as long as that is so (house 8, security S3)', async () => {
  const limited = HOUSE.replace('[user alice]', '[class tight]\nmay = paid\ncalls_per_hour = 2\n[user alice]\nclass = tight');
  const { exchange, clock } = await Desk.open({ config: limited });
  const none = { calls: 9, callsPerHour: 9, minutesPerDay: 9 };
  const trunk = { kind: 'provider', name: 'gone' };
  const call = () =>
    exchange.spending.start({ payer: { name: 'alice', class: none }, trunk, limits: none, emergency: false })!.ended();
  call();
  assert.deepEqual(exchange.problemsOfUsers, []);
  call();
  assert.deepEqual(exchange.problemsOfUsers, ['user alice has used up the limit of 2 calls an hour']);
  clock.advance(3_600_000);
  assert.deepEqual(exchange.problemsOfUsers, []);
});

test('whoever listens hears at once after a sleep of the machine which states are switched by then', async () => {
  const minute = minuteOfWeek(new SimClock().wall());
  const [from, to] = [420, 540].map((later) => {
    const at = minute + later;
    return `${String(Math.floor(at / 60) % 24).padStart(2, '0')}:${String(at % 60).padStart(2, '0')}`;
  });
  const wildcard = HOUSE.replace('udp:10.0.0.1:5060', 'udp:0.0.0.0:5060');
  const desk = await Desk.open({ config: `${wildcard}[state morning]\nhours = mon-sun ${from}-${to}\n[state never]\n` });
  const heard: string[] = [];
  desk.exchange.features.states.subscribe((name) => heard.push(name));
  await desk.clock.pass(2_000);
  desk.clock.step(8 * 3_600_000);
  await desk.clock.pass(1_100);
  assert.deepEqual(heard, ['morning']);
});

test.each([
  ['udp', ''],
  ['tcp', ';transport=tcp'],
])('a house that listens by %s alone says so in the Contacts of its own requests (RFC 3261 §12.1.1)', async (transport, said) => {
  const desk = await Desk.open({ config: HOUSE.replace(/listen = .*/, `listen = ${transport}:10.0.0.1:5060`) });
  assert.equal(desk.exchange.originate.contactHost, `10.0.0.1:5060${said}`);
});
