import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { BusControl } from '../../src/control/cli/remote.ts';
import { NAME, ROOT } from '../../src/control/dbus/paths.ts';
import type { BusConnection } from '../../src/runtime/bus.ts';
import { NodeBuses } from '../../src/runtime/node/bus.ts';
import { NodeClock } from '../../src/runtime/node/clock.ts';
import { Controlled, controlOn } from '../support/controlled.ts';
import { newFolder } from '../support/new-folder.ts';
import type { SimStorage } from '../support/sim-storage.ts';

// The service and sipwitchctl's side of it, on a real private bus; the exchange behind it is on a virtual network.

const buses = new NodeBuses(new NodeClock());
interface Setup {
  readonly daemon: Controlled;
  readonly control: BusControl;
  readonly place: string;
  readonly socket: string;
}

async function setup(prepare: (storage: SimStorage) => void = () => {}): Promise<Setup> {
  const socket = join(newFolder('control'), 'bus');
  const daemon = new Controlled(buses);
  await daemon.start();
  prepare(daemon.storage);
  await daemon.service.start([socket], 'unix:path=/nowhere');
  const place = `unix:path=${socket}`;
  const control = await controlOn(buses, place);
  onTestFinished(() => daemon.service.stop());
  onTestFinished(() => control.close());
  return { daemon, control, place, socket };
}

async function raw(place: string): Promise<BusConnection> {
  const bus = await buses.connect(place);
  onTestFinished(() => bus.close());
  return bus;
}

const standard = (path: string, interfaceName: string, member: string) => ({
  name: NAME,
  path,
  interface: `org.freedesktop.DBus.${interfaceName}`,
  member,
});

const NO_CALLS = {
  ...{ internal: 0, peerIn: 0, peerOut: 0, providerIn: 0, providerOut: 0, modemIn: 0, modemOut: 0 },
  ...{ guest: 0, anonymous: 0, emergency: 0, refused: 0 },
};

test('while the private bus is open the state directory notes where, and afterwards no more', async () => {
  const { daemon, control, socket } = await setup();
  expect(daemon.storage.read('private-bus')).toBe(`${socket}\n`);
  await control.close();
  await daemon.service.stop();
  expect(daemon.storage.read('private-bus')).toBe(undefined);
});

test('a daemon that ends leaves the note of another one, and one that can note nothing serves all the same', async () => {
  const { daemon, control } = await setup();
  daemon.storage.put('private-bus', '/tmp/other\n', 0o600);
  await daemon.service.stop();
  expect(daemon.storage.read('private-bus')).toBe('/tmp/other\n');
  await control.close();
  const full = await setup((storage) => {
    storage.fails = 'ENOSPC';
  });
  expect(full.daemon.log.lines.filter((line) => line.includes('private-bus'))).toEqual([
    'error: control: cannot write private-bus: ENOSPC; without XDG_RUNTIME_DIR sipwitchctl may not find this daemon',
  ]);
  expect((await full.control.status()).problems).toContain(
    'cannot write private-bus: ENOSPC; without XDG_RUNTIME_DIR sipwitchctl may not find this daemon',
  );
});

test('where another daemon has the first socket the next is taken, and where no socket can be had the log says what to do', async () => {
  const { daemon, socket } = await setup();
  const second = new Controlled(buses);
  await second.start();
  await second.service.start([socket, `${socket}2`], 'unix:path=/nowhere');
  onTestFinished(() => second.service.stop());
  const taken = `another daemon listens on ${socket}`;
  const notice = `the private bus is at ${socket}2 instead: ask by "sipwitchctl --config /config --state /state"`;
  expect(second.log.lines).toContain(`notice: control: ${taken}; ${notice}`);
  expect(second.storage.read('private-bus')).toBe(`${socket}2\n`);
  const control = await controlOn(buses, `unix:path=${socket}2`);
  expect((await control.status()).buses).toEqual(['private']);
  await control.close();
  const third = new Controlled(buses);
  await third.start();
  await third.service.start([socket], 'unix:path=/nowhere');
  onTestFinished(() => third.service.stop());
  const mend = 'give this daemon a --state and an XDG_RUNTIME_DIR of its own, and sipwitchctl the same';
  expect(third.log.lines).toContain(`error: control: no private bus: ${taken}; ${mend}`);
  expect(third.service.status(true).problems).toContain(`no private bus: ${taken}; ${mend}`);
  expect([third.storage.read('private-bus'), daemon.storage.read('private-bus')]).toEqual([undefined, `${socket}\n`]);
});

test('status says what the exchange is', async () => {
  const { daemon, control } = await setup();
  const alice = await daemon.registered('alice', '10.0.0.2');
  const to = '<sip:alice@home.example>';
  alice.authenticated(alice.request('REGISTER', 'sip:home.example', { to }), alice.response(401), 'a guess');
  daemon.problems = ['the disk is full'];
  expect(await control.status()).toEqual({
    version: '1.2.3',
    pid: 42,
    since: daemon.clock.wall(),
    domain: 'home.example',
    config: '/config',
    state: '/state',
    listeners: ['udp:10.0.0.1:5060', 'tcp:10.0.0.1:5060'],
    users: 3,
    phones: 1,
    calls: 0,
    auth: { evaluated: 2, proved: 1, wrong: 1, stale: 0, delayed: 0 },
    ...{ traffic: NO_CALLS, trafficToday: NO_CALLS, trafficHour: NO_CALLS },
    problems: [
      'the disk is full',
      expect.stringMatching(/^not on the given \(.*\) bus \(no bus answers .*\); it is tried again$/),
    ],
    buses: ['private'],
  });
});

test('a heap of questions is answered one in a turn of the event loop, so that SIP waits for one of them at most', async () => {
  const { place } = await setup();
  const bus = await raw(place);
  let turns = 0;
  const next = () => {
    turns++;
    handle = setImmediate(next);
  };
  let handle = setImmediate(next);
  const ask = () => bus.call(standard(ROOT, 'ObjectManager', 'GetManagedObjects'), { signature: '', values: [] }, 5_000);
  const before = turns;
  await Promise.all(Array.from({ length: 100 }, ask));
  clearImmediate(handle);
  expect(turns - before).toBeGreaterThan(100);
});

test('more questions at once than a bus of the system has answers waited for are refused', async () => {
  const { place } = await setup();
  const bus = await raw(place);
  const ask = () =>
    bus.call(standard(ROOT, 'Introspectable', 'Introspect'), { signature: '', values: [] }, 5_000).then(
      () => 'answered',
      ({ name }: Error) => name,
    );
  const answers = await Promise.all(Array.from({ length: 300 }, ask));
  expect(new Set(answers)).toEqual(new Set(['answered', 'org.freedesktop.DBus.Error.LimitsExceeded']));
  expect(answers.slice(0, 128)).toEqual(Array(128).fill('answered'));
  expect(await ask()).toBe('answered');
});

test('a bus that is not there is told once, and the private one serves all the same', async () => {
  const { daemon } = await setup();
  await expect.poll(() => daemon.log.of('notice').length).toBe(1);
  expect(daemon.log.of('notice')[0]).toMatch(
    /^control: not on the given \(unix:path=\/nowhere\) bus \(no bus answers .*\); it is tried again, and sipwitchctl works without it$/,
  );
});

test('states are listed and switched, and what is none is refused in words', async () => {
  const { daemon, control, place } = await setup();
  daemon.text += '[state night]\nusers = alice\n';
  await control.reload();
  expect(await control.states()).toEqual([{ name: 'night', on: false, by: 'clock' }]);
  await control.setState('night', 'on');
  expect(await control.states()).toEqual([{ name: 'night', on: true, by: 'hand' }]);
  const bus = await raw(place);
  const at = standard(`${ROOT}/state/night`, 'Properties', 'Get');
  const isOn = { signature: 'ss', values: [`${NAME}.State`, 'On'] };
  expect(await bus.call(at, isOn, 1000)).toEqual([true]);
  await expect(control.setState('nihgt', 'on')).rejects.toThrow('there is no state nihgt; did you mean night?');
  await expect(control.setState('night', 'maybe')).rejects.toThrow('expected on, off or auto');
});

test('users are listed with their phones', async () => {
  const { daemon, control } = await setup();
  await daemon.registered('alice', '10.0.0.2');
  const users = await control.users();
  expect(users.map(({ name, phones, password }) => [name, phones, password])).toEqual([
    ['alice', 1, true],
    ['bob', 0, true],
    ['carol', 0, true],
  ]);
});

test('a provider is added, tested step by step, listed and removed, and each is in force at once', async () => {
  const { daemon, control } = await setup();
  const server = await daemon.at('acme', '10.9.0.1');
  expect(await control.providers()).toEqual([]);
  const settings = [
    ['registrar', 'sip:10.9.0.1'],
    ['username', 'u'],
    ['password', 's3cret'],
  ] as const;
  const [remark, ...others] = await control.addProvider('acme', settings);
  expect(others).toEqual([]);
  expect(remark).toContain('nothing goes out by acme yet, and nobody is called by it: write lines such as these');
  await expect(control.addProvider('acme', settings)).rejects.toMatchObject({ name: 'ProviderExists' });
  daemon.clock.advance(0);
  server.answer(server.take('REGISTER'), 403, 'Forbidden');
  expect(await control.providers()).toMatchObject([
    { name: 'acme', state: 'down', why: '403 Forbidden', registrar: 'sip:10.9.0.1' },
  ]);

  const tested = control.testProvider('acme');
  const waiting = () => {
    daemon.clock.advance(0);
    return server.waiting;
  };
  await expect.poll(waiting).toEqual(['REGISTER']);
  server.answer(server.take('REGISTER'), 200, 'OK', ['Expires: 300']);
  expect(await tested).toEqual({
    up: true,
    steps: expect.arrayContaining(['REGISTER to udp:10.9.0.1:5060', '200 OK', 'registered for 300 s']),
    advice: '',
  });
  expect(await control.providers()).toMatchObject([
    { name: 'acme', state: 'up', why: '', server: 'udp:10.9.0.1:5060', expires: daemon.clock.wall() + 300_000 },
  ]);

  await control.removeProvider('acme');
  daemon.clock.advance(0);
  expect(server.take('REGISTER').text).toContain('expires=0');
  await expect(control.testProvider('acme')).rejects.toMatchObject({ name: 'NoSuchProvider' });
  expect(await control.providers()).toEqual([]);
});

test('a user is made, given a password, changed and removed, and each is in force at once', async () => {
  const { daemon, control } = await setup();
  expect(await control.addUser('dave', [['extension', '204']])).toEqual([]);
  await control.setPassword('dave', 'dave');
  expect(await control.user('dave')).toEqual({ name: 'dave', settings: [['extension', '204']], passwords: ['passwd'] });
  const phone = await daemon.registered('dave', '10.0.0.5');
  expect((await control.phones('dave')).map(({ contact }) => contact)).toEqual([phone.contact.replace(/[<>]/g, '')]);

  await control.setUser('dave', 'dnd', 'yes');
  expect((await control.explain({ target: 'dave', from: 'alice', method: 'INVITE', source: '' })).status).toBe(486);

  daemon.text += '[group kitchen]\nmembers = 204\n';
  const remark = '/config/sipwitch.conf:16: [group kitchen] members: nobody has extension 204';
  expect(await control.removeUser('dave')).toEqual([remark]);
  await expect(control.user('dave')).rejects.toMatchObject({ name: 'NoSuchUser' });
  expect(daemon.exchange.location.count).toBe(0);
  expect([...daemon.storage.files.keys()].filter((path) => path.includes('dave'))).toEqual([]);
});

test('an import is in force at once, and one wrong line makes none', async () => {
  const { daemon, control } = await setup();
  const csv = Array.from({ length: 2000 }, (_, n) => `u${n},pw${n}\n`).join('');
  await expect(control.importUsers(`${csv}u7,again\n`, [])).rejects.toMatchObject({
    name: 'ImportRefused',
    message: 'nothing was imported:\n  line 2001: u7: is in line 8 too',
  });
  expect(daemon.exchange.config.users.size).toBe(3);
  expect(await control.importUsers(csv, [['published', 'yes']])).toBe(2000);
  expect((await control.users()).length).toBe(2003); // more than one part
  expect(daemon.exchange.snapshot.byName('u1999')).toMatchObject({ name: 'u1999', published: true });
});

test('errors keep their names and say what to do next', async () => {
  const { control } = await setup();
  await expect(control.setPassword('alize', 'x')).rejects.toMatchObject({
    name: 'NoSuchUser',
    message: 'there is no user alize; did you mean alice?',
  });
  await expect(control.requireUser('alize')).rejects.toThrow('there is no user alize; did you mean alice?');
  await control.requireUser('alice');
  await expect(control.addUser('alice', [])).rejects.toMatchObject({ name: 'UserExists' });
  await expect(control.addUser('a b', [])).rejects.toMatchObject({ name: 'InvalidArgument' });
  await expect(control.addUser('eve', [['extension', '201']])).rejects.toMatchObject({
    name: 'InvalidArgument',
    message: '[user eve] extension: 201 is the extension of [user alice] already (sipwitch.conf:8)',
  });
  await expect(control.setUser('alice', 'extensio', '1')).rejects.toMatchObject({
    message: '"extensio" is no key of a user; did you mean extension?',
  });
  await expect(control.removePhone('alice', 'sip:x')).rejects.toMatchObject({ name: 'NoSuchPhone' });
  await expect(control.hangUp('nothing')).rejects.toMatchObject({ name: 'NoSuchCall' });
  await expect(control.removeUser('alice')).rejects.toMatchObject({ name: 'NotAllowed' });
});

test('a phone is removed by its contact, and by its object', async () => {
  const { daemon, control, place } = await setup();
  await daemon.registered('alice', '10.0.0.2');
  await daemon.registered('bob', '10.0.0.3');
  const [alice, bob] = await control.phones('');
  await control.removePhone('alice', alice!.contact);
  const bus = await raw(place);
  const phone = {
    name: NAME,
    path: `${ROOT}/phone/${bob!.id.replace(/^[0-9]/, (d) => `_3${d}`)}`,
    interface: `${NAME}.Phone`,
    member: 'Remove',
  };
  await bus.call(phone, { signature: '', values: [] }, 1000);
  expect(await control.phones('')).toEqual([]);
});

test('a name that nobody has is told from a phone that is not registered, and a guest need not be', async () => {
  const { daemon, control } = await setup();
  daemon.text += '[domain open.example]\nregister = anonymous\n';
  await control.reload();
  expect(await control.phones('alice')).toEqual([]);
  await expect(control.phones('alcie')).rejects.toMatchObject({
    name: 'NoSuchUser',
    message: 'there is no user alcie; did you mean alice?',
  });
  await expect(control.phones('202')).rejects.toThrow('there is no user 202; did you mean bob?');
  await expect(control.phones('kim@home.example')).rejects.toThrow(
    'there is no user kim@home.example; "sipwitchctl user list" shows who there is',
  );
  expect(await control.phones('kim@Open.example')).toEqual([]);
  const kim = await daemon.at('kim', '10.0.0.9');
  const aor = '<sip:kim@open.example>';
  kim.request('REGISTER', 'sip:open.example', { to: aor, from: aor, headers: [`Contact: ${kim.contact}`, 'Expires: 60'] });
  expect((await control.phones('kim@open.example')).map(({ user }) => user)).toEqual(['kim@open.example']);
});

test('calls are listed while they last and kept when they ended; both sides are told when one is hung up', async () => {
  const { daemon, control } = await setup();
  const alice = await daemon.registered('alice', '10.0.0.2');
  const bob = await daemon.registered('bob', '10.0.0.3');
  const invite = alice.call('INVITE', 'sip:bob@home.example');
  const arrived = bob.take('INVITE');
  bob.answer(arrived, 180);
  const [ringing] = await control.calls('');
  expect(ringing).toMatchObject({
    from: 'alice',
    to: 'sip:bob@home.example',
    state: 'ringing',
    callId: invite.callId,
    answered: 0,
  });

  bob.answer(arrived, 200);
  const answer = alice.response(200);
  alice.within(invite, answer, 'ACK');
  expect((await control.calls('alice'))[0]).toMatchObject({ id: ringing!.id, state: 'answered' });

  expect(await control.calls('carol')).toEqual([]);
  await expect(control.calls('201')).rejects.toThrow('there is no user 201; did you mean alice?');

  const outcome = control.hangUp(ringing!.id);
  const rung = () => {
    daemon.clock.advance(1);
    return bob.waiting.some((what) => what.startsWith('BYE'));
  };
  await expect.poll(rung).toBe(true);
  bob.answer(bob.take('BYE'), 200);
  alice.answer(alice.take('BYE'), 200);
  expect(await outcome).toBe('both sides were told, and agreed');
  expect(await control.calls('')).toEqual([]);
  expect((await control.history(0, 10)).map(({ id, from, status }) => [id, from, status])).toEqual([[ringing!.id, 'alice', 200]]);
  expect((await control.history(0, 10))[0]!.trace).toContain('bob is the user bob');
  expect(await control.history(daemon.clock.wall() + 1, 10)).toEqual([]);

  const messages = await control.trace(ringing!.id);
  expect(messages.map(({ text }) => text.split(' ', 1)[0])).toContain('BYE');
  expect(new Set(messages.map(({ callId }) => callId))).toEqual(new Set([invite.callId]));
});

test('a trace holds no proof of a password', async () => {
  const { daemon, control } = await setup();
  await daemon.registered('alice', '10.0.0.2');
  const messages = await control.trace('');
  expect(messages.map(({ direction, text }) => `${direction} ${text.split('\r\n', 1)[0]}`)).toEqual([
    'in REGISTER sip:home.example SIP/2.0',
    'out SIP/2.0 401 Unauthorized',
    'in REGISTER sip:home.example SIP/2.0',
    'out SIP/2.0 200 OK',
  ]);
  const all = messages.map(({ text }) => text).join('');
  expect(all).toContain('response=(hidden)');
  expect(all).not.toMatch(/(?:nonce|response|opaque)="/);
});

test('reload takes what is right, and says what is wrong', async () => {
  const { daemon, control } = await setup();
  daemon.text = daemon.text!.replace('[user carol]', '[user erin]');
  expect(await control.reload()).toEqual({ errors: 0, report: 'No problems. The configuration is in use now.' });
  expect((await control.users()).map(({ name }) => name)).toEqual(['alice', 'bob', 'erin']);
  daemon.text += 'extensio = 1\n';
  const wrong = await control.reload();
  expect(wrong.errors).toBe(1);
  expect(wrong.report).toMatch(
    /there is no such key in \[user NAME\]; did you mean extension\?\n1 error\. The running daemon keeps /,
  );
  expect(await control.check()).toEqual({ errors: 1, report: wrong.report.replace(/ The running daemon keeps .*$/, '') });
  await expect(control.addUser('dave', [])).rejects.toMatchObject({ name: 'InvalidConfiguration' });
  expect((await control.users()).map(({ name }) => name)).toEqual(['alice', 'bob', 'erin']);
});

test('what is written and cannot come into use is no success: who wrote it is told what is in the way (house, 8)', async () => {
  const { daemon, control } = await setup();
  await control.addUser('frank', []);
  await control.setPassword('frank', 'frank');
  await daemon.registered('frank', '10.0.0.4');
  const other = await daemon.exchange.parts.network.udp({ host: '10.0.0.1', port: 5070 }, () => undefined);
  daemon.text = daemon.text!.replace('udp:10.0.0.1:5060', 'udp:10.0.0.1:5070');
  const why = /^cannot listen on udp:10\.0\.0\.1:5070: .*\nThe running daemon keeps the configuration /;
  const unused = new RegExp(`^the change is written, and not in use:\n${why.source.slice(1)}`);
  await expect(control.reload()).rejects.toMatchObject({ name: 'AddressTaken', message: expect.stringMatching(why) });
  const refused = { name: 'AddressTaken', message: expect.stringMatching(unused) };
  await expect(control.addUser('dave', [])).rejects.toMatchObject(refused);
  await expect(control.setUser('bob', 'dnd', 'yes')).rejects.toMatchObject(refused);
  await expect(control.importUsers('erin,secret', [])).rejects.toMatchObject(refused);
  await expect(control.removeUser('frank')).rejects.toMatchObject(refused);
  expect(await control.phones('')).toEqual([]);
  expect((await control.users()).map(({ name }) => name)).toEqual(['alice', 'bob', 'carol', 'frank']);
  other.close();
  expect((await control.reload()).errors).toBe(0);
  expect((await control.users()).map(({ name }) => name)).toEqual(['alice', 'bob', 'carol', 'erin', 'dave']);
});

test('a configuration that is gone is missed by check and by reload', async () => {
  const { daemon, control } = await setup();
  daemon.text = undefined;
  const lack = 'There is no sipwitch.conf in /config.';
  expect(await control.check()).toEqual({ errors: 0, report: `No problems. ${lack}` });
  expect(await control.reload()).toEqual({ errors: 0, report: `No problems. ${lack} The configuration is in use now.` });
  expect(await control.users()).toEqual([]);
});

test('the configuration in force is shown as one file', async () => {
  const { control } = await setup();
  await control.setUser('alice', 'display', 'Alice Liddell');
  const text = await control.configText();
  expect(text).toContain('[user alice]\nextension = 201\npublished = yes\ndisplay = Alice Liddell\n');
  expect(text).toContain('[daemon]\ndomain = home.example\n');
});

test('live tables show bindings and transactions', async () => {
  const { daemon, control } = await setup();
  const alice = await daemon.registered('alice', '10.0.0.2');
  expect(await control.bindings()).toMatchObject([
    { aor: 'alice', contact: alice.contact, flow: 'udp 10.0.0.1:5060 from 10.0.0.2:5060', q: 1 },
  ]);
  const methods = (await control.transactions()).map(({ kind, method, hop }) => [kind, method, hop]);
  expect(methods).toContainEqual(['server', 'REGISTER', 'udp:10.0.0.2:5060']);
  daemon.clock.advance(60_000);
  const timers = await control.timers();
  expect(timers).toContainEqual({ name: 'expire bindings', due: 3_540_000 });
  expect(timers.every(({ due }, at) => due >= 0 && (at === 0 || due >= timers[at - 1]!.due))).toBe(true);
  expect(await control.dialogs()).toEqual([]);
  expect(await control.dns()).toEqual([]);
  daemon.exchange.locator.failed({ transport: 'udp', host: '192.0.2.9', port: 5060, domain: 'away.example' });
  expect(await control.dns()).toEqual([{ kind: 'grey', what: 'udp:192.0.2.9:5060', seconds: 30 }]);
  const counts = new Map((await control.counts()).map(({ name, count }) => [name, count]));
  expect(
    ['bindings', 'calls', 'messages received', 'credentials proved', 'calls failed'].map((name) => counts.get(name)),
  ).toEqual([1, 0, 2, 1, 0]);
});

test('the objects are those of the exchange, and signals tell when they change', async () => {
  const { daemon, place } = await setup();
  const bus = await raw(place);
  const managed = async () => {
    const [objects] = await bus.call(standard(ROOT, 'ObjectManager', 'GetManagedObjects'), { signature: '', values: [] }, 1000);
    return objects as Record<string, Record<string, Record<string, unknown>>>;
  };
  await daemon.registered('alice', '10.0.0.2');
  const before = await managed();
  const phone = Object.keys(before).find((path) => path.includes('/phone/'))!;
  expect(Object.keys(before)).toEqual([`${ROOT}/user/alice`, `${ROOT}/user/bob`, `${ROOT}/user/carol`, phone]);
  expect(before[phone]).toMatchObject({ [`${NAME}.Phone`]: { User: 'alice', Source: '10.0.0.2:5060', Transport: 'udp' } });
  expect(before[`${ROOT}/user/alice`]).toMatchObject({ [`${NAME}.User`]: { Extension: '201', Phones: 1, Password: true } });
});

test('properties are read, one and all, and not written', async () => {
  const { place } = await setup();
  const bus = await raw(place);
  const path = `${ROOT}/user/alice`;
  const interfaceName = `${NAME}.User`;
  const get = (property: string) =>
    bus.call(standard(path, 'Properties', 'Get'), { signature: 'ss', values: [interfaceName, property] }, 1000);
  expect(await get('Extension')).toEqual(['201']);
  await expect(get('Nonsense')).rejects.toMatchObject({ name: 'org.freedesktop.DBus.Error.UnknownProperty' });
  const [all] = await bus.call(standard(path, 'Properties', 'GetAll'), { signature: 's', values: [interfaceName] }, 1000);
  expect(all).toMatchObject({ Name: 'alice', Published: true, Dnd: false });
  const set = bus.call(
    standard(path, 'Properties', 'Set'),
    { signature: 'ssv', values: [interfaceName, 'Extension', ['s', '1']] },
    1000,
  );
  await expect(set).rejects.toMatchObject({ name: 'org.freedesktop.DBus.Error.PropertyReadOnly' });
});

test('an interface may be left out, and one without properties has none (D-Bus Specification, org.freedesktop.DBus.Properties)', async () => {
  const { place } = await setup();
  const bus = await raw(place);
  const path = `${ROOT}/user/alice`;
  const get = (property: string, of = '') =>
    bus.call(standard(path, 'Properties', 'Get'), { signature: 'ss', values: [of, property] }, 1000);
  const getAll = async (of: string, at = path) =>
    (await bus.call(standard(at, 'Properties', 'GetAll'), { signature: 's', values: [of] }, 1000))[0];
  expect(await get('Extension')).toEqual(['201']);
  expect(await getAll('')).toMatchObject({ Name: 'alice', Published: true });
  for (const name of ['Introspectable', 'Peer', 'Properties']) expect(await getAll(`org.freedesktop.DBus.${name}`)).toEqual({});
  expect(await getAll('org.freedesktop.DBus.ObjectManager', ROOT)).toEqual({});
  const unknown = { name: 'org.freedesktop.DBus.Error.UnknownInterface' };
  await expect(getAll('org.freedesktop.DBus.ObjectManager')).rejects.toMatchObject(unknown);
  await expect(getAll(`${NAME}.Phone`)).rejects.toMatchObject(unknown);
  await expect(get('Extension', 'org.freedesktop.DBus.Peer')).rejects.toMatchObject({
    name: 'org.freedesktop.DBus.Error.UnknownProperty',
    message: 'org.freedesktop.DBus.Peer has no property Extension',
  });
  await expect(get('Nonsense')).rejects.toMatchObject({ message: `${NAME}.User has no property Nonsense` });
});

test('the tree can be walked from its root, and every method is described', async () => {
  const { place } = await setup();
  const bus = await raw(place);
  const introspect = async (path: string) =>
    String((await bus.call(standard(path, 'Introspectable', 'Introspect'), { signature: '', values: [] }, 1000))[0]);
  expect(await introspect('/')).toContain('<node name="org"/>');
  expect(await introspect('/org/sipwitch')).toContain('<node name="SipWitch1"/>');
  const root = await introspect(ROOT);
  for (const word of [
    '<node name="user"/>',
    '<node name="phone"/>',
    '<node name="call"/>',
    '<node name="state"/>',
    'GetManagedObjects',
    `${NAME}.Manager`,
    '<method name="ImportUsers">',
  ])
    expect(root).toContain(word);
  expect(await introspect(`${ROOT}/user`)).toContain('<node name="carol"/>');
  expect(await introspect(`${ROOT}/user/carol`)).toContain(
    '<method name="SetPassword">\n      <arg name="password" type="s" direction="in"/>',
  );
});

test('what is called wrongly is refused by its D-Bus name', async () => {
  const { daemon, place } = await setup();
  const bus = await raw(place);
  const call = (path: string, interfaceName: string, member: string, signature = '', values: readonly unknown[] = []) =>
    bus.call({ name: NAME, path, interface: interfaceName, member }, { signature, values }, 1000).then(
      () => 'done',
      (error: Error) => error.name.replace(/.*\./, ''),
    );
  const manager = `${NAME}.Manager`;
  expect(await call(ROOT, manager, 'Nonsense')).toBe('UnknownMethod');
  expect(await call(ROOT, manager, 'constructor')).toBe('UnknownMethod');
  expect(await call(ROOT, manager, 'ListUsers')).toBe('InvalidArgs');
  expect(await call(ROOT, manager, 'ListUsers', 'ss', ['0', '1'])).toBe('InvalidArgs');
  expect(await call(ROOT, manager, 'ListUsers', 'uu', [0, 501])).toBe('InvalidArgument');
  expect(await call(ROOT, manager, 'ListUsers', 'uu', [0, 0])).toBe('InvalidArgument');
  expect(await call(ROOT, manager, 'History', 'xu', [2n ** 62n, 1])).toBe('InvalidArgument');
  expect(await call(ROOT, manager, 'Explain', 'ssss', ['bob', '', 'in\r\nvite', ''])).toBe('InvalidArgument');
  expect(await call(ROOT, `${NAME}.User`, 'Show')).toBe('UnknownInterface');
  expect(await call(`${ROOT}/user/nobody`, `${NAME}.User`, 'Show')).toBe('NoSuchUser');
  expect(await call(`${ROOT}/user/__proto__`, `${NAME}.User`, 'Show')).toBe('UnknownObject');
  expect(await call('/elsewhere', manager, 'Reload')).toBe('UnknownObject');
  expect(await call(ROOT, '', 'CheckConfiguration')).toBe('done');
  expect(daemon.log.of('error')).toEqual([]);
});
